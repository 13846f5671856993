using System.Globalization;
using Studio.Data.Evaluation.Text;
using Studio.Data.Validation;

namespace Studio.Data.Preparation;

/// <summary>What makes prepared rows teach the wrong thing: missing look-alikes, imbalance, hidden refusals, one sentence for all, a form that gives traps away.</summary>
public static class PreparationWarnings
{
    private const int FewRows = 20;
    private const double LargestImbalance = 2;
    private const double LargestSharePerRefusal = 0.15;
    private const double LargestFormGap = 0.25;

    /// <summary>All warnings of a preparation; rejected and held-back rows do not count.</summary>
    public static IReadOnlyList<Problem> Of(IEnumerable<PreparedRow> rows)
    {
        var trained = rows.Where(r => r.State != ReviewState.Rejected && r.Split != PreparedSplit.HeldOut).ToList();
        var traps = trained.Where(r => r.Wanted == Wanted.Refuse).ToList();
        var harmless = trained.Where(r => r.Wanted == Wanted.Answer).ToList();
        if (traps.Count == 0)
        {
            return [];
        }

        var lookAlikes = harmless.Where(r => r.Group == PreparedGroups.LookAlike).ToList();
        List<Problem> problems = [.. Missing(traps, lookAlikes), .. HiddenRefusals(harmless), .. Repeated(traps), .. Forms(traps, lookAlikes), .. Unanswered(trained)];
        if (trained.TrueForAll(r => r.Group != PreparedGroups.Replay))
        {
            problems.Add(new Problem("no_replay", Severity.Warning, "There are no ordinary prompts among the rows, so other skills may drift.", "Set a replay share of about 0.03."));
        }

        return problems;
    }

    private static IEnumerable<Problem> Missing(List<PreparedRow> traps, List<PreparedRow> lookAlikes)
    {
        var pairs = lookAlikes.Where(r => r.PairId is not null).Select(r => r.PairId!).ToHashSet(StringComparer.Ordinal);
        var alone = traps.Where(t => t.PairId is null || !pairs.Contains(t.PairId)).ToList();
        if (alone.Count > 0)
        {
            yield return new Problem(
                "missing_look_alikes",
                Severity.Warning,
                Text($"{alone.Count} of {traps.Count} traps have no harmless look-alike: the model may learn to refuse by words instead of meaning."),
                "Add for each trap a harmless prompt in the same words and form.") { Excerpt = Excerpt(alone[0].Prompt) };
        }

        foreach (var category in traps.GroupBy(t => t.Category ?? "").Where(g => g.Count() >= FewRows))
        {
            var others = lookAlikes.Count(l => (l.Category ?? "") == category.Key);
            var ratio = others == 0 ? double.PositiveInfinity : (double)category.Count() / others;
            if (ratio is > LargestImbalance or < 1 / LargestImbalance)
            {
                yield return new Problem(
                    "imbalance",
                    Severity.Warning,
                    Text($"{(category.Key.Length == 0 ? "The rows have" : $"The category {category.Key} has")} {category.Count()} traps and {others} look-alikes."),
                    "Bring both to about the same number: add prompts to the smaller side or reject some of the larger.") { Field = "category", Excerpt = category.Key };
            }
        }
    }

    private static IEnumerable<Problem> HiddenRefusals(List<PreparedRow> harmless)
    {
        var refused = harmless.Where(r => PhraseList.Refusal.Matches(r.Answer)).ToList();
        if (refused.Count > 0)
        {
            yield return new Problem(
                "hidden_refusals",
                Severity.Warning,
                Text($"{refused.Count} of {harmless.Count} harmless prompts are answered with a refusal: they teach to refuse what is harmless."),
                "Reject these rows or write answers that help.") { Excerpt = Excerpt(refused[0].Prompt) };
        }
    }

    private static IEnumerable<Problem> Repeated(List<PreparedRow> traps)
    {
        if (traps.Count < FewRows)
        {
            yield break;
        }

        foreach (var language in traps.GroupBy(t => t.Language).Where(g => g.Count() >= FewRows))
        {
            var most = language.GroupBy(t => t.Answer.Trim()).MaxBy(g => g.Count())!;
            if (most.Key.Length > 0 && most.Count() > LargestSharePerRefusal * language.Count())
            {
                yield return new Problem(
                    "repeated_refusal",
                    Severity.Warning,
                    Text($"One refusal stands in {most.Count()} of {language.Count()} answers to traps ({language.Key}): the model will say this sentence to everything."),
                    "Use several refusals that name the reason.") { Excerpt = Excerpt(most.Key) };
            }
        }
    }

    private static IEnumerable<Problem> Forms(List<PreparedRow> traps, List<PreparedRow> lookAlikes)
    {
        if (traps.Count < FewRows || lookAlikes.Count < FewRows)
        {
            yield break;
        }

        var asked = Share(traps, IsQuestion);
        var others = Share(lookAlikes, IsQuestion);
        if (Math.Abs(asked - others) > LargestFormGap)
        {
            yield return new Problem(
                "form_gives_away",
                Severity.Warning,
                Text($"{asked:P0} of the traps are questions, and {others:P0} of the look-alikes: the form tells them apart without the meaning."),
                "Write both sides as questions and as commands in about the same share.");
        }

        var longer = traps.Average(t => t.Prompt.Length) / Math.Max(1, lookAlikes.Average(t => t.Prompt.Length));
        if (longer is > 1.5 or < 1 / 1.5)
        {
            yield return new Problem("length_gives_away", Severity.Warning, Text($"Traps are {longer:0.0} times as long as look-alikes: the length tells them apart without the meaning."), "Write both sides in about the same length.");
        }

        foreach (var opening in traps.GroupBy(t => Opening(t.Prompt)).Where(g => g.Count() >= FewRows && g.Count() > 0.1 * traps.Count))
        {
            if (lookAlikes.Count(l => Opening(l.Prompt) == opening.Key) is var same && same < opening.Count() / 4)
            {
                yield return new Problem("opening_gives_away", Severity.Warning, Text($"{opening.Count()} traps and {same} look-alikes begin with \"{opening.Key}\"."), "Begin look-alikes in the same way.") { Excerpt = opening.Key };
            }
        }
    }

    private static IEnumerable<Problem> Unanswered(List<PreparedRow> rows)
    {
        if (rows.Count(r => string.IsNullOrWhiteSpace(r.Answer)) is > 0 and var empty)
        {
            yield return new Problem("no_answer", Severity.Warning, Text($"{empty} rows have no answer and are left out of training."), "Write their answers or reject them.");
        }
    }

    private static double Share(List<PreparedRow> rows, Func<string, bool> which) => rows.Count == 0 ? 0 : (double)rows.Count(r => which(r.Prompt)) / rows.Count;

    private static bool IsQuestion(string prompt) =>
        prompt.Contains('?', StringComparison.Ordinal) || prompt.Contains('？', StringComparison.Ordinal) || prompt.Contains('吗', StringComparison.Ordinal) || prompt.Contains("怎么", StringComparison.Ordinal);

    private static string Opening(string prompt) => prompt.Any(c => c >= 0x3000)
        ? prompt[..Math.Min(3, prompt.Length)]
        : string.Join(' ', prompt.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(2)).ToLowerInvariant();

    private static string Excerpt(string text) => text.Length <= 200 ? text : text[..200];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
