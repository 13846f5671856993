namespace Studio.Web.Resources;

/// <summary>Names the resource files DataText.resx (English) and DataText.zh-Hans.resx.</summary>
public sealed class DataText;
