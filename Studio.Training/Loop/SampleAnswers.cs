using Studio.Training.Checkpoints;
using Studio.Training.Layers;
using static TorchSharp.torch;

namespace Studio.Training.Loop;

/// <summary>Greedy answers of the model as it is now, so that a person sees it learn.</summary>
public static class SampleAnswers
{
    /// <summary>The likeliest continuations, token by token up to an end token; all prompts run as one batch.</summary>
    /// <param name="goOn">Asked before every token; false leaves the answers as they are.</param>
    public static IReadOnlyList<string> Answer(PretrainedModel model, IReadOnlyList<IReadOnlyList<int>> prompts, int maxTokens, Device device, Func<bool> goOn)
    {
        using var quiet = no_grad();
        using var all = NewDisposeScope();
        List<int>[] answers = [.. prompts.Select(_ => new List<int>())];
        int[] running = [.. Enumerable.Range(0, prompts.Count).Where(i => prompts[i].Count > 0)];
        if (running.Length == 0 || maxTokens < 1)
        {
            return [.. answers.Select(_ => "")];
        }

        using var cache = model.Model.CreateCache(prompts.Count, prompts.Max(p => p.Count) + maxTokens);
        foreach (var row in running)
        {
            cache.Activate(row);
            answers[row].Add(Next(model, cache, [.. prompts[row].Select(i => (long)i)], 1, device)[0]);
        }

        for (var made = 1; made <= maxTokens; made++)
        {
            running = [.. running.Where(r => !model.EosTokenIds.Contains(answers[r][^1]))];
            if (running.Length == 0 || made == maxTokens || !goOn())
            {
                break;
            }

            cache.Activate(running);
            var next = Next(model, cache, [.. running.Select(r => (long)answers[r][^1])], running.Length, device);
            for (var i = 0; i < running.Length; i++)
            {
                answers[running[i]].Add(next[i]);
            }
        }

        return [.. answers.Select(a => model.Tokenizer.Decode([.. a.Where(t => !model.EosTokenIds.Contains(t))], true).Trim())];
    }

    private static int[] Next(PretrainedModel model, KvCache cache, long[] ids, int rows, Device device)
    {
        using var scope = NewDisposeScope();
        var hidden = model.Model.Hidden(new ForwardInput(tensor(ids, device: device).reshape(rows, -1)) { Cache = cache });
        var best = model.Model.Head(hidden.narrow(1, hidden.shape[1] - 1, 1)).reshape(rows, -1).argmax(-1).cpu();
        return [.. best.data<long>().ToArray().Select(i => (int)i)];
    }
}
