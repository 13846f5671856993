using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Studio.Data;
using Studio.Data.Evaluation;

namespace Studio.Training.Evaluation;

/// <summary>Answers of base models by the hash of all that decides them, so that comparing many adapters asks the base once.</summary>
/// <param name="folder">Shared by all evaluations; null keeps nothing.</param>
/// <param name="model">Hash of the weights and their type.</param>
public sealed class AnswerCache(string? folder, string model)
{
    public ItemAnswer? Find(SuiteUse use, SuiteItem item)
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
            return null;
        }
    }

    public void Store(SuiteUse use, SuiteItem item, ItemAnswer answer)
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
