using System.Buffers.Binary;

namespace Studio.Training.Tokenizers.SentencePiece;

/// <summary>Reads the fields of a protocol buffer message one after the other (wire format of the Protocol Buffers documentation).</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> data)
{
    private readonly ReadOnlySpan<byte> data = data;
    private int at;

    /// <summary>Number of the field just read.</summary>
    public int Field { get; private set; }

    /// <summary>Value of a number field.</summary>
    public ulong Number { get; private set; }

    /// <summary>Bytes of a string or message field.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    public readonly float Single => BitConverter.UInt32BitsToSingle((uint)Number);

    public readonly string Text => System.Text.Encoding.UTF8.GetString(Bytes);

    /// <summary>Moves to the next field; false at the end. <see cref="FormatException"/> when the message is damaged.</summary>
    public bool Next()
    {
        if (at == data.Length)
        {
            return false;
        }

        var key = Varint();
        Field = (int)Math.Min(key >> 3, int.MaxValue);
        Bytes = default;
        switch (key & 7)
        {
            case 0:
                Number = Varint();
                break;
            case 1:
                Number = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
                break;
            case 2:
                var length = Varint();
                Bytes = length <= int.MaxValue ? Take((int)length) : throw Damaged();
                break;
            case 5:
                Number = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
                break;
            default:
                throw Damaged();
        }

        return true;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > data.Length - at)
        {
            throw Damaged();
        }

        at += count;
        return data.Slice(at - count, count);
    }

    private ulong Varint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var b = Take(1)[0];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }

        throw Damaged();
    }

    private static FormatException Damaged() => new("not a SentencePiece model, or cut short");
}
