using Studio.Data.Recipes;
using Studio.Data.Recipes.Methods;
using Studio.Data.Validation;
using Studio.Training.Batching;

namespace Studio.Training.Methods;

/// <summary>
/// Continued pretraining: the next token of plain text, all of it. Texts are tokenised once into a file and streamed from there, laid into rows by the packing of the recipe; long texts go on in the next row.
/// </summary>
public sealed class PretrainMethod(MethodContext context) : Sft(context, Options(context))
{
    private const int PromptTokens = 32;

    private readonly PretrainOptions own = Own(context);
    private TokenFile? tokens;
    private TokenFile? heldTokens;

    protected override bool Joined => base.Joined && !own.SeparateDocuments;

    public override PreparedData Prepare(CancellationToken cancel)
    {
        var reader = new ExampleReader(Context.Base, Context.Spec.Recipe.Data);
        List<int> lengths = [];
        List<Problem> problems = [];
        tokens = Write(reader, Context.Spec.TrainData, "tokens.bin", lengths, problems, cancel);
        var held = 0;
        if (Context.Spec.ValidationData is { } path)
        {
            List<int> heldLengths = [];
            heldTokens = Write(reader, path, "tokens-validation.bin", heldLengths, problems, cancel);
            held = heldLengths.Count;
            Hold(heldTokens);
        }

        var all = lengths.Sum(l => (long)l);
        var report = Use(tokens, new PreparedData
        {
            Examples = lengths.Count,
            ValidationExamples = held,
            Tokens = all,
            UntrainableExamples = problems.Count,
            Lengths = lengths,
            Problems = problems,
        });

        // The first token of a row has nothing before it.
        return report with { TrainedTokens = Math.Max(0, all - RowCount) };
    }

    public override IReadOnlyDictionary<string, double>? Evaluate(CancellationToken cancel) =>
        base.Evaluate(cancel) is { } metrics ? new Dictionary<string, double>(metrics) { ["eval_perplexity"] = Math.Exp(metrics["eval_loss"]) } : null;

    /// <summary>Beginnings of texts to go on with.</summary>
    public override IReadOnlyList<SamplePrompt> SamplePrompts(int count)
    {
        var tokenizer = Context.Base.Tokenizer;
        if (Context.Spec.SamplePrompts.Count > 0)
        {
            return [.. Context.Spec.SamplePrompts.Take(count).Select(text => new SamplePrompt(text, tokenizer.Encode(text).Ids, null))];
        }

        List<SamplePrompt> prompts = [];
        for (var i = 0; heldTokens is not null && i < heldTokens.Count && prompts.Count < count; i++)
        {
            var ids = heldTokens[i].Ids;
            var shown = Math.Min(PromptTokens, ids.Length / 2);
            if (shown > 0)
            {
                prompts.Add(new SamplePrompt(tokenizer.Decode(ids[..shown], true), ids[..shown], tokenizer.Decode(ids[shown..Math.Min(ids.Length, 2 * shown)], true)));
            }
        }

        return prompts;
    }

    public override void Dispose()
    {
        tokens?.Dispose();
        heldTokens?.Dispose();
        base.Dispose();
    }

    private TokenFile Write(ExampleReader reader, string data, string name, List<int> lengths, List<Problem> problems, CancellationToken cancel)
    {
        // A rehearsal leaves the job folder as it is.
        var path = Context.Rehearsal ? Path.Combine(Path.GetTempPath(), $"studio-{Guid.NewGuid():N}.bin") : Path.Combine(Context.Folder.Data, name);
        var texts = reader.ReadTexts(Context.Folder.Resolve(data), problems, cancel).Select(ids =>
        {
            lengths.Add(ids.Length);
            return ids;
        });
        return TokenFile.Write(path, texts, Context.Spec.Recipe.Data.MaxLength, temporary: Context.Rehearsal);
    }

    private static PretrainOptions Own(MethodContext context) => (PretrainOptions)TrainingMethods.Find("pretrain")!.Read(context.Spec.Recipe.MethodOptions);

    private static SftOptions Options(MethodContext context) => new() { NeftuneNoiseAlpha = Own(context).NeftuneNoiseAlpha };
}
