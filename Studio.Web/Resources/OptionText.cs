namespace Studio.Web.Resources;

/// <summary>Names the resource files OptionText.resx (English) and OptionText.zh-Hans.resx.</summary>
public sealed class OptionText;
