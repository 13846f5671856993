namespace Studio.Data.Recipes.Methods;

/// <summary>Supervised fine-tuning; names as in TRL's SFTConfig.</summary>
public sealed record SftOptions
{
    [Option(Choices = "nll|dft", Label = "Loss", Help = "nll is plain cross-entropy; dft weighs each token by its own probability (Wu et al. 2025).")]
    public string LossType { get; init; } = "nll";

    [Option(Min = 0, Max = 0.9, Label = "Label smoothing", Help = "Spreads a share of each target over the vocabulary.")]
    public double LabelSmoothingFactor { get; init; }

    [Option(Min = 0, Max = 100, Label = "NEFTune noise", Help = "Noise on the embeddings in training (Jain et al. 2023); 5 is usual, empty is none.")]
    public double? NeftuneNoiseAlpha { get; init; }

    [Option(Min = 0, Max = 100, Label = "Hold to the base", Help = "Where the base would say the target's token anyway, an adapter learns the base's whole prediction with this weight instead: what shall not change stays. 0 is off; it costs a forward pass more.")]
    public double HoldToBase { get; init; }
}
