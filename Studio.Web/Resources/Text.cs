namespace Studio.Web.Resources;

/// <summary>Names the resource files Text.resx (English) and Text.zh-Hans.resx.</summary>
public sealed class Text;
