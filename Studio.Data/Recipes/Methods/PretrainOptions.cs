namespace Studio.Data.Recipes.Methods;

/// <summary>Continued pretraining on plain text.</summary>
public sealed record PretrainOptions
{
    [Option(Label = "Keep texts apart", Help = "Where several texts share a row, each sees only itself; off lets a text see what stands before it in the row, as pretraining usually does.")]
    public bool SeparateDocuments { get; init; }

    [Option(Min = 0, Max = 100, Label = "NEFTune noise", Help = "Noise on the embeddings in training (Jain et al. 2023); 5 is usual, empty is none.")]
    public double? NeftuneNoiseAlpha { get; init; }
}
