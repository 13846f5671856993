using System.Globalization;

namespace Studio.Training.Tokenizers.Patterns;

/// <summary>A place in the code points of a pattern.</summary>
internal sealed class PatternCursor(int[] source)
{
    private int at;

    /// <summary>Index of the next code point, to be moved by whoever reads it.</summary>
    public ref int At => ref at;

    public bool More => at < source.Length;

    /// <summary>A code point further on; -1 behind the end.</summary>
    public int Peek(int ahead = 0) => at + ahead < source.Length ? source[at + ahead] : -1;

    /// <summary>Moves over a text if it stands here.</summary>
    public bool Take(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (Peek(i) != text[i])
            {
                return false;
            }
        }

        at += text.Length;
        return true;
    }

    /// <summary>Digits as a number, cut off above <paramref name="most"/>; -1 where there is none.</summary>
    public int Number(int most)
    {
        var value = -1L;
        while (Peek() is >= '0' and <= '9')
        {
            value = Math.Min(Math.Max(value, 0) * 10 + (Peek() - '0'), most + 1);
            at++;
        }

        return (int)value;
    }

    /// <summary>A fault at this place.</summary>
    public FormatException Error(string problem) => new($"regular expression, character {(at + 1).ToString(CultureInfo.InvariantCulture)}: {problem}");
}
