using Studio.Training.Checkpoints;
using Studio.Training.Layers;
using static TorchSharp.torch;

namespace Studio.Training.Loop;

/// <summary>Greedy answers of the model as it is now, so that a person sees it learn.</summary>
public static class SampleAnswers
{
    /// <summary>The likeliest continuation, token by token, up to an end token.</summary>
    public static string Answer(PretrainedModel model, IReadOnlyList<int> prompt, int maxTokens, Device device, CancellationToken cancel = default)
    {
        if (prompt.Count == 0)
        {
            return "";
        }

        using var quiet = no_grad();
        using var all = NewDisposeScope();
        using var cache = model.Model.CreateCache(1, prompt.Count + maxTokens);
        List<int> answer = [];
        long[] feed = [.. prompt.Select(i => (long)i)];
        while (answer.Count < maxTokens)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var hidden = model.Model.Hidden(new ForwardInput(tensor(feed, device: device).reshape(1, feed.Length)) { Cache = cache });
            var last = hidden.narrow(1, feed.Length - 1, 1);
            var next = (int)model.Model.Head(last).flatten().argmax().item<long>();
            if (model.EosTokenIds.Contains(next))
            {
                break;
            }

            answer.Add(next);
            feed = [next];
        }

        return model.Tokenizer.Decode(answer, true).Trim();
    }
}
