namespace Studio.Web.Resources;

/// <summary>Names the resource files PreparationText.resx (English) and PreparationText.zh-Hans.resx.</summary>
public sealed class PreparationText;
