namespace Studio.Web.Resources;

/// <summary>Names the resource files RunsText.resx (English) and RunsText.zh-Hans.resx.</summary>
public sealed class RunsText;
