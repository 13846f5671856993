namespace Studio.Web.Resources;

/// <summary>Names the resource files SettingsText.resx (English) and SettingsText.zh-Hans.resx.</summary>
public sealed class SettingsText;
