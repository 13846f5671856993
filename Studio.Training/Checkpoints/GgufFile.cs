using System.Text;
using Studio.Training.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Studio.Training.Checkpoints;

/// <summary>A tensor of a GGUF file.</summary>
/// <param name="Shape">Outermost dimension first (the file stores it innermost first).</param>
/// <param name="Offset">First byte, from the start of the file.</param>
/// <param name="Length">Bytes.</param>
public sealed record GgufTensor(string Name, GgufType Type, long[] Shape, long Offset, long Length);

/// <summary>
/// A GGUF file (versions 2 and 3, little-endian), mapped; every count, length and offset is compared with the bytes that are left before it is used.
/// Format: the GGUF document of the ggml project.
/// </summary>
public sealed unsafe class GgufFile : IDisposable
{
    private const int StringLimit = 1 << 20, NestingLimit = 4, DimensionLimit = 4, NameLimit = 4096;
    // Merged tokenizer tables are long, chat templates too; this is for one string of them.
    private const long KeyLimit = 65535;

    private readonly MappedFile file;
    private readonly Dictionary<string, object> metadata = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GgufTensor> tensors = new(StringComparer.Ordinal);
    private long at;

    private GgufFile(MappedFile file)
    {
        this.file = file;
        Read();
    }

    public string Path => file.Path;

    /// <summary>Values by key: numbers in their own type, bool, string, and arrays of those.</summary>
    public IReadOnlyDictionary<string, object> Metadata => metadata;

    public IReadOnlyDictionary<string, GgufTensor> Tensors => tensors;

