namespace Studio.Web.Resources;

/// <summary>Names the resource files PlaygroundText.resx (English) and PlaygroundText.zh-Hans.resx.</summary>
public sealed class PlaygroundText;
