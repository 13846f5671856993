using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Training.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Studio.Training.Checkpoints;

/// <summary>A tensor that is made only when its turn to be written comes, so that a large model is never held twice.</summary>
public sealed record PendingTensor(string Name, ScalarType Type, long[] Shape, Func<Tensor> Make);

/// <summary>Writes safetensors files: streamed, flushed to disk, and visible under their name only when whole.</summary>
public static class SafeTensorsWriter
{
    /// <summary>Writes tensors as they are.</summary>
    /// <param name="metadata">Free-form strings; <c>format: pt</c> is what Python loaders expect.</param>
    public static void Write(string path, IEnumerable<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        Write(path, tensors.Select(t => new PendingTensor(t.Name, t.Tensor.dtype, t.Tensor.shape, () => t.Tensor.detach())), metadata);

    /// <summary>Writes tensors that are made one by one; each is disposed after it is written.</summary>
    public static void Write(string path, IEnumerable<PendingTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var list = tensors.OrderByDescending(t => t.Type.ElementSize()).ThenBy(t => t.Name, StringComparer.Ordinal).ToList();
        var header = Header(list, metadata);
        var part = path + ".part";
        try
        {
            using (var stream = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                Span<byte> size = stackalloc byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(size, header.Length);
                stream.Write(size);
                stream.Write(header);
                foreach (var tensor in list)
                {
                    Append(stream, tensor);
                }

                stream.Flush(flushToDisk: true);
            }

            File.Move(part, path, overwrite: true);
        }
        catch
        {
            File.Delete(part);
            throw;
        }
    }

    private static unsafe void Append(FileStream stream, PendingTensor pending)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var tensor = pending.Make();
        if (tensor.dtype != pending.Type || !tensor.shape.AsSpan().SequenceEqual(pending.Shape))
        {
            throw new InvalidOperationException($"tensor '{pending.Name}' was announced with another shape or type");
        }

        var bytes = tensor.device.type == DeviceType.CPU ? tensor.contiguous() : tensor.cpu().contiguous();
        var start = TensorMemory.Address(bytes);
        const int Chunk = 1 << 24;
        for (long at = 0, length = TensorMemory.Length(bytes); at < length; at += Chunk)
        {
            stream.Write(new ReadOnlySpan<byte>(start + at, (int)Math.Min(Chunk, length - at)));
        }

        GC.KeepAlive(bytes);
    }

    private static byte[] Header(List<PendingTensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var header = new JsonObject();
        if (metadata is { Count: > 0 })
        {
            header["__metadata__"] = new JsonObject(metadata.Select(m => KeyValuePair.Create(m.Key, (JsonNode?)m.Value)));
        }

        long offset = 0;
        foreach (var tensor in tensors)
        {
            var length = tensor.Shape.Aggregate(1L, (a, b) => checked(a * b)) * tensor.Type.ElementSize();
            header.Add(tensor.Name, new JsonObject
            {
                ["dtype"] = SafeTensorsFile.TypeName(tensor.Type),
                ["shape"] = new JsonArray([.. tensor.Shape.Select(d => (JsonNode)d)]),
                ["data_offsets"] = new JsonArray(offset, offset + length),
            });
            offset += length;
        }

        var text = header.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        var count = Encoding.UTF8.GetByteCount(text);
        var bytes = new byte[(count + 7) / 8 * 8];
        Encoding.UTF8.GetBytes(text, bytes);
        bytes.AsSpan(count).Fill((byte)' ');
        return bytes;
    }
}
