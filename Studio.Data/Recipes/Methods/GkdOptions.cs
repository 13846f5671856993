using Studio.Data.Validation;

namespace Studio.Data.Recipes.Methods;

/// <summary>Distillation from a teacher (GKD); names as in TRL's GKDConfig.</summary>
public sealed record GkdOptions : IOptionChecks
{
    [Option(Basic = true, Label = "Teacher", Help = "Who is imitated: the name of an adapter of the same base model, or a base model with the same vocabulary.", Model = "writer")]
    public string Teacher { get; init; } = "";

    [Option(Basic = true, Min = 0, Max = 1, Label = "Own answers", Help = "Share of batches in which the model answers itself and the teacher corrects it; 0 learns from the answers in the data alone. Own answers cost time.")]
    public double Lmbda { get; init; } = 0.5;

    [Option(Min = 0, Max = 1, Label = "Beta", Help = "Which way the difference is measured: 0 covers everything the teacher might say, 1 keeps to what it is surest of, between them a mixture.")]
    public double Beta { get; init; } = 0.5;

    [Option(Min = 0, MinExclusive = true, Max = 10, Label = "Temperature", Help = "Softens both predictions, and how varied own answers are.")]
    public double Temperature { get; init; } = 0.9;

    [Option(Min = 1, Max = 8192, Label = "Longest own answer", Help = "Tokens of an answer that is written during training.")]
    public int MaxNewTokens { get; init; } = 128;

    [Option(Label = "Teacher's answers", Help = "The teacher writes the answers of all other batches, in place of those in the data.")]
    public bool SeqKd { get; init; }

    public IEnumerable<Problem> Check()
    {
        if (string.IsNullOrWhiteSpace(Teacher))
        {
            yield return new Problem("no_teacher", Severity.Fatal, "No teacher was chosen.", "Name an adapter of the same base model, or a base model with the same vocabulary.") { Field = "teacher" };
        }
    }
}
