using System.Buffers.Binary;

namespace Studio.Training.Tokenizers.Normalizers;

/// <summary>
/// The compiled normalisation table of SentencePiece: a double-array trie over UTF-8 whose values are offsets into a list of zero-ended replacements
/// (layout of Darts-clone: 32-bit units with label, leaf flag and offset).
/// </summary>
internal sealed class CharacterMap
{
    private readonly uint[] units;
    private readonly byte[] replacements;

    private CharacterMap(uint[] units, byte[] replacements)
    {
        this.units = units;
        this.replacements = replacements;
    }

    /// <summary>Reads a table; <see cref="FormatException"/> when its length fields do not fit.</summary>
    public static CharacterMap Parse(ReadOnlySpan<byte> data)
    {
        if (data.Length < 4)
        {
            throw new FormatException("the character map is cut short");
        }

        var size = BinaryPrimitives.ReadUInt32LittleEndian(data);
        if (size > data.Length - 4 || size % 4 != 0)
        {
            throw new FormatException("the character map's trie is longer than the map");
        }

        var units = new uint[size / 4];
        for (var i = 0; i < units.Length; i++)
        {
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(data[(4 + 4 * i)..]);
        }

        return new(units, data[(4 + (int)size)..].ToArray());
    }

    /// <summary>The shortest key that begins the text, or the longest: its length in bytes and replacement; length 0 when none does.</summary>
    public (int Length, ReadOnlyMemory<byte> Replacement) Match(ReadOnlySpan<byte> text, bool longest)
    {
        var result = (Length: 0, Value: 0u);
        if (units.Length == 0)
        {
            return (0, default);
        }

        var node = Offset(units[0]);
        for (var i = 0; i < text.Length; i++)
        {
            node ^= text[i];
            if (node >= units.Length)
            {
                break;
            }

            var unit = units[node];
            if ((unit & 0x800000FF) != text[i])
            {
                break;
            }

            node ^= Offset(unit);
            if ((unit >> 8 & 1) != 0 && node < units.Length)
            {
                result = (i + 1, units[node] & 0x7FFFFFFF);
                if (!longest)
                {
                    break;
                }
            }
        }

        return result.Length == 0 ? (0, default) : (result.Length, Replacement(result.Value));
    }

    private static uint Offset(uint unit) => unit >> 10 << (int)((unit & 0x200) >> 6);

    private ReadOnlyMemory<byte> Replacement(uint start)
    {
        if (start >= replacements.Length)
        {
            return default;
        }

        var length = replacements.AsSpan((int)start).IndexOf((byte)0);
        return replacements.AsMemory((int)start, length < 0 ? replacements.Length - (int)start : length);
    }
}
