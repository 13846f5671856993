using Microsoft.Extensions.Localization;
using Studio.Data.Datasets;
using Studio.Web.Components;

namespace Studio.Web.Pages.Data;

/// <summary>The languages of a version in a few words: English 548, Chinese 64.</summary>
public static class LanguagesText
{
    public static string Of(DatasetStatistics? statistics, IStringLocalizer texts)
    {
        if (statistics is null || statistics.Languages.Count == 0)
        {
            return "–";
        }

        var most = statistics.Languages.Where(l => l.Value > 0).OrderByDescending(l => l.Value).ToList();
        return most.Count == 1
            ? Name(most[0].Key, texts)
            : most.Take(3).Select(l => $"{Name(l.Key, texts)} {Format.Count(l.Value)}").Aggregate((list, next) => texts["list.pair", list, next]);
    }

    public static string Name(string code, IStringLocalizer texts)
    {
        var found = texts[$"language.{code}"];
        return found.ResourceNotFound ? code : found.Value;
    }
}
