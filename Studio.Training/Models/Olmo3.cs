using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>OLMo 3 (2025): OLMo 2 with a window on most layers.</summary>
public static class Olmo3
{
    public static ModelFamily Family { get; } = new()
    {
        Name = "olmo3",
        ModelTypes = ["olmo3"],
        ReadConfig = fields => CommonShape.Read(fields, eps: 1e-5),
        Build = Build,
        DefaultTargets = ["q_proj", "v_proj"],
        TinyConfig = """{"model_type":"olmo3","hidden_size":32,"intermediate_size":48,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":128,"max_position_embeddings":128,"sliding_window":8,"layer_types":["sliding_attention","full_attention"]}""",
    };

    private static CausalLm Build(DecoderConfig config, TensorPlace place)
    {
        var types = config.Fields.LayerTypes(config.Layers, i => (i + 1) % 4 == 0 ? "full_attention" : "sliding_attention");
        var tables = types.Distinct().ToDictionary(t => t, t => config.Rotary(layerType: t));
        var window = config.Fields.Int("sliding_window", 4096);
        var bias = config.Fields.Bool("attention_bias", false);
        RmsNorm Norm(int features) => new(features, config.NormEps, place);
        return CommonShape.Model(config, place, i => CommonShape.PostNormBlock(
            new Attention(CommonShape.Attention(config, tables[types[i]], bias, bias, CommonShape.Window(types, i, window)) with
            {
                QueryNorm = Norm(config.Heads * config.HeadDim),
                KeyNorm = Norm(config.KvHeads * config.HeadDim),
                NormMoment = NormMoment.WholeWidth,
            }, place),
            new GatedFeedForward(config.HiddenSize, config.InnerSize, config.Activation, place),
            Norm(config.HiddenSize), Norm(config.HiddenSize)), Norm(config.HiddenSize));
    }
}
