namespace Studio.Web.Resources;

/// <summary>Names the resource files HomeText.resx (English) and HomeText.zh-Hans.resx.</summary>
public sealed class HomeText;
