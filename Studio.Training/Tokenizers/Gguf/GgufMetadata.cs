namespace Studio.Training.Tokenizers.Gguf;

/// <summary>Typed reading of GGUF metadata; complaints name file and key.</summary>
internal sealed class GgufMetadata(IReadOnlyDictionary<string, object> values, string file)
{
    public string File { get; } = file;

    public TokenizerFormatException Error(string key, string problem) => new(File, key, problem);

    public bool Has(string key) => values.ContainsKey(key);

    public string? Text(string key) => values.TryGetValue(key, out var value) ? value as string ?? throw Error(key, "a string is expected") : null;

    public bool? Flag(string key) => values.TryGetValue(key, out var value) ? value as bool? ?? throw Error(key, "true or false is expected") : null;

    public int? Id(string key) => !values.TryGetValue(key, out var value) ? null : value switch
    {
        byte v => v,
        sbyte v and >= 0 => v,
        ushort v => v,
        short v and >= 0 => v,
        int v and >= 0 => v,
        uint v and <= int.MaxValue => (int)v,
        long v and >= 0 and <= int.MaxValue => (int)v,
        ulong v and <= int.MaxValue => (int)v,
        // Converters write 0xFFFFFFFF or -1 for "none".
        uint or int or long or ulong or short or sbyte => null,
        _ => throw Error(key, "a whole number is expected"),
    };

    public string[]? Texts(string key) => values.TryGetValue(key, out var value)
        ? value as string[] ?? (value is object[] { Length: 0 } ? [] : throw Error(key, "a list of strings is expected"))
        : null;

    public float[]? Numbers(string key) => !values.TryGetValue(key, out var value) ? null : value switch
    {
        float[] numbers => numbers,
        double[] numbers => [.. numbers.Select(number => (float)number)],
        int[] numbers => [.. numbers.Select(number => (float)number)],
        _ => throw Error(key, "a list of numbers is expected"),
    };

    public int[]? Integers(string key) => !values.TryGetValue(key, out var value) ? null : value switch
    {
        int[] numbers => numbers,
        uint[] numbers => [.. numbers.Select(number => (int)number)],
        sbyte[] numbers => [.. numbers.Select(number => (int)number)],
        byte[] numbers => [.. numbers.Select(number => (int)number)],
        _ => throw Error(key, "a list of whole numbers is expected"),
    };

    public byte[]? Bytes(string key) => !values.TryGetValue(key, out var value) ? null : value switch
    {
        byte[] bytes => bytes,
        sbyte[] bytes => Array.ConvertAll(bytes, b => (byte)b),
        _ => throw Error(key, "a list of bytes is expected"),
    };
}
