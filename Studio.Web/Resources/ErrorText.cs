namespace Studio.Web.Resources;

/// <summary>Names the resource files ErrorText.resx (English) and ErrorText.zh-Hans.resx.</summary>
public sealed class ErrorText;