    /// <exception cref="InvalidDataException">The file is not a well-formed GGUF file; the message says where.</exception>
    public static GgufFile Open(string path)
    {
        var file = new MappedFile(path);
        try
        {
            file.RefusePickle();
            return new GgufFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads one tensor, decoding quantised types; the work is spread over the processors.</summary>
    /// <param name="type">fp32 (default), bf16 or another floating type.</param>
    /// <param name="expert">Index on the outermost dimension: only that part is read.</param>
    public Tensor Read(string name, ScalarType? type = null, Device? device = null, int? expert = null)
    {
        if (!tensors.TryGetValue(name, out var tensor))
        {
            throw new KeyNotFoundException($"{Path}: has no tensor '{name}'");
        }

        if (tensor.Type.Decode is not { } decode)
        {
            throw new InvalidDataException($"{Path}: tensor '{name}' has the type {tensor.Type.Name}, which Studio does not decode; use a file in Q4_K, Q6_K, Q8_0, F16 or BF16");
        }

        if (expert is { } index)
        {
            if (tensor.Shape.Length < 2 || index < 0 || index >= tensor.Shape[0])
            {
                throw new ArgumentOutOfRangeException(nameof(expert));
            }

            var part = tensor.Length / tensor.Shape[0];
            tensor = tensor with { Shape = tensor.Shape[1..], Offset = tensor.Offset + part * index, Length = part };
        }

        TorchRuntime.Load();
        var wanted = type ?? ScalarType.Float32;
        var direct = wanted == ScalarType.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
        var result = empty(tensor.Shape, dtype: direct);
        Decode(tensor, decode, TensorMemory.Address(result), direct == ScalarType.BFloat16);
        if (wanted == direct && (device is null || device.type == DeviceType.CPU))
        {
            return result;
        }

        using (result)
        {
            return result.to(wanted, device ?? CPU);
        }
    }

    public void Dispose() => file.Dispose();

    private void Decode(GgufTensor tensor, GgufDecode decode, byte* target, bool half)
    {
        var source = file.Start + tensor.Offset;
        var blocks = tensor.Length / tensor.Type.Bytes;
        int values = tensor.Type.Values, bytes = tensor.Type.Bytes;
        var perChunk = Math.Max(1, 65536 / values);
        var chunks = (blocks + perChunk - 1) / perChunk;
        void Chunk(long chunk)
        {
            var first = chunk * perChunk;
            var count = (int)Math.Min(perChunk, blocks - first);
            var coded = new ReadOnlySpan<byte>(source + first * bytes, count * bytes);
            if (!half)
            {
                decode(coded, new Span<float>((float*)target + first * values, count * values));
                return;
            }

            var decoded = System.Buffers.ArrayPool<float>.Shared.Rent(count * values);
            decode(coded, decoded.AsSpan(0, count * values));
            BrainFloat.Round(decoded.AsSpan(0, count * values), new Span<ushort>((ushort*)target + first * values, count * values));
            System.Buffers.ArrayPool<float>.Shared.Return(decoded);
        }

        if (chunks < 4)
        {
            for (long c = 0; c < chunks; c++)
            {
                Chunk(c);
            }
        }
        else
        {
            Parallel.For(0, chunks, Chunk);
        }
    }

    private void Read()
    {
        if (file.Length < 24)
        {
            throw Bad("is too short for a GGUF header");
        }

        if (new ReadOnlySpan<byte>(file.Start, 4) is not [(byte)'G', (byte)'G', (byte)'U', (byte)'F'])
        {
            throw Bad("does not begin with GGUF");
        }

        at = 4;
        var version = U32("version");
        if (version is 2 << 24 or 3 << 24)
        {
            throw Bad("is a big-endian GGUF file, which is not supported; convert it to little-endian");
        }

        if (version is not (2 or 3))
        {
            throw Bad($"has GGUF version {version}; versions 2 and 3 are supported");
        }

        var tensorCount = U64("tensor count");
        var keyCount = U64("key count");
        // A tensor takes at least 32 bytes of table and a key at least 13, so larger counts cannot be true.
        if (tensorCount > (ulong)(file.Length - at) / 32 || keyCount > (ulong)(file.Length - at) / 13)
        {
            throw Bad($"claims {tensorCount} tensors and {keyCount} keys, more than its size allows");
        }

        for (var i = 0UL; i < keyCount; i++)
        {
            var key = Text("key", KeyLimit, strict: true);
            if (!metadata.TryAdd(key, Value(U32("value type"), key, 0)))
            {
                throw Bad($"has the key '{key}' twice");
            }
        }

        long alignment = 32;
        if (metadata.TryGetValue("general.alignment", out var stated))
        {
            alignment = stated is uint a && a is >= 1 and <= 1 << 20 && (a & (a - 1)) == 0 ? a : throw Bad("has a general.alignment that is not a power of two (u32)");
        }

        ReadTensors(tensorCount, alignment);
    }

    private void ReadTensors(ulong count, long alignment)
    {
        var infos = new List<(string Name, GgufType Type, long[] Shape, ulong Offset, long Length)>((int)Math.Min(count, 1 << 20));
        for (var i = 0UL; i < count; i++)
        {
            var name = Text("tensor name", NameLimit, strict: true);
            var dimensions = U32("dimension count");
            if (dimensions is 0 or > DimensionLimit)
            {
                throw Bad($"tensor '{name}' has {dimensions} dimensions; 1 to {DimensionLimit} are possible");
            }

            var shape = new long[dimensions];
            long values = 1;
            for (var d = 0; d < dimensions; d++)
            {
                var extent = U64("dimension");
                if (extent is 0 or > long.MaxValue)
                {
                    throw Bad($"tensor '{name}' has an impossible dimension");
                }

                shape[dimensions - 1 - d] = (long)extent;
                try
                {
                    values = checked(values * (long)extent);
                }
                catch (OverflowException)
                {
                    throw Bad($"tensor '{name}' has a size that overflows");
                }
            }

            var number = U32("tensor type");
            if (!GgufTypes.All.TryGetValue(number, out var type))
            {
                throw Bad($"tensor '{name}' has the unknown type {number}");
            }

            if (shape[^1] % type.Values != 0)
            {
                throw Bad($"tensor '{name}' has rows of {shape[^1]} values, no multiple of the block size {type.Values} of {type.Name}");
            }

            if (values / type.Values > long.MaxValue / type.Bytes)
            {
                throw Bad($"tensor '{name}' has a size that overflows");
            }

            infos.Add((name, type, shape, U64("tensor offset"), values / type.Values * type.Bytes));
        }

        var start = (at + alignment - 1) / alignment * alignment;
        foreach (var info in infos)
        {
            if (start > file.Length || info.Offset > (ulong)(file.Length - start) || info.Length > file.Length - start - (long)info.Offset)
            {
                throw Bad($"tensor '{info.Name}' lies outside the file (cut off?)");
            }

            if (info.Offset % (ulong)alignment != 0)
            {
                throw Bad($"tensor '{info.Name}' is not aligned to {alignment} bytes");
            }

            if (!tensors.TryAdd(info.Name, new GgufTensor(info.Name, info.Type, info.Shape, start + (long)info.Offset, info.Length)))
            {
                throw Bad($"has the tensor '{info.Name}' twice");
            }
        }

        long end = 0;
        foreach (var tensor in tensors.Values.OrderBy(t => t.Offset))
        {
            if (tensor.Offset < end)
            {
                throw Bad($"tensor '{tensor.Name}' overlaps another");
            }

            end = tensor.Offset + tensor.Length;
        }
    }

    private object Value(uint type, string key, int depth) => type switch
    {
        0 => *Take(1, key),
        1 => (sbyte)*Take(1, key),
        2 => *(ushort*)Take(2, key),
        3 => *(short*)Take(2, key),
        4 => *(uint*)Take(4, key),
        5 => *(int*)Take(4, key),
        6 => *(float*)Take(4, key),
        7 => *Take(1, key) switch { 0 => false, 1 => true, var other => throw Bad($"key '{key}' has the boolean {other}") },
        8 => Text(key, StringLimit, strict: false),
        9 => Array(key, depth),
        10 => *(ulong*)Take(8, key),
        11 => *(long*)Take(8, key),
        12 => *(double*)Take(8, key),
        _ => throw Bad($"key '{key}' has the unknown value type {type}"),
    };

    private object Array(string key, int depth)
    {
        if (depth == NestingLimit)
        {
            throw Bad($"key '{key}' nests arrays deeper than {NestingLimit}");
        }

        var type = U32(key);
        var count = U64(key);
        var least = type switch { 0 or 1 or 7 => 1, 2 or 3 => 2, 4 or 5 or 6 => 4, 8 or 10 or 11 or 12 => 8, 9 => 12, _ => throw Bad($"key '{key}' has the unknown array type {type}") };
        if (count > (ulong)(file.Length - at) / (ulong)least)
        {
            throw Bad($"key '{key}' claims an array of {count} elements, more than the file holds");
        }

        var n = (int)Math.Min(count, int.MaxValue);
        switch (type)
        {
            case 0: return Copy<byte>(n, key);
            case 1: return Copy<sbyte>(n, key);
            case 2: return Copy<ushort>(n, key);
            case 3: return Copy<short>(n, key);
            case 4: return Copy<uint>(n, key);
            case 5: return Copy<int>(n, key);
            case 6: return Copy<float>(n, key);
            case 10: return Copy<ulong>(n, key);
            case 11: return Copy<long>(n, key);
            case 12: return Copy<double>(n, key);
            case 7:
                var flags = new bool[n];
                for (var i = 0; i < n; i++)
                {
                    flags[i] = (bool)Value(7, key, depth + 1);
                }

                return flags;
            case 8:
                var strings = new string[n];
                for (var i = 0; i < n; i++)
                {
                    strings[i] = Text(key, StringLimit, strict: false);
                }

                return strings;
            default:
                var arrays = new object[n];
                for (var i = 0; i < n; i++)
                {
                    arrays[i] = Array(key, depth + 1);
                }

                return arrays;
        }
    }

    private T[] Copy<T>(int count, string key) where T : unmanaged
    {
        var values = new T[count];
        var bytes = (long)count * sizeof(T);
        new ReadOnlySpan<T>(Take(bytes, key), count).CopyTo(values);
        return values;
    }

    private string Text(string what, long limit, bool strict)
    {
        var length = U64(what);
        if (length > (ulong)limit || length > (ulong)(file.Length - at))
        {
            throw Bad($"has a string of {length} bytes at '{what}', more than allowed or left");
        }

        var bytes = new ReadOnlySpan<byte>(Take((long)length, what), (int)length);
        try
        {
            return (strict ? Strict : Encoding.UTF8).GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Bad($"has a {what} that is not UTF-8");
        }
    }

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private uint U32(string what) => *(uint*)Take(4, what);

    private ulong U64(string what) => *(ulong*)Take(8, what);

    private byte* Take(long bytes, string what)
    {
        if (bytes > file.Length - at)
        {
            throw Bad($"ends inside '{what}'");
        }

        var start = file.Start + at;
        at += bytes;
        return start;
    }

    private InvalidDataException Bad(string what) => new($"{Path}: {what}");
}
