using System.Text.Json.Nodes;
using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>EXAONE 4 (LG, 2025): norms after each branch, norms on query and key heads, rotary only on windowed layers.</summary>
public static class Exaone4
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "exaone4",
        ModelTypes = ["exaone4"],
        ReadConfig = fields => CommonShape.Read(fields, eps: 1e-5),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"exaone4","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"sliding_window":8,"layer_types":["sliding_attention","full_attention"]}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var fields = config.Fields;
        var rotary = config.Rotary();
        var window = fields.TryInt("sliding_window");
        var pattern = fields.Json["sliding_window_pattern"] is JsonValue value && value.TryGetValue(out string? text) ? text.Length : fields.Int("sliding_window_pattern", 4);
        var types = fields.LayerTypes(config.Layers, i => window is null || pattern < 1 || (i + 1) % pattern == 0 ? "full_attention" : "sliding_attention");
        RmsNorm Norm(int features) => new(features, config.NormEps, place);
        return CommonShape.Model(config, place, i => CommonShape.PostNormBlock(
            new Attention(CommonShape.Attention(config, window is null || types[i] == "sliding_attention" ? rotary : null, window: CommonShape.Window(types, i, window)) with
            {
                QueryNorm = Norm(config.HeadDim),
                KeyNorm = Norm(config.HeadDim),
            }, place),
            new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place),
            Norm(config.HiddenSize), Norm(config.HiddenSize)), Norm(config.HiddenSize));
    }
}
