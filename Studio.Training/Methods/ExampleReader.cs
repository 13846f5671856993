using Studio.Data.Examples;
using Studio.Data.Recipes;
using Studio.Training.Batching;
using Studio.Training.Checkpoints;

namespace Studio.Training.Methods;

internal sealed class ExampleReader(PretrainedModel model, DataOptions data)
{
    public (IReadOnlyList<LabelledTokens>, PreparedData) Read(string path, CancellationToken cancel) => ([], new PreparedData { Examples = data.MaxLength + model.PadTokenId });
    public (IReadOnlyList<LabelledTokens>, PreparedData, IReadOnlyList<Example>) ReadWithSource(string path, CancellationToken cancel) => ([], new PreparedData(), []);
    public IReadOnlyList<SamplePrompt> Prompts(IReadOnlyList<string> prompts, IReadOnlyList<Example> examples, int count) => [];
}
