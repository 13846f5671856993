namespace Studio.Training.Tokenizers.Texts;

/// <summary>The 256 printable letters that stand for bytes in byte-level vocabularies (Radford et al. 2019, GPT-2).</summary>
internal static class ByteAlphabet
{
    /// <summary>The letter (code point) of each byte.</summary>
    public static readonly int[] Letters = MakeLetters();

    private static readonly short[] Bytes = MakeBytes();

    /// <summary>The byte that a letter stands for, or -1 when it is not of the alphabet.</summary>
    public static int ByteOf(int codePoint) => codePoint < Bytes.Length ? Bytes[codePoint] : -1;

    private static int[] MakeLetters()
    {
        var letters = new int[256];
        var next = 256;
        for (var b = 0; b < 256; b++)
        {
            letters[b] = b is >= 33 and <= 126 or >= 161 and <= 172 or >= 174 and <= 255 ? b : next++;
        }

        return letters;
    }

    private static short[] MakeBytes()
    {
        var bytes = new short[Letters.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (var b = 0; b < 256; b++)
        {
            bytes[Letters[b]] = (short)b;
        }

        return bytes;
    }
}
