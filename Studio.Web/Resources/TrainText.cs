namespace Studio.Web.Resources;

/// <summary>Names the resource files TrainText.resx (English) and TrainText.zh-Hans.resx.</summary>
public sealed class TrainText;
