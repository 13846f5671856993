namespace Studio.Web.Resources;

/// <summary>Names the resource files ReviewText.resx (English) and ReviewText.zh-Hans.resx.</summary>
public sealed class ReviewText;
