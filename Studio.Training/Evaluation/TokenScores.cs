using Studio.Training.Checkpoints;
using static TorchSharp.torch;

namespace Studio.Training.Evaluation;

/// <summary>Log-probabilities of wanted tokens at chosen places, computed in slices so that the logits of a whole batch never exist at once.</summary>
internal sealed class TokenScores(PretrainedModel model)
{
    // Elements of one slice of logits (64 MB in fp32).
    private const long SliceElements = 1L << 24;

    /// <param name="hidden">(rows, tokens, hidden)</param>
    /// <param name="places">Row · tokens + token, per wanted token.</param>
    /// <returns>Natural log-probabilities, and whether each token is the most likely one.</returns>
    public (IReadOnlyList<float> Logs, IReadOnlyList<bool> Best) Of(Tensor hidden, IReadOnlyList<long> places, IReadOnlyList<long> targets)
    {
        List<float> logs = [];
        List<bool> best = [];
        if (places.Count == 0)
        {
            return (logs, best);
        }

        // The same place may be wanted for several continuations; its logits are computed once.
        var distinct = places.Distinct().ToList();
        var rowOf = distinct.Select((p, i) => (p, i)).ToDictionary(p => p.p, p => p.i);
        var picked = hidden.reshape(-1, hidden.shape[^1]).index_select(0, tensor(distinct.ToArray(), device: hidden.device));
        var wanted = Enumerable.Range(0, places.Count).GroupBy(i => rowOf[places[i]]).ToDictionary(g => g.Key, g => g.ToList());
        var found = new float[places.Count];
        var top = new bool[places.Count];
        var slice = (int)Math.Max(16, SliceElements / model.Config.VocabularySize);
        for (var start = 0; start < distinct.Count; start += slice)
        {
            using var scope = NewDisposeScope();
            var length = Math.Min(slice, distinct.Count - start);
            var members = Enumerable.Range(start, length).SelectMany(row => wanted[row].Select(i => (Row: (long)(row - start), Index: i))).ToList();
            var logits = model.Model.Head(picked.narrow(0, start, length)).to_type(ScalarType.Float32);
            var flat = tensor(members.Select(m => (m.Row * logits.shape[1]) + targets[m.Index]).ToArray(), device: hidden.device);
            var values = logits.log_softmax(-1).reshape(-1).index_select(0, flat).cpu().data<float>().ToArray();
            var argmax = logits.argmax(-1).cpu().data<long>().ToArray();
            for (var m = 0; m < members.Count; m++)
            {
                found[members[m].Index] = values[m];
                top[members[m].Index] = argmax[members[m].Row] == targets[members[m].Index];
            }
        }

        return (found, top);
    }
}
