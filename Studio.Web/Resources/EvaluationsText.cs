namespace Studio.Web.Resources;

/// <summary>Names the resource files EvaluationsText.resx (English) and EvaluationsText.zh-Hans.resx.</summary>
public sealed class EvaluationsText;
