namespace Studio.Web.Resources;

/// <summary>Names the resource files ModelsText.resx (English) and ModelsText.zh-Hans.resx.</summary>
public sealed class ModelsText;
