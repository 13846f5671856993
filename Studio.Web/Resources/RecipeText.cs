namespace Studio.Web.Resources;

/// <summary>Names the resource files RecipeText.resx (English) and RecipeText.zh-Hans.resx.</summary>
public sealed class RecipeText;
