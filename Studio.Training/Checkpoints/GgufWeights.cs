using System.Globalization;
using Studio.Training.Models;
using static TorchSharp.torch;

namespace Studio.Training.Checkpoints;

/// <summary>The tensors of one or several GGUF files under the names of the Hugging Face checkpoint.</summary>
public sealed class GgufWeights : WeightSource
{
    private sealed record Place(GgufFile File, GgufTensor Tensor, int? Expert, Func<Tensor, DecoderConfig, Tensor>? Change);

    private readonly IReadOnlyList<GgufFile> files;
    private readonly DecoderConfig config;
    private readonly Dictionary<string, Place> places = new(StringComparer.Ordinal);

    public GgufWeights(IReadOnlyList<GgufFile> files, DecoderConfig config, GgufMapping mapping)
    {
        (this.files, this.config) = (files, config);
        var tensors = new Dictionary<string, (GgufFile File, GgufTensor Tensor)>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            foreach (var tensor in file.Tensors.Values)
            {
                if (!tensors.TryAdd(tensor.Name, (file, tensor)))
                {
                    throw new InvalidDataException($"{file.Path}: repeats the tensor '{tensor.Name}' of another part");
                }
            }
        }

        foreach (var name in mapping.Names)
        {
            var layers = name.Gguf.Contains("{n}", StringComparison.Ordinal) ? config.Layers : 1;
            for (var layer = 0; layer < layers; layer++)
            {
                foreach (var kind in (string[])[".weight", ".bias", ""])
                {
                    if (tensors.TryGetValue(Fill(name.Gguf, layer) + kind, out var found))
                    {
                        Add(Fill(name.Checkpoint, layer) + kind, found, name);
                    }
                }
            }
        }
    }

    public override IReadOnlyCollection<string> Names => places.Keys;

    public override IReadOnlyList<string> Files => [.. files.Select(f => f.Path)];

    /// <summary>Opens a GGUF file and, where it is the first of several parts, the others.</summary>
    public static IReadOnlyList<GgufFile> OpenParts(string path)
    {
        var opened = new List<GgufFile> { GgufFile.Open(path) };
        try
        {
            if (opened[0].Metadata.TryGetValue("split.count", out var count) && Convert.ToInt32(count, CultureInfo.InvariantCulture) is > 1 and < 10000 and var parts)
            {
                var suffix = $"-00001-of-{parts:D5}.gguf";
                if (!path.EndsWith(suffix, StringComparison.Ordinal))
                {
                    throw new InvalidDataException($"{path}: is one of {parts} parts; name the first, which ends in {suffix}");
                }

                for (var part = 2; part <= parts; part++)
                {
                    var next = path[..^suffix.Length] + $"-{part:D5}-of-{parts:D5}.gguf";
                    opened.Add(File.Exists(next) ? GgufFile.Open(next) : throw new InvalidDataException($"{next}: is missing; the model has {parts} parts"));
                }
            }

            return opened;
        }
        catch
        {
            opened.ForEach(f => f.Dispose());
            throw;
        }
    }

    public override bool Contains(string name) => places.ContainsKey(name);

    public override long[] Shape(string name)
    {
        using var scope = NewDisposeScope();
        var place = places[name];
        return place.Change is null ? (place.Expert is null ? place.Tensor.Shape : place.Tensor.Shape[1..]) : Read(name, ScalarType.Float32).shape;
    }

    public override ScalarType Type(string name) => places[name].Tensor.Type.Name switch
    {
        "F16" => ScalarType.Float16,
        "BF16" => ScalarType.BFloat16,
        _ => ScalarType.Float32,
    };

    public override Tensor Read(string name, ScalarType type)
    {
        if (!places.TryGetValue(name, out var place))
        {
            throw new KeyNotFoundException($"the file has no tensor for '{name}'");
        }

        // A change may add or subtract, which 16 bits would round twice.
        using var scope = NewDisposeScope();
        var read = place.File.Read(place.Tensor.Name, place.Change is null ? type : ScalarType.Float32, expert: place.Expert);
        return (place.Change is null ? read : place.Change(read, config).to_type(type)).MoveToOuterDisposeScope();
    }

    public override void Dispose()
    {
        foreach (var file in files)
        {
            file.Dispose();
        }
    }

    private void Add(string checkpoint, (GgufFile File, GgufTensor Tensor) found, GgufName name)
    {
        if (!checkpoint.Contains("{e}", StringComparison.Ordinal))
        {
            places.TryAdd(checkpoint, new Place(found.File, found.Tensor, null, name.Change));
            return;
        }

        for (var expert = 0; expert < found.Tensor.Shape[0]; expert++)
        {
            places.TryAdd(checkpoint.Replace("{e}", expert.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal), new Place(found.File, found.Tensor, expert, name.Change));
        }
    }

    private static string Fill(string pattern, int layer) => pattern.Replace("{n}", layer.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
}
