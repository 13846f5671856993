using System.Text;
using Studio.Data.Registry;

namespace Studio.Web.Registry;

/// <summary>The names under which models are asked for: <c>ft:base:studio:suffix:id</c>, as OpenAI writes them.</summary>
public static class ModelNames
{
    public const string Organization = "studio";

    private const int ShortIdLength = 8;

    public static string For(BaseModel model, string suffix, string adapterId) => $"ft:{model.Name}:{Organization}:{Word(suffix)}:{adapterId[^ShortIdLength..]}";

    /// <summary>Name of a checkpoint of a job that has no adapter of its own yet.</summary>
    public static string ForCheckpoint(BaseModel model, string suffix, string jobId, int step) =>
        FormattableString.Invariant($"ft:{model.Name}:{Organization}:{Word(suffix)}:{jobId[^ShortIdLength..]}:ckpt-step-{step}");

    /// <summary>Letters (of any script), digits, dash, dot and underscore; everything else becomes a dash.</summary>
    public static string Word(string text)
    {
        var word = new StringBuilder(text.Length);
        foreach (var rune in text.Normalize().EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || rune.Value is '.' or '_')
            {
                word.Append(Rune.ToLowerInvariant(rune));
            }
            else if (word.Length > 0 && word[^1] != '-')
            {
                word.Append('-');
            }
        }

        var trimmed = word.ToString().Trim('-');
        return trimmed.Length == 0 ? "model" : trimmed.Length > 64 ? trimmed[..64] : trimmed;
    }
}
