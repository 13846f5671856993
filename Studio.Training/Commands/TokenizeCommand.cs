using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Studio.Training.Tokenizers;
using Encoding = Studio.Training.Tokenizers.Encoding;

namespace Studio.Training.Commands;

/// <summary>
/// <c>tokenize MODEL</c>: one JSON object a line in, one out. <c>{"text", "add_special_tokens"?, "pair"?, "parse_special"?}</c> is encoded, <c>{"batch": [[text, pair]...]}</c> is encoded together,
/// <c>{"ids", "skip_special_tokens"?}</c> is decoded, at once and token by token.
/// </summary>
public static class TokenizeCommand
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.Create(System.Text.Unicode.UnicodeRanges.All) };

    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "Hugging Face folder, tokenizer.json, tokenizer.model, vocab.json or GGUF file." };
        var input = new Option<FileInfo?>("--input") { Description = "File of JSON lines; standard input without it." };
        var full = new Option<bool>("--full") { Description = "Also write type ids, masks, sequence and word ids, and what truncation cut off." };
        var command = new Command("tokenize", "Encode texts to token ids and decode them again, as JSON lines.") { model, input, full };
        command.SetAction(parse => Run(parse.GetValue(model)!, parse.GetValue(input), parse.GetValue(full)));
        return command;
    }

    private static int Run(string path, FileInfo? input, bool full)
    {
        var tokenizer = Tokenizer.Load(path);
        using var source = input?.OpenRead() ?? Console.OpenStandardInput();
        using var target = Console.OpenStandardOutput();
        return Process(tokenizer, source, target, full) ? ExitCodes.Ok : ExitCodes.BadInput;
    }

    /// <summary>Answers every line; false when one of them was no request.</summary>
    internal static bool Process(Tokenizer tokenizer, Stream source, Stream target, bool full)
    {
        using var reader = new StreamReader(source, new UTF8Encoding(false), detectEncodingFromByteOrderMarks: true, bufferSize: 1 << 16);
        using var buffer = new MemoryStream();
        using var writer = new Utf8JsonWriter(buffer, WriterOptions);
        var good = true;
        while (reader.ReadLine() is { } line)
        {
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            good &= Answer(tokenizer, line, writer, full);
            writer.Flush();
            writer.Reset();
            buffer.WriteByte((byte)'\n');

            // A caller who waits for an answer before the next line gets it; a file is written in large parts.
            if (buffer.Length > 1 << 16 || reader.Peek() < 0)
            {
                buffer.WriteTo(target);
                buffer.SetLength(0);
                target.Flush();
            }
        }

        buffer.WriteTo(target);
        target.Flush();
        return good;
    }

    private static bool Answer(Tokenizer tokenizer, string line, Utf8JsonWriter writer, bool full)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var row = document.RootElement;
            if (row.ValueKind != JsonValueKind.Object)
            {
                return Refuse(writer, "a request is an object");
            }

            if (row.TryGetProperty("ids", out var ids))
            {
                return Decode(tokenizer, row, ids, writer);
            }

            if (row.TryGetProperty("batch", out var batch))
            {
                return Batch(tokenizer, row, batch, writer);
            }

            if (!row.TryGetProperty("text", out var text) || text.ValueKind != JsonValueKind.String)
            {
                return Refuse(writer, "a request has \"text\" (a string), \"batch\" or \"ids\"");
            }

            var pair = row.TryGetProperty("pair", out var second) && second.ValueKind == JsonValueKind.String ? second.GetString() : null;
            var encoding = tokenizer.Encode(text.GetString()!, Flag(row, "add_special_tokens", true), pair, Flag(row, "parse_special", true));
            writer.WriteStartObject();
            Write(writer, encoding, full || pair is not null);
            writer.WriteString("decoded", tokenizer.Decode(encoding.Ids));
            writer.WriteString("decoded_skip_special", tokenizer.Decode(encoding.Ids, skipSpecialTokens: true));
            writer.WriteEndObject();
            return true;
        }
        catch (TokenizationException exception)
        {
            // What the tokenizer's own rules refuse is an answer, not a fault of the request.
            _ = Refuse(writer, exception.Message);
            return true;
        }
        catch (JsonException exception)
        {
            return Refuse(writer, $"not valid JSON at byte {exception.BytePositionInLine + 1}");
        }
        catch (Exception exception) when (exception is InvalidOperationException or IndexOutOfRangeException)
        {
            return Refuse(writer, "a field has another type than it should, or a string is not valid Unicode");
        }
        catch (FormatException)
        {
            return Refuse(writer, "a number is out of range");
        }
    }

    private static bool Decode(Tokenizer tokenizer, JsonElement row, JsonElement ids, Utf8JsonWriter writer)
    {
        var list = ids.EnumerateArray().Select(id => id.GetInt32()).ToArray();
        var skip = Flag(row, "skip_special_tokens", false);
        var stream = tokenizer.CreateStreamDecoder(skip);
        writer.WriteStartObject();
        writer.WriteString("decoded", tokenizer.Decode(list, skip));
        writer.WriteStartArray("pieces");
        foreach (var id in list)
        {
            writer.WriteStringValue(stream.Add(id));
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        return true;
    }

    private static bool Batch(Tokenizer tokenizer, JsonElement row, JsonElement batch, Utf8JsonWriter writer)
    {
        var texts = new List<(string, string?)>();
        foreach (var item in batch.EnumerateArray())
        {
            texts.Add(item.ValueKind == JsonValueKind.String ? (item.GetString()!, null) : (item[0].GetString()!, item.GetArrayLength() > 1 ? item[1].GetString() : null));
        }

        var encodings = tokenizer.EncodeBatch(texts, Flag(row, "add_special_tokens", true));
        writer.WriteStartObject();
        writer.WriteStartArray("encodings");
        foreach (var encoding in encodings)
        {
            writer.WriteStartObject();
            Write(writer, encoding, full: true);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        return true;
    }

    private static bool Flag(JsonElement row, string name, bool absent) => row.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value.GetBoolean() : absent;

    private static bool Refuse(Utf8JsonWriter writer, string problem)
    {
        writer.Reset();
        writer.WriteStartObject();
        writer.WriteString("error", problem);
        writer.WriteEndObject();
        return false;
    }

    private static void Write(Utf8JsonWriter writer, Encoding encoding, bool full)
    {
        Numbers(writer, "ids", encoding.Ids);
        writer.WriteStartArray("tokens");
        foreach (var token in encoding.Tokens)
        {
            writer.WriteStringValue(token);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("offsets");
        foreach (var (start, end) in encoding.Offsets)
        {
            writer.WriteStartArray();
            writer.WriteNumberValue(start);
            writer.WriteNumberValue(end);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
        if (!full)
        {
            return;
        }

        Numbers(writer, "type_ids", encoding.TypeIds);
        Numbers(writer, "special_tokens_mask", encoding.SpecialTokensMask);
        Numbers(writer, "attention_mask", encoding.AttentionMask);
        Optional(writer, "sequence_ids", encoding.SequenceIds);
        Optional(writer, "word_ids", encoding.WordIds);
        if (encoding.Overflowing.Count > 0)
        {
            writer.WriteStartArray("overflowing");
            foreach (var part in encoding.Overflowing)
            {
                writer.WriteStartObject();
                Write(writer, part, full: true);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }
    }

    private static void Numbers(Utf8JsonWriter writer, string name, int[] values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values)
        {
            writer.WriteNumberValue(value);
        }

        writer.WriteEndArray();
    }

    private static void Optional(Utf8JsonWriter writer, string name, int?[] values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values)
        {
            if (value is { } number)
            {
                writer.WriteNumberValue(number);
            }
            else
            {
                writer.WriteNullValue();
            }
        }

        writer.WriteEndArray();
    }
}
