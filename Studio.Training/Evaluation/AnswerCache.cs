using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Studio.Data;
using Studio.Data.Evaluation;

namespace Studio.Training.Evaluation;

/// <summary>Answers of base models by the hash of all that decides them, so that comparing many adapters asks the base once.</summary>
/// <param name="folder">Shared by all evaluations; null keeps nothing.</param>
/// <param name="model">Hash of the weights and their type.</param>
internal sealed class AnswerCache(string? folder, string model)
{
    /// <summary>Answers to some items, in their order; only those that are not stored are asked.</summary>
    public async Task<IReadOnlyList<ItemAnswer>> AskAsync(AskedSuite suite, EvaluatedModel model, IReadOnlyList<SuiteItem> items, CancellationToken cancellation)
    {
        if (!suite.Runner.Cacheable)
        {
            return await suite.Runner.AnswerAsync(model, suite.Use, items, cancellation).ConfigureAwait(false);
        }

        var answers = items.Select(i => Find(suite.Use, i)).ToArray();
        var open = Enumerable.Range(0, items.Count).Where(i => answers[i] is null).ToArray();
        var fresh = open.Length == 0 ? [] : await suite.Runner.AnswerAsync(model, suite.Use, [.. open.Select(i => items[i])], cancellation).ConfigureAwait(false);
        for (var i = 0; i < open.Length; i++)
        {
            answers[open[i]] = fresh[i];
            Store(suite.Use, items[open[i]], fresh[i]);
        }

        return answers!;
    }

    private ItemAnswer? Find(SuiteUse use, SuiteItem item)
    {
        if (folder is null || !File.Exists(PathOf(use, item)))
        {
            return null;
        }

        try
        {
            return StudioJson.Deserialize<ItemAnswer>(File.ReadAllText(PathOf(use, item)));
        }
        catch (Exception fault) when (fault is JsonException or IOException)
        {
            // Torn, or written by another run at this moment: asking again costs time and nothing else.
            return null;
        }
    }

    private void Store(SuiteUse use, SuiteItem item, ItemAnswer answer)
    {
        if (folder is null)
        {
            return;
        }

        var path = PathOf(use, item);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var partial = FormattableString.Invariant($"{path}.{Environment.ProcessId}.partial");
        File.WriteAllText(partial, StudioJson.Serialize(answer));
        File.Move(partial, path, overwrite: true);
    }

    private string PathOf(SuiteUse use, SuiteItem item)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{model}\n{SuiteRows.Key(use, item)}")));
        return Path.Combine(folder!, hash[..2], hash + ".json");
    }
}
