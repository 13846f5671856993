using System.Buffers.Binary;
using System.Text;

namespace Studio.Training.Native;

/// <summary>
/// Lifts one start-up requirement of a 64-bit ELF library so that it loads beside an older C++ runtime.
/// The only symbol bound to that version is <c>_ZSt21ios_base_library_initv</c>, which has nothing left to do once another library of the process has initialised iostreams.
/// Layout: System V ABI (ELF-64) and the Linux Standard Base chapter on symbol versions.
/// </summary>
internal static class ElfCopy
{
    private const string Version = "GLIBCXX_3.4.32";
    private const string Symbol = "_ZSt21ios_base_library_initv";
    // Takes no arguments, has no effect that matters, is in every C library, and is shorter than the name it replaces.
    private const string StandIn = "sched_yield";

    private const uint DynamicSymbols = 11, VersionSymbols = 0x6fffffff, VersionNeeds = 0x6ffffffe;

    /// <summary>Returns a changed copy of <paramref name="library"/>, or null when it holds nothing to change.</summary>
    public static byte[]? WithoutNewestRuntime(byte[] library)
    {
        if (library.Length < 64 || library[0] != 0x7f || library[1] != 'E' || library[2] != 'L' || library[3] != 'F' || library[4] != 2 || library[5] != 1)
        {
            return null;
        }

        var copy = (byte[])library.Clone();
        var sections = Sections(copy);
        var symbols = sections.FirstOrDefault(s => s.Type == DynamicSymbols);
        var versions = sections.FirstOrDefault(s => s.Type == VersionSymbols);
        var needs = sections.FirstOrDefault(s => s.Type == VersionNeeds);
        if (symbols.Size == 0 || versions.Size == 0 || needs.Size == 0 || symbols.Link >= sections.Count)
        {
            return null;
        }

        var strings = sections[(int)symbols.Link].Offset;
        if (WeakenNeed(copy, needs.Offset, strings) is not { } index)
        {
            return null;
        }

        for (var i = 0; i < symbols.Size / 24; i++)
        {
            var version = versions.Offset + 2 * i;
            if ((U16(copy, version) & 0x7fff) != index)
            {
                continue;
            }

            var name = strings + (int)U32(copy, symbols.Offset + 24 * i);
            if (Text(copy, name) != Symbol)
            {
                return null;
            }

            copy.AsSpan(name, Symbol.Length).Clear();
            Encoding.ASCII.GetBytes(StandIn, copy.AsSpan(name));
            BinaryPrimitives.WriteUInt16LittleEndian(copy.AsSpan(version), 1);
        }

        return copy;
    }

    private static int? WeakenNeed(byte[] file, int need, int strings)
    {
        for (; ; )
        {
            var aux = need + (int)U32(file, need + 8);
            for (var left = U16(file, need + 2); left > 0; left--)
            {
                if (Text(file, strings + (int)U32(file, aux + 8)) == Version)
                {
                    var flags = (ushort)(U16(file, aux + 4) | 2);
                    BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(aux + 4), flags);
                    return U16(file, aux + 6) & 0x7fff;
                }

                aux += (int)U32(file, aux + 12);
            }

            var next = (int)U32(file, need + 12);
            if (next == 0)
            {
                return null;
            }

            need += next;
        }
    }

    private static List<(uint Type, int Offset, int Size, uint Link)> Sections(byte[] file)
    {
        var start = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(0x28));
        int size = U16(file, 0x3a), count = U16(file, 0x3c);
        var sections = new List<(uint, int, int, uint)>(count);
        for (var i = 0; i < count; i++)
        {
            var at = start + size * i;
            sections.Add((U32(file, at + 4), (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at + 24)),
                (int)Math.Min(int.MaxValue, BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at + 32))), U32(file, at + 40)));
        }

        return sections;
    }

    private static ushort U16(byte[] file, int at) => BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at));

    private static uint U32(byte[] file, int at) => BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at));

    private static string Text(byte[] file, int at)
    {
        var rest = file.AsSpan(at);
        return Encoding.ASCII.GetString(rest[..rest.IndexOf((byte)0)]);
    }
}
