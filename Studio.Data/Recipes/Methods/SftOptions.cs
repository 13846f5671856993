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
}
