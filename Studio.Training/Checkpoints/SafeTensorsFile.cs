using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Text.Json;
using Studio.Training.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Studio.Training.Checkpoints;

/// <summary>
/// A safetensors file, mapped and fully checked when opened: header at most 16 MB, at most 100,000 tensors, no duplicate name, tensors back to back from the end of the header to the end of the file.
/// Format: the README of the safetensors project.
/// </summary>
public sealed unsafe class SafeTensorsFile : IDisposable
{
    private const int HeaderLimit = 16_000_000, TensorLimit = 100_000, DimensionLimit = 16;

    private static readonly FrozenDictionary<string, (ScalarType Type, int Size)> Types = new Dictionary<string, (ScalarType, int)>
    {
        ["F64"] = (ScalarType.Float64, 8), ["F32"] = (ScalarType.Float32, 4), ["F16"] = (ScalarType.Float16, 2), ["BF16"] = (ScalarType.BFloat16, 2),
        ["I64"] = (ScalarType.Int64, 8), ["I32"] = (ScalarType.Int32, 4), ["I16"] = (ScalarType.Int16, 2), ["I8"] = (ScalarType.Int8, 1),
        ["U8"] = (ScalarType.Byte, 1), ["BOOL"] = (ScalarType.Bool, 1),
    }.ToFrozenDictionary();

    private readonly MappedFile file;

    private SafeTensorsFile(MappedFile file)
    {
        this.file = file;
        (Entries, Metadata) = ReadHeader();
    }

    public string Path => file.Path;

    /// <summary>Tensors by name, in the order of their data.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>The free-form strings under <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Name of <paramref name="type"/> in this format.</summary>
    public static string TypeName(ScalarType type) => Types.First(t => t.Value.Type == type).Key;

    /// <exception cref="InvalidDataException">The file is not a well-formed safetensors file; the message says where.</exception>
    public static SafeTensorsFile Open(string path)
    {
        var file = new MappedFile(path);
        try
        {
            file.RefusePickle();
            return new SafeTensorsFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Copies one tensor out of the file.</summary>
    /// <param name="type">Element type wanted; default as stored.</param>
    public Tensor Read(string name, ScalarType? type = null, Device? device = null)
    {
        if (!Entries.TryGetValue(name, out var entry))
        {
            throw new KeyNotFoundException($"{Path}: has no tensor '{name}'");
        }

        TorchRuntime.Load();
        var tensor = empty(entry.Shape, dtype: entry.Type);
        Buffer.MemoryCopy(file.Start + entry.Offset, TensorMemory.Address(tensor), entry.Length, entry.Length);
        if ((type is null || type == entry.Type) && (device is null || device.type == DeviceType.CPU))
        {
            return tensor;
        }

        using (tensor)
        {
            return tensor.to(type ?? entry.Type, device ?? CPU);
        }
    }

    public void Dispose() => file.Dispose();

    private (IReadOnlyDictionary<string, TensorEntry>, IReadOnlyDictionary<string, string>) ReadHeader()
    {
        if (file.Length < 8)
        {
            throw Bad("is too short for a header");
        }

        var size = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(file.Start, 8));
        if (size > HeaderLimit)
        {
            throw Bad($"claims a header of {size} bytes; at most {HeaderLimit} are accepted");
        }

        if (8 + (long)size > file.Length)
        {
            throw Bad($"claims a header of {size} bytes but has only {file.Length - 8} after the length field");
        }

        var dataStart = 8 + (long)size;
        var header = new ReadOnlySpan<byte>(file.Start + 8, (int)size).ToArray();
        if (header.Length == 0 || header[0] != '{')
        {
            throw Bad("has a header that does not begin with '{'");
        }

        var entries = new List<TensorEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>();
        try
        {
            using var json = JsonDocument.Parse(header, new JsonDocumentOptions { MaxDepth = 8 });
            foreach (var property in json.RootElement.EnumerateObject())
            {
                if (!names.Add(property.Name))
                {
                    throw Bad($"names '{property.Name}' twice");
                }

                if (property.Name == "__metadata__")
                {
                    foreach (var pair in property.Value.EnumerateObject())
                    {
                        metadata[pair.Name] = pair.Value.GetString() ?? throw Bad("has a metadata value that is not a string");
                    }

                    continue;
                }

                if (entries.Count == TensorLimit)
                {
                    throw Bad($"has more than {TensorLimit} tensors");
                }

                entries.Add(Entry(property.Name, property.Value, dataStart));
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw Bad("has a header that is not the JSON expected (" + e.Message + ")");
        }

        entries.Sort((a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset) : a.Length.CompareTo(b.Length));
        var next = dataStart;
        foreach (var entry in entries)
        {
            if (entry.Offset != next)
            {
                throw Bad($"tensor '{entry.Name}' {(entry.Offset < next ? "overlaps the one before it" : "leaves a hole before it")}");
            }

            next = entry.Offset + entry.Length;
        }

        if (next != file.Length)
        {
            throw Bad(next > file.Length ? "ends before its last tensor does (cut off?)" : $"has {file.Length - next} bytes after its last tensor");
        }

        return (entries.ToDictionary(e => e.Name, StringComparer.Ordinal), metadata);
    }

    private TensorEntry Entry(string name, JsonElement value, long dataStart)
    {
        var dtype = value.GetProperty("dtype").GetString() ?? "";
        if (!Types.TryGetValue(dtype, out var type))
        {
            throw Bad($"tensor '{name}' has the element type {dtype}, which is not supported");
        }

        var shape = new List<long>();
        long count = 1;
        foreach (var dimension in value.GetProperty("shape").EnumerateArray())
        {
            var extent = dimension.GetInt64();
            if (extent < 0 || shape.Count == DimensionLimit)
            {
                throw Bad($"tensor '{name}' has an impossible shape");
            }

            shape.Add(extent);
            try
            {
                count = checked(count * extent);
                _ = checked(count * type.Size);
            }
            catch (OverflowException)
            {
                throw Bad($"tensor '{name}' has a shape whose size overflows");
            }
        }

        var offsets = value.GetProperty("data_offsets");
        if (offsets.GetArrayLength() != 2)
        {
            throw Bad($"tensor '{name}' needs two data_offsets");
        }

        long begin = offsets[0].GetInt64(), end = offsets[1].GetInt64();
        if (begin < 0 || end < begin || end > file.Length - dataStart)
        {
            throw Bad($"tensor '{name}' lies outside the file");
        }

        if (end - begin != count * type.Size)
        {
            throw Bad($"tensor '{name}' has {end - begin} bytes where its shape needs {count * type.Size}");
        }

        return new TensorEntry(name, type.Type, [.. shape], dataStart + begin, end - begin);
    }

    private InvalidDataException Bad(string what) => new($"{Path}: {what}");
}
