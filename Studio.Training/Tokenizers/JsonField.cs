using System.Globalization;
using System.Text.Json;

namespace Studio.Training.Tokenizers;

/// <summary>A value in a tokenizer file together with its place, so that every complaint names file and field.</summary>
internal readonly struct JsonField(JsonElement element, string file, string path)
{
    public JsonElement Element { get; } = element;

    public string File { get; } = file;

    public string Path { get; } = path;

    public bool IsNull => Element.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    public bool IsObject => Element.ValueKind == JsonValueKind.Object;

    public bool IsArray => Element.ValueKind == JsonValueKind.Array;

    public bool IsString => Element.ValueKind == JsonValueKind.String;

    public TokenizerFormatException Error(string problem) => new(File, Path, problem);

    private string Child(string name) => Path.Length == 0 ? name : Path + "." + name;

    /// <summary>A member; null-valued where it is absent.</summary>
    public JsonField this[string name]
    {
        get
        {
            if (!IsObject)
            {
                throw Error("an object is expected");
            }

            return new(Element.TryGetProperty(name, out var value) ? value : default, File, Child(name));
        }
    }

    public JsonField Required(string name)
    {
        var field = this[name];
        return field.IsNull ? throw field.Error("is missing") : field;
    }

    public string AsString() => IsString ? Text() : throw Error("a string is expected");

    private string Text()
    {
        try
        {
            return Element.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            throw new TokenizerFormatException(File, Path, "the string is not valid Unicode", exception);
        }
    }

    public string? AsOptionalString() => IsNull ? null : AsString();

    public bool AsBool(bool absent) => Element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Null or JsonValueKind.Undefined => absent,
        _ => throw Error("true or false is expected"),
    };

    public bool? AsOptionalBool() => IsNull ? null : AsBool(false);

    public int AsInt() => Element.ValueKind == JsonValueKind.Number && Element.TryGetInt32(out var value) && value >= 0 ? value : throw Error("a whole number is expected");

    public int AsInt(int absent) => IsNull ? absent : AsInt();

    public double AsNumber() => Element.ValueKind == JsonValueKind.Number && Element.TryGetDouble(out var value) ? value : throw Error("a number is expected");

    public IEnumerable<JsonField> Items()
    {
        if (!IsArray)
        {
            throw Error("a list is expected");
        }

        return Walk(this);

        static IEnumerable<JsonField> Walk(JsonField list)
        {
            var i = 0;
            foreach (var item in list.Element.EnumerateArray())
            {
                yield return new JsonField(item, list.File, string.Create(CultureInfo.InvariantCulture, $"{list.Path}[{i++}]"));
            }
        }
    }

    public IEnumerable<(string Name, JsonField Value)> Members()
    {
        if (!IsObject)
        {
            throw Error("an object is expected");
        }

        return Walk(this);

        static IEnumerable<(string, JsonField)> Walk(JsonField parent)
        {
            foreach (var member in parent.Element.EnumerateObject())
            {
                string name;
                try
                {
                    name = member.Name;
                }
                catch (InvalidOperationException exception)
                {
                    throw new TokenizerFormatException(parent.File, parent.Path, "a key is not valid Unicode", exception);
                }

                yield return (name, new JsonField(member.Value, parent.File, parent.Child(name)));
            }
        }
    }

    /// <summary>The code point of a string of exactly one.</summary>
    public int AsCodePoint()
    {
        var codePoints = Texts.CodePoints.Of(AsString());
        return codePoints.Length == 1 ? codePoints[0] : throw Error("exactly one character is expected");
    }
}
