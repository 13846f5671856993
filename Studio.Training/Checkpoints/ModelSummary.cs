using System.Text.Json.Nodes;
using Studio.Data.Registry;
using Studio.Training.Layers;
using Studio.Training.Models;
using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Checkpoints;

/// <summary>What a model is and what it needs.</summary>
/// <param name="Format">safetensors or gguf.</param>
/// <param name="Dtype">Most frequent type of the stored weights.</param>
/// <param name="Context">Longest sequence the model was made for.</param>
/// <param name="Tokenizer">Where the tokenizer comes from, or null when there is none.</param>
/// <param name="LoraTargets">All names an adapter may target, default ones first.</param>
public sealed record ModelSummary(string Path, string Format, string Family, string ModelType, long Params, string Dtype, int Context, int Vocab, int Hidden, int Layers, int Heads, int KvHeads,
    bool TiedEmbeddings, string? Tokenizer, bool HasTemplate, IReadOnlyList<string> DefaultLoraTargets, IReadOnlyList<string> LoraTargets, ModelMemory Memory, IReadOnlyList<string> Files, string? Licence)
{
    /// <summary>Reads configuration and tensor table and checks that every weight is there with the right shape.</summary>
    /// <exception cref="InvalidDataException">The model is damaged or not supported.</exception>
    public static ModelSummary Of(string path)
    {
        TorchRuntime.Load();
        if (Directory.Exists(path))
        {
            var (config, family) = PretrainedModel.Describe(path);
            using var weights = ShardedWeights.Open(path);
            string? Has(string name) => File.Exists(System.IO.Path.Combine(path, name)) ? name : null;
            var template = Has("chat_template.jinja") is not null || Has("chat_template.json") is not null
                || (Has("tokenizer_config.json") is not null && JsonNode.Parse(File.ReadAllText(System.IO.Path.Combine(path, "tokenizer_config.json")))?["chat_template"] is not null);
            return Of(path, "safetensors", config, family, weights, Has("tokenizer.json") ?? Has("tokenizer.model"), template);
        }

        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: no such folder or GGUF file");
        }

        var parts = GgufWeights.OpenParts(path);
        try
        {
            var keys = parts[0].Metadata;
            var (config, family) = PretrainedModel.Describe(path);
            using var weights = new GgufWeights(parts, config, family.Gguf!);
            return Of(path, "gguf", config, family, weights, keys.ContainsKey("tokenizer.ggml.tokens") ? "gguf" : null, keys.ContainsKey("tokenizer.chat_template"));
        }
        finally
        {
            foreach (var part in parts)
            {
                part.Dispose();
            }
        }
    }

    /// <summary>What the host keeps of a model, with the hash over its weight files.</summary>
    public ModelFacts ToFacts() => new()
    {
        Format = Format == "gguf" ? "gguf" : "huggingface",
        ModelType = ModelType,
        Parameters = Params,
        Layers = Layers,
        HiddenSize = Hidden,
        Heads = Heads,
        KeyValueHeads = KvHeads,
        VocabularySize = Vocab,
        ContextLength = Context,
        WeightType = Dtype.ToLowerInvariant(),
        SizeBytes = Files.Sum(f => new FileInfo(f).Length),
        Sha256 = PretrainedModel.Hash(Files),
        HasChatTemplate = HasTemplate,
        ChatTemplateSha256 = HasTemplate ? PretrainedModel.FindTemplate(Path)?.Sha256 : null,
        LoraDefaultTargets = DefaultLoraTargets,
        LinearModules = LoraTargets,
        Warnings = Tokenizer is null ? ["The model has no tokenizer: it can be served to nobody and trained on nothing until one lies beside it."] : [],
        Licence = Licence,
    };

    /// <summary>What a GGUF file states in general.license, or a folder's model card in its front matter.</summary>
    private static string? LicenceOf(string path)
    {
        if (!Directory.Exists(path))
        {
            using var file = GgufFile.Open(path);
            return file.Metadata.TryGetValue("general.license", out var stated) ? stated.ToString() : null;
        }

        var card = System.IO.Path.Combine(path, "README.md");
        return !File.Exists(card) ? null : File.ReadLines(card).Take(100).Select(l => l.Split(':', 2)).FirstOrDefault(l => l.Length == 2 && l[0] == "license")?[1].Trim();
    }

    private static ModelSummary Of(string path, string format, DecoderConfig config, ModelFamily family, WeightSource source, string? tokenizer, bool template)
    {
        // On the meta device the parts have shapes and names but no memory.
        using var model = family.Build(config, new TensorPlace(META, ScalarType.Float32));
        var weights = family.Rename is null ? source : family.Rename(source, config);
        WeightLoader.Check(model, weights, family.BasePrefix);
        var types = source.Names.GroupBy(n => source.Type(n)).OrderByDescending(g => g.Count()).Select(g => g.Key.ToString().ToLowerInvariant()).FirstOrDefault() ?? "";
        if (format == "gguf")
        {
            using var file = GgufFile.Open(path);
            types = file.Tensors.Values.GroupBy(t => t.Type.Name).OrderByDescending(g => g.Sum(t => t.Length)).First().Key;
        }

        var names = model.Projections().Where(p => !ReferenceEquals(p.Projection, model.HeadProjection)).Select(p => p.CheckpointName[(p.CheckpointName.LastIndexOf('.') + 1)..]).Distinct().ToList();
        var defaults = family.DefaultTargets.Where(names.Contains).ToList();
        var count = model.ParameterCount;
        var perToken = model.Blocks.Select(b => b.Mixer.Cache).OfType<CacheLayout>().Sum(c => (long)c.Heads * (c.KeyDim + c.ValueDim));
        return new ModelSummary(path, format, family.Name, config.ModelType, count, types, config.MaxPositions, config.VocabularySize, config.HiddenSize, config.Layers, config.Heads, config.KvHeads,
            config.TiedEmbeddings, tokenizer, template, defaults, [.. defaults, .. names.Except(defaults)],
            new ModelMemory(4 * count, 2 * count, 4 * perToken, 2 * perToken), [.. source.Files], LicenceOf(path));
    }
}

/// <summary>Bytes: all weights, and the cache of one token of one sequence.</summary>
public sealed record ModelMemory(long WeightsFp32, long WeightsBf16, long CachePerTokenFp32, long CachePerTokenBf16);
