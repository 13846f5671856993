using Studio.Training.Layers;

namespace Studio.Training.Models;

/// <summary>Reads rotary settings from a config.json of any age: <c>rope_parameters</c> (one, or one per layer type), or <c>rope_theta</c> with <c>rope_scaling</c>.</summary>
internal static class RopeReader
{
    public static RopeSettings Read(ConfigReader config, string? layerType)
    {
        if (config.TryObject("rope_parameters") is { } parameters)
        {
            var own = layerType is not null && parameters.TryObject(layerType) is { } inner ? inner : parameters;
            return Settings(config, own, own);
        }

        // Before rope_parameters, a family with two tables scaled only the full layers, and some gave the sliding ones a base of their own.
        if (layerType == "sliding_attention")
        {
            return new RopeSettings
            {
                Theta = config.TryDouble("rope_local_base_freq", "rope_theta") ?? 10000,
                PartialRotaryFactor = config.Double("partial_rotary_factor", 1),
            };
        }

        var scaling = config.TryObject("rope_scaling");
        if (scaling is not null && layerType is not null && scaling.TryObject(layerType) is { } byType)
        {
            scaling = byType;
        }

        return Settings(config, scaling ?? new ConfigReader([]), config);
    }

    private static RopeSettings Settings(ConfigReader config, ConfigReader rope, ConfigReader basics)
    {
        var type = rope.TryText("rope_type", "type") ?? "default";
        return new RopeSettings
        {
            Type = type switch { "su" => "longrope", "mrope" => "default", _ => type },
            Theta = basics.TryDouble("rope_theta", "rotary_emb_base") ?? config.TryDouble("rope_theta", "rotary_emb_base") ?? 10000,
            Factor = rope.Double("factor", 1),
            HasFactor = rope.Has("factor"),
            Alpha = rope.TryDouble("alpha") is { } alpha && alpha != 0 ? alpha : null,
            PartialRotaryFactor = rope.TryDouble("partial_rotary_factor") ?? config.TryDouble("partial_rotary_factor", "rotary_pct") ?? 1,
            OriginalMaxPositions = config.TryInt("original_max_position_embeddings") ?? rope.TryInt("original_max_position_embeddings"),
            AttentionFactor = rope.TryDouble("attention_factor"),
            BetaFast = rope.Double("beta_fast", 32),
            BetaSlow = rope.Double("beta_slow", 1),
            Mscale = rope.Double("mscale", 0),
            MscaleAllDim = rope.Double("mscale_all_dim", 0),
            Truncate = rope.Bool("truncate", true),
            LowFrequencyFactor = rope.Double("low_freq_factor", 1),
            HighFrequencyFactor = rope.Double("high_freq_factor", 4),
            ShortFactors = rope.TryNumbers("short_factor") ?? [],
            LongFactors = rope.TryNumbers("long_factor") ?? [],
            ShortMscale = rope.TryDouble("short_mscale"),
            LongMscale = rope.TryDouble("long_mscale"),
            Divisors = rope.TryNumbers("divisors") ?? [],
            LlamaScalingBeta = rope.Double("llama_4_scaling_beta", 0),
        };
    }
}
