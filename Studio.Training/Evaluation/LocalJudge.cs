using System.Text.Json.Nodes;
using Studio.Training.Checkpoints;
using Studio.Training.Templates;

namespace Studio.Training.Evaluation;

/// <summary>A model on this machine as judge: the choice with the highest log-likelihood behind the prompt, so that even a small model always decides.</summary>
public sealed class LocalJudge(PretrainedModel model, bool owned) : Judge
{
    private readonly LogLikelihoods scorer = new(model, null);

    public override Task<IReadOnlyList<string?>> ChooseAsync(IReadOnlyList<string> prompts, IReadOnlyList<string> choices, CancellationToken cancellation)
    {
        List<(IReadOnlyList<int>, IReadOnlyList<int>)> pairs = [];
        foreach (var prompt in prompts)
        {
            var context = Encode(prompt);
            var room = Math.Max(1, scorer.ContextLength - 16);
            context = context.Count > room ? [.. context.Skip(context.Count - room)] : context;
            pairs.AddRange(choices.Select(c => (context, (IReadOnlyList<int>)model.Tokenizer.Encode(model.Template is null ? " " + c : c, addSpecialTokens: false).Ids)));
        }

        var scores = scorer.OfTokens(pairs, cancellation);
        return Task.FromResult<IReadOnlyList<string?>>([.. prompts.Select((_, i) => choices[Enumerable.Range(0, choices.Count).MaxBy(c => scores[(i * choices.Count) + c].Sum)])]);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && owned)
        {
            model.Dispose();
        }
    }

    private IReadOnlyList<int> Encode(string prompt)
    {
        if (model.Template is not { } template)
        {
            return scorer.Encode(prompt + "\nAnswer:");
        }

        JsonArray messages = [new JsonObject { ["role"] = "user", ["content"] = prompt }];
        return model.Tokenizer.Encode(template.Render(messages, new RenderOptions { AddGenerationPrompt = true }).Text, addSpecialTokens: false).Ids;
    }
}
