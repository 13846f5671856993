using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Studio.Training.Models;

/// <summary>One line of a GGUF name table: paths without <c>.weight</c> or <c>.bias</c>, <c>{n}</c> for the layer and <c>{e}</c> for the expert (whose GGUF tensor holds all experts).</summary>
/// <param name="Change">Undoes what the converter did to the values.</param>
public sealed record GgufName(string Checkpoint, string Gguf, Func<Tensor, DecoderConfig, Tensor>? Change = null);

/// <summary>How the GGUF files of a family are read.</summary>
public sealed record GgufMapping
{
    /// <summary>Values of <c>general.architecture</c>.</summary>
    public required IReadOnlyList<string> Architectures { get; init; }

    /// <summary>Name of the class in transformers (<c>architectures</c> of config.json), by which other servers find the model's code.</summary>
    public required string Class { get; init; }

    /// <summary>Tells families of one architecture apart.</summary>
    public Func<GgufKeys, bool> Matches { get; init; } = static _ => true;

    public required IReadOnlyList<GgufName> Names { get; init; }

    /// <summary>Adds what only this family needs to the config.json made from the keys.</summary>
    public Action<GgufKeys, JsonObject> Config { get; init; } = static (_, _) => { };
}
