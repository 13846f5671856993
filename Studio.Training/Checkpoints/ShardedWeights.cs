using System.Text.Json;
using static TorchSharp.torch;

namespace Studio.Training.Checkpoints;

/// <summary>The safetensors files of a model folder: one file, or shards listed by <c>model.safetensors.index.json</c>.</summary>
public sealed class ShardedWeights : WeightSource
{
    private const string Single = "model.safetensors", Index = "model.safetensors.index.json";

    private readonly List<SafeTensorsFile> shards = [];
    private readonly Dictionary<string, SafeTensorsFile> owners = new(StringComparer.Ordinal);

    private ShardedWeights()
    {
    }

    public override IReadOnlyCollection<string> Names => owners.Keys;

    public override IReadOnlyList<string> Files => [.. shards.Select(s => s.Path)];

    /// <exception cref="InvalidDataException">No weights, or index and shards disagree.</exception>
    public static ShardedWeights Open(string folder)
    {
        var weights = new ShardedWeights();
        try
        {
            if (File.Exists(Path.Combine(folder, Index)))
            {
                weights.ReadIndex(folder);
            }
            else if (File.Exists(Path.Combine(folder, Single)))
            {
                weights.Add(Path.Combine(folder, Single));
            }
            else
            {
                var files = Directory.GetFiles(folder, "*.safetensors");
                if (files.Length == 0)
                {
                    RefuseOthers(folder);
                }

                foreach (var file in files.Where(f => !Path.GetFileName(f).StartsWith("adapter_", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
                {
                    weights.Add(file);
                }
            }

            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    public override bool Contains(string name) => owners.ContainsKey(name);

    public override long[] Shape(string name) => owners[name].Entries[name].Shape;

    public override ScalarType Type(string name) => owners[name].Entries[name].Type;

    public override Tensor Read(string name, ScalarType type) =>
        owners.TryGetValue(name, out var file) ? file.Read(name, type) : throw new KeyNotFoundException($"the checkpoint has no tensor '{name}'");

    public override void Dispose()
    {
        foreach (var shard in shards)
        {
            shard.Dispose();
        }
    }

    private void ReadIndex(string folder)
    {
        var path = Path.Combine(folder, Index);
        Dictionary<string, string> map;
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            map = json.RootElement.GetProperty("weight_map").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString() ?? "");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            throw new InvalidDataException($"{path}: is not an index with a weight_map ({e.Message})");
        }

        foreach (var file in map.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            if (file != Path.GetFileName(file) || !File.Exists(Path.Combine(folder, file)))
            {
                throw new InvalidDataException($"{path}: names the shard '{file}', which is not in the folder");
            }

            Add(Path.Combine(folder, file));
        }

        foreach (var (name, file) in map)
        {
            if (!owners.TryGetValue(name, out var owner) || Path.GetFileName(owner.Path) != file)
            {
                throw new InvalidDataException($"{path}: says '{name}' is in {file}, but it is not");
            }
        }
    }

    private void Add(string path)
    {
        var shard = SafeTensorsFile.Open(path);
        shards.Add(shard);
        foreach (var name in shard.Entries.Keys)
        {
            if (!owners.TryAdd(name, shard))
            {
                throw new InvalidDataException($"{path}: repeats the tensor '{name}' of another shard");
            }
        }
    }

    private static void RefuseOthers(string folder)
    {
        var pickle = Directory.GetFiles(folder).FirstOrDefault(f => Path.GetExtension(f) is ".bin" or ".pt" or ".pth" or ".ckpt");
        throw new InvalidDataException(pickle is null
            ? $"{folder}: holds no model.safetensors and no {Index}"
            : $"{pickle}: is a PyTorch pickle, which can run code when read; convert the model to safetensors first");
    }
}
