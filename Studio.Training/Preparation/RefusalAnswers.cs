using Studio.Data;
using Studio.Training.Evaluation;

namespace Studio.Training.Preparation;

/// <summary>The refusals that travel inside the trainer: by category and language, each naming the reason and the lawful way.</summary>
internal static class RefusalAnswers
{
    private const string AnyCategory = "any";
    private static readonly Dictionary<string, Dictionary<string, string[]>> All =
        StudioJson.Deserialize<Dictionary<string, Dictionary<string, string[]>>>(EmbeddedFile.Read("refusal_answers.json"));

    public static IEnumerable<string> Categories => All.Keys.Where(k => k != AnyCategory);

    /// <summary>One of the refusals; a category of one's own takes those that fit any.</summary>
    public static string Pick(string? category, string language, Random random)
    {
        var answers = (category is not null ? All.GetValueOrDefault(category) : null) ?? All[AnyCategory];
        var choice = answers.GetValueOrDefault(language) ?? answers["en"];
        return choice[random.Next(choice.Length)];
    }
}
