using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Training.Templates.Jinja;

namespace Studio.Training.Templates.Python;

/// <summary>JSON as Python's <c>json</c> module reads and writes it.</summary>
internal static class PythonJson
{
    /// <summary>Values of a parsed document; keys keep their order, numbers their kind (1 is int, 1.0 is float) and size.</summary>
    public static object? FromElement(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var dict = new DictValue();
                foreach (var property in element.EnumerateObject())
                {
                    dict.Set(property.Name, FromElement(property.Value));
                }

                return dict;
            case JsonValueKind.Array:
                var items = new object?[element.GetArrayLength()];
                var place = 0;
                foreach (var item in element.EnumerateArray())
                {
                    items[place++] = FromElement(item);
                }

                return new ListValue(items);
            case JsonValueKind.String:
                return element.GetString();
            case JsonValueKind.Number:
                return Number(element.GetRawText());
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            default:
                return null;
        }
    }

    public static object? FromNode(JsonNode? node)
    {
        switch (node)
        {
            case null:
                return null;
            case JsonObject json:
                var dict = new DictValue(json.Count);
                foreach (var (name, value) in json)
                {
                    dict.Set(name, FromNode(value));
                }

                return dict;
            case JsonArray array:
                var items = new object?[array.Count];
                for (var i = 0; i < items.Length; i++)
                {
                    items[i] = FromNode(array[i]);
                }

                return new ListValue(items);
            case JsonValue value when value.TryGetValue<JsonElement>(out var element):
                return FromElement(element);
            case JsonValue value when value.TryGetValue<string>(out var text):
                return text;
            case JsonValue value when value.TryGetValue<bool>(out var flag):
                return flag;
            case JsonValue value when value.TryGetValue<double>(out var number) && value.GetValueKind() == JsonValueKind.Number && !value.TryGetValue<long>(out _) && !value.TryGetValue<int>(out _):
                return number;
            default:
                using (var document = JsonDocument.Parse(node.ToJsonString()))
                {
                    return FromElement(document.RootElement);
                }
        }
    }

    /// <summary><c>json.dumps</c>.</summary>
    public static string Write(RenderState state, object? value, bool ensureAscii, string? indent, string itemSeparator, string keySeparator, bool sortKeys)
    {
        var builder = new StringBuilder();
        new Writer(state, builder, ensureAscii, indent, itemSeparator, keySeparator, sortKeys).Write(value, 0);
        return builder.ToString();
    }

    /// <summary>The text with everything beyond ASCII as Python escapes.</summary>
    public static string Ascii(string text)
    {
        var builder = new StringBuilder(text.Length);
        foreach (var (value, _, _) in CodePoints.Each(text))
        {
            _ = value switch
            {
                < 0x80 => builder.Append((char)value),
                < 0x100 => builder.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}"),
                < 0x10000 => builder.Append(CultureInfo.InvariantCulture, $"\\u{value:x4}"),
                _ => builder.Append(CultureInfo.InvariantCulture, $"\\U{value:x8}"),
            };
        }

        return builder.ToString();
    }

    private static object Number(string text)
    {
        if (text.AsSpan().IndexOfAny(".eE") >= 0)
        {
            return double.Parse(text, CultureInfo.InvariantCulture);
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer)
            ? (object)integer
            : BigInteger.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
    }

    private sealed class Writer(RenderState state, StringBuilder builder, bool ensureAscii, string? indent, string itemSeparator, string keySeparator, bool sortKeys)
    {
        public void Write(object? value, int depth)
        {
            RuntimeHelpers.EnsureSufficientExecutionStack();
            state.CheckText(builder.Length);
            switch (value)
            {
                case null:
                    builder.Append("null");
                    break;
                case string text:
                    WriteText(text);
                    break;
                case Markup markup:
                    WriteText(markup.Text);
                    break;
                case bool flag:
                    builder.Append(flag ? "true" : "false");
                    break;
                case double number:
                    builder.Append(double.IsNaN(number) ? "NaN" : double.IsInfinity(number) ? (number > 0 ? "Infinity" : "-Infinity") : PythonText.Float(number));
                    break;
                case long or BigInteger:
                    builder.Append(PythonText.Str(value));
                    break;
                case SequenceValue sequence:
                    WriteItems('[', sequence.Items, ']', depth, item => Write(item, depth + 1));
                    break;
                case DictValue dict:
                    WriteItems('{', Order(dict), '}', depth, place =>
                    {
                        var at = (int)place!;
                        WriteText(Key(dict.KeyAt(at)));
                        builder.Append(keySeparator);
                        Write(dict.ValueAt(at), depth + 1);
                    });
                    break;
                default:
                    throw TemplateException.Type($"Object of type {PythonTypes.NameOf(value)} is not JSON serializable");
            }
        }

        private object?[] Order(DictValue dict)
        {
            var places = Enumerable.Range(0, dict.Count);
            if (!sortKeys)
            {
                return [.. places.Cast<object?>()];
            }

            return Sorting.Sort(Array.ConvertAll<int, object?>([.. places], i => i), place => dict.KeyAt((int)place!));
        }

        private void WriteItems(char open, object?[] items, char close, int depth, Action<object?> write)
        {
            builder.Append(open);
            for (var i = 0; i < items.Length; i++)
            {
                builder.Append(i == 0 ? "" : itemSeparator);
                NewLine(depth + 1);
                write(items[i]);
            }

            if (items.Length > 0)
            {
                NewLine(depth);
            }

            builder.Append(close);
        }

        private void NewLine(int depth)
        {
            if (indent is null)
            {
                return;
            }

            builder.Append('\n');
            for (; depth > 0; depth--)
            {
                builder.Append(indent);
            }
        }

        private static string Key(object? key) => key switch
        {
            null => "null",
            string text => text,
            Markup markup => markup.Text,
            bool flag => flag ? "true" : "false",
            double or long or BigInteger => PythonText.Str(key),
            _ => throw TemplateException.Type($"keys must be str, int, float, bool or None, not {PythonTypes.NameOf(key)}"),
        };

        private void WriteText(string text)
        {
            builder.Append('"');
            var from = 0;
            for (var i = 0; i < text.Length; i++)
            {
                var c = text[i];
                if (c >= ' ' && c != '"' && c != '\\' && (c < 0x7f || !ensureAscii || c == 0x7f))
                {
                    continue;
                }

                builder.Append(text, from, i - from);
                from = i + 1;
                _ = c switch
                {
                    '"' => builder.Append("\\\""),
                    '\\' => builder.Append(@"\\"),
                    '\n' => builder.Append(@"\n"),
                    '\r' => builder.Append(@"\r"),
                    '\t' => builder.Append(@"\t"),
                    '\b' => builder.Append(@"\b"),
                    '\f' => builder.Append(@"\f"),
                    _ => builder.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                };
            }

            builder.Append(text, from, text.Length - from).Append('"');
        }
    }
}
