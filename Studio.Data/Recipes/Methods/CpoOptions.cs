namespace Studio.Data.Recipes.Methods;

/// <summary>Contrastive preference optimisation, SimPO and AlphaPO; names as in TRL's CPOConfig.</summary>
public sealed record CpoOptions
{
    [Option(Basic = true, Min = 0, MinExclusive = true, Max = 100, Label = "Beta", Help = "Scale of the margin; about 2 for simpo, 0.1 for the others.")]
    public double Beta { get; init; } = 2;

    [Option(Choices = "sigmoid|hinge|ipo|simpo", Label = "Loss", Help = "simpo compares mean log-probabilities with a target margin.")]
    public string LossType { get; init; } = "simpo";

    [Option(Min = 0, Max = 0.49, Label = "Label smoothing", Help = "Share of pairs that may be the wrong way round.")]
    public double LabelSmoothing { get; init; }

    [Option(Min = 0, Max = 100, Label = "SimPO margin", Help = "Margin the chosen answer should have; used by simpo alone.")]
    public double SimpoGamma { get; init; } = 0.5;

    [Option(Min = 0, Max = 100, Label = "Likelihood weight", Help = "Weight of the likelihood of the chosen answer; 0 leaves it out.")]
    public double CpoAlpha { get; init; }

    [Option(Min = -10, Max = 10, Label = "AlphaPO alpha", Help = "Shape of the reward; 0 is the log-probability itself.")]
    public double Alpha { get; init; }
}
