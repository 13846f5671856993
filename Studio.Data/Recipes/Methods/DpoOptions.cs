using Studio.Data.Validation;

namespace Studio.Data.Recipes.Methods;

/// <summary>Preference tuning against a reference; names as in TRL's DPOConfig.</summary>
public sealed record DpoOptions : IOptionChecks
{
    [Option(Basic = true, Min = 0, MinExclusive = true, Max = 100, Label = "Beta", Help = "How closely the model stays to where it began. Small values let it change more.")]
    public double Beta { get; init; } = 0.1;

    /// <summary>One loss, or several that are added with <see cref="LossWeights"/> (MPO).</summary>
    [Option(Choices = "sigmoid|hinge|ipo|sigmoid_norm|exo_pair|robust|nca_pair|bco_pair|sppo_hard|aot|aot_unpaired|apo_zero|apo_down|discopop|sft", Label = "Loss", Help = "sigmoid is plain DPO. Several are added up, each with its weight (MPO): sigmoid, bco_pair, sft.")]
    public IReadOnlyList<string> LossType { get; init; } = ["sigmoid"];

    /// <summary>Weight of each loss; null weighs all alike.</summary>
    [Option(Min = 0, Max = 1000, Label = "Loss weights", Help = "Weight of each loss in the same order, e.g. 0.8, 0.2, 1; empty weighs all alike.")]
    public IReadOnlyList<double>? LossWeights { get; init; }

    public IEnumerable<Problem> Check()
    {
        if (LossType.Count == 0 || (LossWeights is { } weights && weights.Count != LossType.Count))
        {
            yield return new Problem("loss_weights", Severity.Fatal, $"There are {LossType.Count} losses and {LossWeights?.Count ?? 0} weights.", "Give at least one loss, and each loss one weight or none at all.") { Field = "loss_weights" };
        }
    }

    [Option(Min = 0, Max = 0.49, Label = "Label smoothing", Help = "Share of pairs that may be the wrong way round.")]
    public double LabelSmoothing { get; init; }

    [Option(Choices = "reverse_kl|forward_kl|js_divergence|alpha_divergence", Label = "Divergence", Help = "How the distance to the reference is measured.")]
    public string FDivergenceType { get; init; } = "reverse_kl";

    [Option(Min = 0, Max = 10, Label = "Alpha of the divergence", Help = "Used by alpha_divergence alone; must not be 1.")]
    public double FAlphaDivergenceCoef { get; init; } = 0.5;

    [Option(Min = 0, MinExclusive = true, Max = 10, Label = "DiscoPOP temperature", Help = "Used by the loss discopop alone.")]
    public double DiscopopTau { get; init; } = 0.05;

    [Option(Min = 0, Max = 1, Label = "Length desensitising", Help = "Weight of the tokens beyond the length both answers share; empty counts all alike.")]
    public double? LdAlpha { get; init; }

    [Option(Label = "Weigh by likelihood", Help = "Pairs whose answers the model itself would write count more (WPO).")]
    public bool UseWeighting { get; init; }

    [Option(Label = "No reference", Help = "Leaves the reference out: its log-probabilities count as zero.")]
    public bool ReferenceFree { get; init; }
}
