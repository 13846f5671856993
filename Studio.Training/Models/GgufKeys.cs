using System.Globalization;
using System.Text.Json.Nodes;
using Studio.Training.Checkpoints;

namespace Studio.Training.Models;

/// <summary>Typed reading of the keys of a GGUF model file, and the config.json that they amount to.</summary>
public sealed class GgufKeys(GgufFile file)
{
    public string Path => file.Path;

    public GgufFile File => file;

    public string Architecture { get; } = file.Metadata.TryGetValue("general.architecture", out var a) && a is string { Length: > 0 } name ? name
        : throw new InvalidDataException($"{file.Path}: has no general.architecture, so it is not a model file");

    public bool HasTensor(string name) => file.Tensors.ContainsKey(name);

    /// <summary>An integer under the architecture's name; the first element where the file gives one per layer.</summary>
    public int? TryInt(string key) => TryNumber(key) is { } number ? checked((int)number) : null;

    public int Int(string key) => TryInt(key) ?? throw new InvalidDataException($"{Path}: has no {Architecture}.{key}");

    public double? TryNumber(string key) => Number($"{Architecture}.{key}");

    public bool? TryBool(string key) => file.Metadata.TryGetValue($"{Architecture}.{key}", out var v) && v is bool flag ? flag : null;

    public string? TryText(string key) => file.Metadata.TryGetValue($"{Architecture}.{key}", out var v) ? v as string : null;

    /// <summary>A number under a full key.</summary>
    public double? Number(string key)
    {
        if (!file.Metadata.TryGetValue(key, out var value))
        {
            return null;
        }

        if (value is Array { Length: > 0 } list)
        {
            value = list.GetValue(0)!;
        }

        return value switch
        {
            byte or sbyte or ushort or short or uint or int or ulong or long or float or double => Convert.ToDouble(value, CultureInfo.InvariantCulture),
            _ => throw new InvalidDataException($"{Path}: {key} is not a number"),
        };
    }

    /// <summary>The configuration in the words of config.json, as far as all architectures agree.</summary>
    public JsonObject ToConfig(string modelType, string className)
    {
        var heads = Int("attention.head_count");
        var hidden = Int("embedding_length");
        var config = new JsonObject
        {
            ["architectures"] = new JsonArray(className),
            ["model_type"] = modelType,
            ["hidden_size"] = hidden,
            ["num_hidden_layers"] = Int("block_count"),
            ["num_attention_heads"] = heads,
            ["num_key_value_heads"] = TryInt("attention.head_count_kv") ?? heads,
            ["intermediate_size"] = TryInt("feed_forward_length") ?? 4 * hidden,
            ["max_position_embeddings"] = TryInt("context_length") ?? 2048,
            ["head_dim"] = TryInt("attention.key_length") ?? hidden / heads,
            ["vocab_size"] = Vocabulary(),
            ["tie_word_embeddings"] = !HasTensor("output.weight"),
        };
        // fp32 keys print as 1e-05, not as the nearest double.
        if (TryNumber("attention.layer_norm_rms_epsilon") is { } rms)
        {
            config["rms_norm_eps"] = Short(rms);
        }

        if (TryNumber("attention.layer_norm_epsilon") is { } layer)
        {
            config["layer_norm_eps"] = Short(layer);
        }

        if (TryInt("attention.sliding_window") is { } window && window > 0)
        {
            config["sliding_window"] = window;
        }

        Rope(config);
        if (Number("tokenizer.ggml.bos_token_id") is { } bos)
        {
            config["bos_token_id"] = (int)bos;
        }

        var ends = ((string[])["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"]).Select(Number).OfType<double>().Select(e => (int)e).Distinct().ToArray();
        if (ends.Length > 0)
        {
            config["eos_token_id"] = ends.Length == 1 ? ends[0] : new JsonArray([.. ends.Select(e => (JsonNode)e)]);
        }

        if (Number("tokenizer.ggml.padding_token_id") is { } pad)
        {
            config["pad_token_id"] = (int)pad;
        }

        return config;
    }

    private void Rope(JsonObject config)
    {
        config["rope_theta"] = Short(TryNumber("rope.freq_base") ?? 10000);
        var original = TryInt("rope.scaling.original_context_length");
        if (file.Tensors.ContainsKey("rope_freqs.weight"))
        {
            using var factors = file.Read("rope_freqs.weight");
            config["rope_scaling"] = new JsonObject
            {
                ["rope_type"] = "divisors",
                ["divisors"] = new JsonArray([.. factors.data<float>().ToArray().Select(f => (JsonNode)(double)f)]),
            };
        }
        else if (file.Tensors.ContainsKey("rope_factors_short.weight") && file.Tensors.ContainsKey("rope_factors_long.weight"))
        {
            using var small = file.Read("rope_factors_short.weight");
            using var large = file.Read("rope_factors_long.weight");
            config["rope_scaling"] = new JsonObject
            {
                ["rope_type"] = "longrope",
                ["short_factor"] = new JsonArray([.. small.data<float>().ToArray().Select(f => (JsonNode)(double)f)]),
                ["long_factor"] = new JsonArray([.. large.data<float>().ToArray().Select(f => (JsonNode)(double)f)]),
            };
            config["original_max_position_embeddings"] = original;
        }
        else if (TryText("rope.scaling.type") is { } type and not "none" && TryNumber("rope.scaling.factor") is { } factor)
        {
            config["rope_scaling"] = new JsonObject { ["rope_type"] = type, ["factor"] = Short(factor), ["original_max_position_embeddings"] = original };
            if (type == "yarn")
            {
                foreach (var (key, name) in ((string, string)[])[("yarn_beta_fast", "beta_fast"), ("yarn_beta_slow", "beta_slow"), ("attn_factor", "attention_factor")])
                {
                    if (TryNumber("rope.scaling." + key) is { } number)
                    {
                        config["rope_scaling"]![name] = Short(number);
                    }
                }
            }
        }
    }

    private int Vocabulary()
    {
        if (file.Tensors.TryGetValue("token_embd.weight", out var table) && table.Shape.Length == 2)
        {
            return checked((int)table.Shape[0]);
        }

        throw new InvalidDataException($"{Path}: has no token_embd.weight matrix");
    }

    private static double Short(double value) => double.Parse(((float)value).ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
