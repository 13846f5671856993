using System.Text.Json;
using System.Text.Json.Nodes;

namespace Studio.Training.Evaluation;

/// <summary>Reads files of JSON lines, an object each; empty lines are passed over.</summary>
internal static class JsonRows
{
    /// <param name="name">What the file is called in messages.</param>
    /// <returns>Objects with the numbers of their lines, from 1.</returns>
    /// <exception cref="InvalidDataException">A line is no JSON object.</exception>
    public static IEnumerable<(int Line, JsonObject Row)> Read(TextReader reader, string name)
    {
        for (var line = 1; reader.ReadLine() is { } text; line++)
        {
            if (!string.IsNullOrWhiteSpace(text))
            {
                yield return (line, Parse(text, line, name));
            }
        }
    }

    private static JsonObject Parse(string text, int line, string name)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject ?? throw new JsonException("it is not an object");
        }
        catch (Exception fault) when (fault is JsonException or ArgumentException)
        {
            throw new InvalidDataException($"{name}, line {line}: not a JSON object ({fault.Message})");
        }
    }
}
