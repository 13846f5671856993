namespace Studio.Web.Resources;

/// <summary>Names the resource files ProblemText.resx (English) and ProblemText.zh-Hans.resx.</summary>
public sealed class ProblemText;
