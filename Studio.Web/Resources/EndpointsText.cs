namespace Studio.Web.Resources;

/// <summary>Names the resource files EndpointsText.resx (English) and EndpointsText.zh-Hans.resx.</summary>
public sealed class EndpointsText;
