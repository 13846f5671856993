namespace Studio.Data.Recipes.Methods;

/// <summary>Proximal policy optimisation with a critic; names as in TRL's PPOConfig.</summary>
public sealed record PpoOptions : RolloutOptions
{
    [Option(Basic = true, Min = 0, Max = 10, Label = "KL coefficient", Help = "What every token pays for its distance to the model at the beginning.")]
    public double KlCoef { get; init; } = 0.05;

    [Option(Choices = "k1|k3", Label = "KL estimator", Help = "k1 is the plain log ratio; k3 varies less and is never negative.")]
    public string KlEstimator { get; init; } = "k1";

    [Option(Min = 1, Max = 64, Label = "PPO epochs", Help = "Passes over the sampled answers before new ones are sampled.")]
    public int NumPpoEpochs { get; init; } = 4;

    [Option(Min = 1, Max = 256, Label = "Mini-batches", Help = "Optimizer steps in one pass over the sampled answers.")]
    public int NumMiniBatches { get; init; } = 1;

    [Option(Min = 0, MinExclusive = true, Max = 1, Label = "Policy clip range", Help = "How far the probability of a token may move before it stops counting.")]
    public double Cliprange { get; init; } = 0.2;

    [Option(Min = 0, MinExclusive = true, Max = 100, Label = "Value clip range", Help = "How far the critic's estimate may move in one update.")]
    public double CliprangeValue { get; init; } = 0.2;

    [Option(Min = 0, Max = 100, Label = "Value weight", Help = "Weight of the critic's loss.")]
    public double VfCoef { get; init; } = 0.1;

    [Option(Min = 0, Max = 1, Label = "Discount", Help = "What a reward one token later is worth.")]
    public double Gamma { get; init; } = 1;

    [Option(Min = 0, Max = 1, Label = "GAE lambda", Help = "Mixes short and long looks ahead: lower is steadier and less exact.")]
    public double Lam { get; init; } = 0.95;

    [Option(Label = "Whiten rewards", Help = "Scales the rewards of a batch to unit variance.")]
    public bool WhitenRewards { get; init; }

    [Option(Min = 0, Max = 1000, Label = "Penalty for no end", Help = "Taken off the reward of an answer that did not end by itself; empty takes nothing.")]
    public double? MissingEosPenalty { get; init; }
}
