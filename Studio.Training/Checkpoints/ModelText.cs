using Studio.Training.Templates;
using Studio.Training.Tokenizers;

namespace Studio.Training.Checkpoints;

/// <summary>What a model makes of text, without its weights: tokenizer, chat template, ids that end an answer.</summary>
public sealed record ModelText(Tokenizer Tokenizer, ChatTemplate? Template, IReadOnlyList<int> EosTokenIds)
{
    public static ModelText Of(PretrainedModel model) => new(model.Tokenizer, model.Template, model.EosTokenIds);

    /// <summary>Reads a folder or GGUF file; takes a moment even for large models.</summary>
    /// <exception cref="InvalidDataException">There is no tokenizer, or a file is damaged.</exception>
    public static ModelText Load(string path)
    {
        var (config, _) = PretrainedModel.Describe(path);
        var generation = Path.Combine(path, "generation_config.json");
        var ends = File.Exists(generation) ? PretrainedModel.Ids(PretrainedModel.ReadJson(generation)["eos_token_id"]) : [];
        ends = ends.Count > 0 ? ends : PretrainedModel.Ids(config.Json["eos_token_id"]);
        return new ModelText(Tokenizer.Load(path).Uncut(), PretrainedModel.FindTemplate(path), ends);
    }
}
