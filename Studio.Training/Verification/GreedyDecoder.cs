using Studio.Training.Layers;
using static TorchSharp.torch;

namespace Studio.Training.Verification;

/// <summary>The plainest cached generation there is: the likeliest token each time, one sequence, no stop.</summary>
public static class GreedyDecoder
{
    /// <summary>Continues a prompt by <paramref name="count"/> tokens.</summary>
    public static long[] Run(CausalLm model, IReadOnlyList<long> prompt, int count)
    {
        using var mode = inference_mode(true);
        using var cache = model.CreateCache(1, prompt.Count + count);
        var tokens = prompt.ToList();
        var next = tokens;
        for (var i = 0; i < count; i++)
        {
            // Where all positions change at a length, what the cache holds is for the shorter one.
            if (model.CacheRestartLength is { } limit && cache.Lengths[0] > 0 && cache.Lengths[0] <= limit && tokens.Count > limit)
            {
                cache.Clear();
                next = tokens;
            }

            using var scope = NewDisposeScope();
            var ids = tensor(next.ToArray()).unsqueeze(0).to(model.Place.Device);
            var hidden = model.Hidden(new ForwardInput(ids) { Cache = cache });
            var best = model.Head(hidden.narrow(1, next.Count - 1, 1)).argmax(-1).cpu().item<long>();
            tokens.Add(best);
            next = [best];
        }

        return [.. tokens.Skip(prompt.Count)];
    }
}
