using Studio.Data.Examples;
using Studio.Training.Templates;
using Studio.Training.Tokenizers;

namespace Studio.Training.Methods;

/// <summary>What examples with a prompt and one or two answers turn into.</summary>
internal sealed partial class ExampleReader
{
    /// <summary>Preference pairs as tokens; each answer is cut so that prompt and answer together keep the longest length, as TRL's keep_start does.</summary>
    /// <param name="whole">Leaves out what is too long instead of cutting it: an answer is judged by its end.</param>
    public (IReadOnlyList<PairTokens> Kept, PreparedData Report, IReadOnlyList<Example> Source) ReadPairs(string path, CancellationToken cancel, bool whole = false)
    {
        var gathered = new GatheredExamples<PairTokens>();
        foreach (var (example, row) in Lines(path))
        {
            cancel.ThrowIfCancellationRequested();
            var preference = Expect<PreferenceExample>(example, path, row, "preference pairs");
            PairTokens pair;
            try
            {
                var (chosenPrompt, chosen) = tokenizer.Answer(preference.Prompt, preference.Chosen, preference.Tools);
                var (_, rejected) = tokenizer.Answer(preference.Prompt, preference.Rejected, preference.Tools);
                pair = new PairTokens(chosenPrompt, chosen, rejected) { Margin = preference.Margin };
            }
            catch (Exception fault) when (fault is TemplateException or TokenizationException)
            {
                gathered.Refuse("template_refused", $"This pair cannot be written for the model: {fault.Message}", "Change the turns of the pair or leave it out.", example.Line ?? row);
                continue;
            }

            var room = Math.Max(0, data.MaxLength - pair.Prompt.Length);
            var over = Math.Max(0, pair.Chosen.Length - room) + Math.Max(0, pair.Rejected.Length - room);
            gathered.Lengths.Add(pair.Prompt.Length + Math.Max(pair.Chosen.Length, pair.Rejected.Length));
            if (over > 0 && whole)
            {
                gathered.Refuse("too_long", "This pair is longer than the longest example; cut off, its end could not be judged.", "Raise the longest example, or shorten the texts.", example.Line ?? row);
                continue;
            }

            if (over > 0)
            {
                gathered.Cut(over);
                pair = pair with { Chosen = pair.Chosen[..Math.Min(room, pair.Chosen.Length)], Rejected = pair.Rejected[..Math.Min(room, pair.Rejected.Length)] };
            }

            if (pair.Chosen.Length == 0 || pair.Rejected.Length == 0 || pair.Chosen.AsSpan().SequenceEqual(pair.Rejected))
            {
                gathered.Refuse("nothing_trained", "Nothing of this pair could be learned: an answer is empty, cut off, or both answers are the same.", "Give two different answers, or raise the longest example.", example.Line ?? row);
                continue;
            }

            gathered.Keep(pair, example, pair.Length, pair.Chosen.Length + pair.Rejected.Length);
        }

        return gathered.Result();
    }

    /// <summary>Answers with a verdict as tokens, cut as pairs are.</summary>
    public (IReadOnlyList<RatedTokens> Kept, PreparedData Report, IReadOnlyList<Example> Source) ReadRated(string path, CancellationToken cancel)
    {
        var gathered = new GatheredExamples<RatedTokens>();
        foreach (var (example, row) in Lines(path))
        {
            cancel.ThrowIfCancellationRequested();
            var feedback = Expect<FeedbackExample>(example, path, row, "rated answers");
            RatedTokens rated;
            try
            {
                var (prompt, answer) = tokenizer.Answer(feedback.Prompt, feedback.Completion, null);
                rated = new RatedTokens(prompt, answer, feedback.Label);
            }
            catch (Exception fault) when (fault is TemplateException or TokenizationException)
            {
                gathered.Refuse("template_refused", $"This answer cannot be written for the model: {fault.Message}", "Change the turns of the example or leave it out.", example.Line ?? row);
                continue;
            }

            var room = Math.Max(0, data.MaxLength - rated.Prompt.Length);
            gathered.Lengths.Add(rated.Prompt.Length + rated.Answer.Length);
            if (rated.Answer.Length > room)
            {
                gathered.Cut(rated.Answer.Length - room);
                rated = rated with { Answer = rated.Answer[..room] };
            }

            if (rated.Answer.Length == 0)
            {
                gathered.Refuse("nothing_trained", "Nothing of this answer could be learned: it is empty or cut off.", "Give an answer, or raise the longest example.", example.Line ?? row);
                continue;
            }

            gathered.Keep(rated, example, rated.Prompt.Length + rated.Answer.Length, rated.Answer.Length);
        }

        return gathered.Result();
    }

    /// <summary>Solutions in steps, each with a verdict, as tokens; steps beyond the longest length are left out.</summary>
    public (IReadOnlyList<StepTokens> Kept, PreparedData Report, IReadOnlyList<Example> Source) ReadSteps(string path, string separator, bool lastOnly, CancellationToken cancel)
    {
        var gathered = new GatheredExamples<StepTokens>();
        var between = model.Tokenizer.Encode(separator, addSpecialTokens: false).Ids;
        if (between.Length == 0)
        {
            throw new ArgumentException("The step separator has no token; its last token is the place where a step is judged. Use a line break or another mark.");
        }

        foreach (var (example, row) in Lines(path))
        {
            cancel.ThrowIfCancellationRequested();
            var steps = Expect<StepwiseExample>(example, path, row, "solutions judged step by step");
            List<int> ids;
            try
            {
                // Without a chat template the prompt stands as plain text.
                ids = model.Template is null
                    ? [.. model.Tokenizer.Encode(string.Join('\n', steps.Prompt.Select(m => m.Content))).Ids, .. between]
                    : [.. tokenizer.Prompt(steps.Prompt, null)];
            }
            catch (Exception fault) when (fault is TemplateException or TokenizationException)
            {
                gathered.Refuse("template_refused", $"This solution cannot be written for the model: {fault.Message}", "Change the prompt or leave the example out.", example.Line ?? row);
                continue;
            }

            List<(int Position, bool Right)> judged = [];
            var whole = ids.Count;
            for (var i = 0; i < steps.Steps.Count; i++)
            {
                int[] step = [.. model.Tokenizer.Encode(steps.Steps[i].Text, addSpecialTokens: false).Ids, .. between];
                whole += step.Length;
                if (whole > data.MaxLength)
                {
                    continue;
                }

                ids.AddRange(step);
                if (!lastOnly || i == steps.Steps.Count - 1)
                {
                    judged.Add((ids.Count - 1, steps.Steps[i].Right));
                }
            }

            gathered.Lengths.Add(whole);
            if (whole > ids.Count)
            {
                gathered.Cut(whole - ids.Count);
            }

            if (judged.Count == 0)
            {
                gathered.Refuse("nothing_trained", "No step of this solution is left to judge: it has none, or all are beyond the longest example.", "Give steps with verdicts, or raise the longest example.", example.Line ?? row);
                continue;
            }

            gathered.Keep(new StepTokens([.. ids], judged), example, ids.Count, judged.Count);
        }

        return gathered.Result();
    }

    private static T Expect<T>(Example example, string path, int row, string what)
        where T : Example =>
        example as T ?? throw new InvalidDataException($"{Path.GetFileName(path)}, line {row}: this method needs {what} and found a {example.GetType().Name}.");
}
