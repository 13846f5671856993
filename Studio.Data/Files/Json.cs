using System.Text;
using System.Text.Json;
using Studio.Data.Validation;

namespace Studio.Data.Files;

/// <summary>
/// A JSON array of rows, an object that holds one (<c>{"data": [...]}</c>), or a single row. Elements are parsed one by one from a buffer that
/// holds no more than the element at hand.
/// </summary>
public sealed class Json : FileReader
{
    private static readonly string[] Wrappers = ["data", "rows", "train", "examples", "items", "instances", "samples", "records"];

    public override string Name => "json";

    public override string Title => "JSON";

    public override IReadOnlyList<string> Extensions { get; } = [".json"];

    public override double Recognise(FileHead head) => head.FirstCharacter is '[' or '{' ? 0.9 : head.Extension == ".json" ? 0.6 : 0;

    public override IEnumerable<RowOrProblem> Read(TextInput input)
    {
        var parser = new ElementParser(input.Stream, FindWrapper(input.Head.Text));
        while (parser.Next() is { } item)
        {
            yield return item;
        }
    }

    /// <summary>Name of the field of the top object that holds the rows; null when the file is an array or one row.</summary>
    private static string? FindWrapper(string head)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(head), isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { MaxDepth = JsonText.MaxDepth }));
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                if (!reader.Read())
                {
                    return null;
                }

                if (reader.TokenType == JsonTokenType.StartArray && Wrappers.Contains(name, StringComparer.OrdinalIgnoreCase))
                {
                    return name;
                }

                if (!reader.TrySkip())
                {
                    return null;
                }
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // The parser proper will say what is wrong and where.
        }

        return null;
    }

    private sealed class ElementParser(Stream stream, string? wrapper)
    {
        // An element of 4 MiB and what surrounds it fits; so does the rest of a longer one while it is skipped token by token.
        private byte[] buffer = new byte[64 * 1024];
        private int start;
        private int end;
        private bool atEnd;
        private bool finished;
        private bool inArray;
        private int index;
        private JsonReaderState state = new(new JsonReaderOptions { MaxDepth = JsonText.MaxDepth });

        public RowOrProblem? Next()
        {
            while (!finished)
            {
                try
                {
                    var item = inArray ? Element() : Enter();
                    if (item is not null)
                    {
                        return item;
                    }
                }
                catch (JsonException fault)
                {
                    finished = true;
                    var excerpt = JsonText.Excerpt(buffer.AsSpan(start, Math.Min(end - start, 600)));
                    return atEnd && start >= end - MaxRowBytes && IsCut()
                        ? Cut(excerpt)
                        : new Problem("invalid_json", index == 0 ? Severity.Fatal : Severity.Error, index == 0 ? $"The file is not valid JSON: {JsonText.Explain(fault)}." : FormattableString.Invariant($"The JSON is not valid after row {index}: {JsonText.Explain(fault)}; nothing beyond can be read."), "Correct the file at this place.") { Line = index + 1, Excerpt = excerpt };
                }
            }

            return null;
        }

        /// <summary>Finds the array; a top object without one is the only row.</summary>
        private RowOrProblem? Enter()
        {
            while (true)
            {
                var reader = Reader();
                if (!reader.Read())
                {
                    More();
                    continue;
                }

                if (reader.TokenType == JsonTokenType.StartArray)
                {
                    Keep(ref reader);
                    inArray = true;
                    return null;
                }

                if (reader.TokenType == JsonTokenType.StartObject && wrapper is not null)
                {
                    Keep(ref reader);
                    SeekWrapper();
                    inArray = true;
                    return null;
                }

                return Value();
            }
        }

        private void SeekWrapper()
        {
            while (true)
            {
                var reader = Reader();
                if (!reader.Read() || reader.TokenType != JsonTokenType.PropertyName)
                {
                    More();
                    continue;
                }

                var found = reader.GetString() == wrapper;
                if (!reader.Read() || (!found && !reader.TrySkip()))
                {
                    More();
                    continue;
                }

                Keep(ref reader);
                if (found)
                {
                    return;
                }
            }
        }

        private RowOrProblem? Element()
        {
            var reader = Reader();
            if (!reader.Read())
            {
                More();
                return null;
            }

            if (reader.TokenType == JsonTokenType.EndArray)
            {
                Keep(ref reader);
                return Trailer();
            }

            return Value();
        }

        /// <summary>Parses the value that comes next, reading on until all of it is in the buffer.</summary>
        private RowOrProblem? Value()
        {
            var reader = Reader();
            reader.Read();
            if (!reader.TrySkip())
            {
                if (end - start > MaxRowBytes)
                {
                    SkipElement();
                    index++;
                    return new Problem("line_too_long", Severity.Error, "The row is longer than 4 MiB.", "Split the example, or remove what does not belong to it (images as base64, for instance).") { Line = index };
                }

                More();
                return null;
            }

            var length = (int)reader.BytesConsumed;
            var text = buffer.AsSpan(start, length);
            text = text.TrimStart(" \t\r\n,"u8);
            var value = JsonText.Parse(text, out var reason, out _);
            var excerpt = reason is null ? null : JsonText.Excerpt(text);
            Keep(ref reader);
            index++;
            if (!inArray)
            {
                inArray = true;
                finished = true;
            }

            return length > MaxRowBytes
                ? new Problem("line_too_long", Severity.Error, "The row is longer than 4 MiB.", "Split the example, or remove what does not belong to it (images as base64, for instance).") { Line = index }
                : reason is null
                ? new RawRow(index, value)
                : new Problem("invalid_json", Severity.Error, $"The row is not usable JSON: {reason}.", "Correct the row.") { Line = index, Excerpt = excerpt };
        }

        private void SkipElement()
        {
            var depth = 0;
            while (true)
            {
                var reader = Reader();
                while (reader.Read())
                {
                    depth += reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray ? 1
                        : reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray ? -1 : 0;
                    if (depth == 0)
                    {
                        Keep(ref reader);
                        return;
                    }
                }

                Keep(ref reader);
                More();
            }
        }

        /// <summary>After the array nothing may follow but the end of a wrapping object.</summary>
        private RowOrProblem? Trailer()
        {
            finished = true;
            if (wrapper is not null)
            {
                return null;
            }

            while (true)
            {
                var rest = buffer.AsSpan(start, end - start).TrimStart(" \t\r\n"u8);
                if (!rest.IsEmpty)
                {
                    return new Problem("invalid_json", Severity.Warning, "Something follows after the end of the JSON array; it is not read.", "Keep one array per file.") { Line = index, Excerpt = JsonText.Excerpt(rest) };
                }

                if (atEnd)
                {
                    return null;
                }

                start = end;
                More();
            }
        }

        private Utf8JsonReader Reader() => new(buffer.AsSpan(start, end - start), isFinalBlock: atEnd, state);

        private void Keep(ref Utf8JsonReader reader)
        {
            start += (int)reader.BytesConsumed;
            state = reader.CurrentState;
        }

        private void More()
        {
            if (atEnd)
            {
                throw new JsonException("the file ends before the JSON does");
            }

            if (start > 0)
            {
                buffer.AsSpan(start, end - start).CopyTo(buffer);
                end -= start;
                start = 0;
            }

            if (end == buffer.Length)
            {
                if (buffer.Length >= 64 * 1024 * 1024)
                {
                    throw new JsonException("a single text is longer than 64 MiB");
                }

                Array.Resize(ref buffer, buffer.Length * 2);
            }

            var read = stream.Read(buffer, end, buffer.Length - end);
            atEnd = read == 0;
            end += read;
        }

        /// <summary>True when everything up to the end is good JSON that lacks only its end.</summary>
        private bool IsCut()
        {
            var reader = new Utf8JsonReader(buffer.AsSpan(start, end - start), isFinalBlock: false, state);
            try
            {
                while (reader.Read())
                {
                }

                return true;
            }
            catch (JsonException)
            {
                return false;
            }
        }

        private Problem Cut(string excerpt) => index == 0 && !inArray
            ? new Problem("invalid_json", Severity.Fatal, "The file ends in the middle of a JSON value.", "Copy or export the file again.") { Line = 1, Excerpt = excerpt }
            : new Problem("cut_last_line", Severity.Error, FormattableString.Invariant($"The file ends in the middle of row {index + 1}, or without the closing bracket: it was cut off."), "Copy or export the file again; the rows before are used.") { Line = index + 1, Excerpt = excerpt };
    }
}
