namespace Studio.Web.Resources;

/// <summary>Names the resource files AdaptersText.resx (English) and AdaptersText.zh-Hans.resx.</summary>
public sealed class AdaptersText;
