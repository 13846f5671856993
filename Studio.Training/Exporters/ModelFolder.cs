using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Training.Checkpoints;
using Studio.Training.Tokenizers.Gguf;
using static TorchSharp.torch;

namespace Studio.Training.Exporters;

/// <summary>Writes a model as a Hugging Face folder: weights, configuration, tokenizer and chat template.</summary>
public static class ModelFolder
{
    // What other programs read beside the weights; copied byte for byte from a base that has them.
    private static readonly string[] Companions =
    [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "tokenizer.model", "vocab.json", "merges.txt", "chat_template.jinja", "generation_config.json",
    ];

    /// <summary>Writes the weights as they are now.</summary>
    /// <param name="card">Text of README.md; null writes none.</param>
    /// <param name="log">Told what could not be written.</param>
    /// <param name="type">Number type of the weights; null keeps the model's.</param>
    /// <param name="modules">Further tensors by name (<c>score.weight</c>).</param>
    /// <param name="change">Changes the configuration before it is written.</param>
    /// <exception cref="InvalidDataException">The family names its weights otherwise than its checkpoints do.</exception>
    public static void Write(string folder, PretrainedModel model, string? card, Action<string>? log = null, ScalarType? type = null, IReadOnlyList<(string Name, Tensor Tensor)>? modules = null, Action<JsonObject>? change = null)
    {
        if (model.Family.Rename is not null)
        {
            throw new InvalidDataException($"Models of the type {model.Config.ModelType} cannot be written as a folder yet: their checkpoints store the weights in another arrangement. Export the adapter as peft instead.");
        }

        Directory.CreateDirectory(folder);
        var written = type ?? model.Model.Place.Type;
        SafeTensorsWriter.Write(
            Path.Combine(folder, "model.safetensors"),
            model.Model.named_parameters().Select(p => new PendingTensor(p.name, written, p.parameter.shape, () => p.parameter.detach().to_type(written)))
                .Concat((modules ?? []).Select(m => new PendingTensor(m.Name, m.Tensor.dtype, m.Tensor.shape, () => m.Tensor.detach().alias()))),
            new Dictionary<string, string> { ["format"] = "pt" });

        var config = (JsonObject)model.ConfigJson.DeepClone();
        var key = config.ContainsKey("dtype") ? "dtype" : "torch_dtype";
        config[key] = written switch
        {
            ScalarType.BFloat16 => "bfloat16",
            ScalarType.Float16 => "float16",
            _ => "float32",
        };
        change?.Invoke(config);
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString(StudioJson.Indented));
        CopyCompanions(folder, model, log);
        if (card is not null)
        {
            File.WriteAllText(Path.Combine(folder, "README.md"), card);
        }
    }

    /// <summary>Turns the configuration of a language model into that of the classifier with the same backbone.</summary>
    /// <param name="taskType">SEQ_CLS or TOKEN_CLS, in PEFT's words.</param>
    public static void Classify(JsonObject config, string taskType, int outputs)
    {
        if (config["architectures"] is JsonArray { Count: > 0 } names && (string?)names[0] is { } name)
        {
            config["architectures"] = new JsonArray(name.Replace("ForCausalLM", taskType == "SEQ_CLS" ? "ForSequenceClassification" : "ForTokenClassification", StringComparison.Ordinal));
        }

        static string Label(int i) => FormattableString.Invariant($"LABEL_{i}");
        config["id2label"] = new JsonObject(Enumerable.Range(0, outputs).Select(i => KeyValuePair.Create(FormattableString.Invariant($"{i}"), (JsonNode?)Label(i))));
        config["label2id"] = new JsonObject(Enumerable.Range(0, outputs).Select(i => KeyValuePair.Create(Label(i), (JsonNode?)i)));
    }

    /// <summary>What a GGUF file says of tokenizer, template and end of text, as the files other programs expect.</summary>
    private static void WriteCompanions(string folder, PretrainedModel model, Action<string>? log)
    {
        using var file = GgufFile.Open(model.SourcePath);
        if (GgufTokenizerFiles.Write(folder, file.Metadata, Path.GetFileName(model.SourcePath), model.Config.MaxPositions) is { } reason)
        {
            log?.Invoke($"The folder has no tokenizer files ({reason}); use those of the original model.");
        }

        if (model.Template is { } template)
        {
            File.WriteAllText(Path.Combine(folder, "chat_template.jinja"), template.Source);
        }

        JsonObject generation = new() { ["eos_token_id"] = new JsonArray([.. model.EosTokenIds.Select(id => (JsonNode)id)]), ["pad_token_id"] = model.PadTokenId };
        if (model.BosTokenId is { } bos)
        {
            generation["bos_token_id"] = bos;
        }

        File.WriteAllText(Path.Combine(folder, "generation_config.json"), generation.ToJsonString(StudioJson.Indented));
    }

    private static void CopyCompanions(string folder, PretrainedModel model, Action<string>? log)
    {
        if (!Directory.Exists(model.SourcePath))
        {
            WriteCompanions(folder, model, log);
            return;
        }

        foreach (var name in Companions)
        {
            var source = Path.Combine(model.SourcePath, name);
            if (File.Exists(source))
            {
                File.Copy(source, Path.Combine(folder, name), overwrite: true);
            }
        }

        var templates = Path.Combine(model.SourcePath, "additional_chat_templates");
        if (Directory.Exists(templates))
        {
            Directory.CreateDirectory(Path.Combine(folder, "additional_chat_templates"));
            foreach (var template in Directory.EnumerateFiles(templates, "*.jinja"))
            {
                File.Copy(template, Path.Combine(folder, "additional_chat_templates", Path.GetFileName(template)), overwrite: true);
            }
        }
    }
}
