using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Data.Validation;
using Studio.Web.Resources;

namespace Studio.Web.Components;

/// <summary>Problems grouped by rule, the worst first; each with its place, an excerpt and what to do.</summary>
public sealed partial class ProblemList
{
    /// <summary>All problems, or the first of each rule when <see cref="Counts"/> says how many there are.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<Problem> Problems { get; set; } = [];

    /// <summary>Rule -> how often; null counts what is listed.</summary>
    [Parameter]
    public IReadOnlyDictionary<string, long>? Counts { get; set; }

    /// <summary>Asked for more places of a rule.</summary>
    [Parameter]
    public EventCallback<string> OnMore { get; set; }

    /// <summary>Buttons of a group, given its rule.</summary>
    [Parameter]
    public RenderFragment<string>? GroupActions { get; set; }

    [Inject]
    private IStringLocalizer<Text> L { get; set; } = null!;

    [Inject]
    private IStringLocalizer<ProblemText> Rules { get; set; } = null!;

    private IReadOnlyList<Group> Groups { get; set; } = [];

    private static bool English => CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "en";

    protected override void OnParametersSet() =>
        Groups =
        [
            .. Problems.GroupBy(p => p.Rule, StringComparer.Ordinal)
                .Select(g => new Group(
                    g.Key,
                    g.Max(p => p.Severity),
                    g.Skip(1).Any() || !English ? Rules.Or($"{g.Key}.title", g.First().Message) : g.First().Message,
                    English ? g.First().Remedy : Rules.Or($"{g.Key}.remedy", g.First().Remedy),
                    Math.Max(Counts?.GetValueOrDefault(g.Key) ?? 0, g.Count()),
                    [.. g]))
                .OrderByDescending(g => g.Severity)
                .ThenByDescending(g => g.Count),
        ];

    internal static Tone ToneOf(Severity severity) => severity switch
    {
        Severity.Fatal or Severity.Error => Tone.Bad,
        Severity.Warning => Tone.Attention,
        _ => Tone.Neutral,
    };

    private string? Place(Problem problem) => (problem.File, problem.Line) switch
    {
        ({ } file, { } line) => L["problem.file_line", file, Format.Count(line)],
        (null, { } line) => L["problem.line", Format.Count(line)],
        ({ } file, null) => file,
        _ => null,
    };

    /// <summary>The sentence of one place, where it says more than the group's title and is in the reader's language.</summary>
    private static string? Detail(Problem problem, Group group) => English && problem.Message != group.Title ? problem.Message : null;

    private sealed record Group(string Rule, Severity Severity, string Title, string Remedy, long Count, IReadOnlyList<Problem> Problems);
}
