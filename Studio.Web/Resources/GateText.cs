namespace Studio.Web.Resources;

/// <summary>Names the resource files GateText.resx (English) and GateText.zh-Hans.resx.</summary>
public sealed class GateText;
