using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Training.Layers;
using Studio.Training.Models;
using Studio.Training.Native;
using Studio.Training.Templates;
using Studio.Training.Tokenizers;
using static TorchSharp.torch;

namespace Studio.Training.Checkpoints;

/// <summary>Where and how a model is loaded.</summary>
public sealed record LoadOptions
{
    /// <summary>Default: the CPU.</summary>
    public Device? Device { get; init; }

    public ScalarType DType { get; init; } = ScalarType.Float32;

    /// <summary>Another configuration than the folder's config.json.</summary>
    public string? ConfigPath { get; init; }
}

/// <summary>A base model from a Hugging Face folder or a GGUF file: weights, configuration, tokenizer and chat template.</summary>
public sealed class PretrainedModel : IDisposable
{
    private readonly IReadOnlyList<string> files;
    private string? sha256;
    private readonly Lazy<ChatTemplate?> template;
    private Tokenizer? tokenizer;

    private PretrainedModel(string path, CausalLm model, ModelFamily family, JsonObject? generation, IReadOnlyList<string> files)
    {
        (SourcePath, Model, Family, this.files) = (path, model, family, files);
        template = new(() => FindTemplate(path));
        EosTokenIds = Ids(generation?["eos_token_id"]) is { Count: > 0 } own ? own : Ids(ConfigJson["eos_token_id"]);
        PadTokenId = Ids(generation?["pad_token_id"]) is [var pad, ..] ? pad : Ids(ConfigJson["pad_token_id"]) is [var other, ..] ? other : EosTokenIds.Count > 0 ? EosTokenIds[0] : 0;
        BosTokenId = Ids(generation?["bos_token_id"]) is [var bos, ..] ? bos : Ids(ConfigJson["bos_token_id"]) is [var second, ..] ? second : null;
    }

    public CausalLm Model { get; }

    public DecoderConfig Config => Model.Config;

    public ModelFamily Family { get; }

    /// <summary>config.json, or what the keys of a GGUF file amount to.</summary>
    public JsonObject ConfigJson => Config.Json;

    /// <summary>Folder or file that was loaded.</summary>
    public string SourcePath { get; }

    /// <summary>The model's tokenizer; read on first use.</summary>
    public Tokenizer Tokenizer => tokenizer ??= Tokenizer.Load(SourcePath).Uncut();

    /// <summary>The model's own chat template, or null when it ships none; read on first use.</summary>
    public ChatTemplate? Template => template.Value;

    /// <summary>Ids that end an answer; may be empty.</summary>
    public IReadOnlyList<int> EosTokenIds { get; }

    public int PadTokenId { get; }

    public int? BosTokenId { get; }

    /// <summary>SHA-256 (hex) over the weight files in order; computed on first use and kept.</summary>
    public string Sha256 => sha256 ??= Hash(files);

    /// <summary>Loads a model.</summary>
    /// <param name="path">A folder with config.json and safetensors, or a GGUF file (the first part of a split one).</param>
    /// <exception cref="InvalidDataException">The files are damaged, unsupported or do not fit each other; the message names file and field.</exception>
    public static PretrainedModel Load(string path, LoadOptions? options = null)
    {
        TorchRuntime.Load();
        options ??= new LoadOptions();
        var place = new TensorPlace(options.Device ?? CPU, options.DType);
        using var quiet = no_grad();
        if (Directory.Exists(path))
        {
            return LoadFolder(path, place, options.ConfigPath);
        }

        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: no such folder or GGUF file");
        }

        return LoadGguf(path, place);
    }

    /// <summary>Configuration and family of a folder or GGUF file, without its weights.</summary>
    public static (DecoderConfig Config, ModelFamily Family) Describe(string path, string? configPath = null)
    {
        if (Directory.Exists(path))
        {
            var fields = new ConfigReader(ReadJson(configPath ?? Path.Combine(path, "config.json")));
            var family = ModelFamilies.For(fields.TryText("model_type") ?? throw new InvalidDataException($"{path}: config.json has no model_type"));
            return (family.ReadConfig(fields), family);
        }

        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: no such folder or GGUF file");
        }

        using var file = GgufFile.Open(path);
        return Describe(new GgufKeys(file));
    }

    public void Dispose() => Model.Dispose();

    private static PretrainedModel LoadFolder(string folder, TensorPlace place, string? configPath)
    {
        var (config, family) = Describe(folder, configPath);
        using var files = ShardedWeights.Open(folder);
        var model = family.Build(config, place);
        try
        {
            WeightLoader.Load(model, family.Rename is null ? files : family.Rename(files, config), family.BasePrefix);
            var generation = Path.Combine(folder, "generation_config.json");
            return new PretrainedModel(folder, model, family, File.Exists(generation) ? ReadJson(generation) : null, files.Files);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static PretrainedModel LoadGguf(string path, TensorPlace place)
    {
        var parts = GgufWeights.OpenParts(path);
        GgufWeights? weights = null;
        CausalLm? model = null;
        try
        {
            var (config, family) = Describe(new GgufKeys(parts[0]));
            weights = new GgufWeights(parts, config, family.Gguf!);
            model = family.Build(config, place);
            WeightLoader.Load(model, family.Rename is null ? weights : family.Rename(weights, config), family.BasePrefix);
            return new PretrainedModel(path, model, family, null, weights.Files);
        }
        catch
        {
            model?.Dispose();
            throw;
        }
        finally
        {
            weights?.Dispose();
            foreach (var part in parts)
            {
                part.Dispose();
            }
        }
    }

    private static (DecoderConfig, ModelFamily) Describe(GgufKeys keys)
    {
        var family = ModelFamilies.For(keys);
        var json = keys.ToConfig(family.ModelTypes[0], family.Gguf!.Class);
        family.Gguf!.Config(keys, json);
        return (family.ReadConfig(new ConfigReader(json)), family);
    }

    /// <summary>The chat template of a folder or GGUF file without its weights; null when it ships none.</summary>
    public static ChatTemplate? FindTemplate(string path)
    {
        if (Directory.Exists(path))
        {
            return ChatTemplate.ForModelFolder(path);
        }

        using var file = GgufFile.Open(path);
        return ChatTemplate.FromGguf(file.Metadata);
    }

    internal static JsonObject ReadJson(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: is missing");
        }

        try
        {
            return JsonNode.Parse(File.ReadAllText(path), documentOptions: new JsonDocumentOptions { MaxDepth = 64, AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip }) as JsonObject
                ?? throw new InvalidDataException($"{path}: is not a JSON object");
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new InvalidDataException($"{path}: is not valid JSON ({e.Message})");
        }
    }

    internal static IReadOnlyList<int> Ids(JsonNode? node) => node switch
    {
        JsonArray list => [.. list.SelectMany(Ids)],
        JsonValue value when value.GetValueKind() == JsonValueKind.Number && value.TryGetValue(out int id) => [id],
        JsonValue value when value.GetValueKind() == JsonValueKind.Number && value.TryGetValue(out long id) => [(int)id],
        _ => [],
    };

    /// <summary>SHA-256 (hex) over files in order.</summary>
    internal static string Hash(IReadOnlyList<string> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        foreach (var file in files)
        {
            using var stream = File.OpenRead(file);
            int read;
            while ((read = stream.Read(buffer)) > 0)
            {
                hash.AppendData(buffer, 0, read);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
