namespace Studio.Web.Resources;

/// <summary>Names the resource files SuiteText.resx (English) and SuiteText.zh-Hans.resx.</summary>
public sealed class SuiteText;
