namespace Studio.Web.Resources;

/// <summary>Names the resource files SignInText.resx (English) and SignInText.zh-Hans.resx.</summary>
public sealed class SignInText;
