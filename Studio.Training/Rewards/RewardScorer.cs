using Studio.Training.Checkpoints;
using Studio.Training.Layers;
using Studio.Training.Lora;
using static TorchSharp.torch;

namespace Studio.Training.Rewards;

/// <summary>
/// A trained reward model that scores answers: its adapter and head on a base that others use too, or a whole model of its own. Between two calls the base is as it was.
/// </summary>
public sealed class RewardScorer : IDisposable
{
    // Tokens of one forward pass; sequences are packed, so this bounds the memory.
    private const int PassTokens = 4096;

    private readonly PretrainedModel model;
    private readonly LoraAdapter? adapter;
    private readonly ScoreHead head;
    private readonly bool owned;

    private RewardScorer(PretrainedModel model, LoraAdapter? adapter, ScoreHead head, bool owned) =>
        (this.model, this.adapter, this.head, this.owned) = (model, adapter, head, owned);

    /// <summary>Reads the result of a reward job: a PEFT folder with a score head, or a whole model with one.</summary>
    /// <param name="model">The base of the adapter; a whole model is loaded beside it.</param>
    /// <exception cref="AdapterException">The folder holds no reward model, or one of another base.</exception>
    public static RewardScorer Load(PretrainedModel model, string folder)
    {
        if (File.Exists(Path.Combine(folder, AdapterFolder.ConfigFile)))
        {
            var adapter = AdapterFolder.Read(model.Model, folder);
            try
            {
                var head = ScoreHead.From(model.Model, name => adapter.Saved.GetValueOrDefault(name))
                    ?? throw new AdapterException("The adapter has no score head; only the result of a reward job can score answers.");
                return new RewardScorer(model, adapter, head, owned: false);
            }
            catch
            {
                adapter.Dispose();
                throw;
            }
        }

        var weights = Path.Combine(folder, "model.safetensors");
        if (!File.Exists(weights))
        {
            throw new AdapterException("This is not a reward model: the folder holds neither an adapter nor model.safetensors.");
        }

        var whole = PretrainedModel.Load(folder, new LoadOptions { Device = model.Model.Place.Device, DType = model.Model.Place.Type });
        try
        {
            using var file = SafeTensorsFile.Open(weights);
            var head = ScoreHead.From(whole.Model, name => file.Entries.ContainsKey(name) ? file.Read(name) : null)
                ?? throw new AdapterException("The model has no score head; only the result of a reward job can score answers.");
            return new RewardScorer(whole, null, head, owned: true);
        }
        catch
        {
            whole.Dispose();
            throw;
        }
    }

    /// <summary>How good each answer is, at its last token. A head with two outputs (process reward) gives the probability that the end is right.</summary>
    /// <param name="answers">Prompt and answer as tokens, the end of the turn included.</param>
    public float[] Score(IReadOnlyList<(int[] PromptIds, int[] AnswerIds)> answers)
    {
        var scores = new float[answers.Count];
        using var quiet = no_grad();
        using var alone = LoraAdapter.Alone(model.Model, adapter);
        List<int> members = [];
        var tokens = 0;
        foreach (var i in Enumerable.Range(0, answers.Count).OrderBy(i => answers[i].PromptIds.Length + answers[i].AnswerIds.Length))
        {
            var length = answers[i].PromptIds.Length + answers[i].AnswerIds.Length;
            if (length == 0)
            {
                throw new ArgumentException("An answer without any token cannot be scored.", nameof(answers));
            }

            if (members.Count > 0 && tokens + length > PassTokens)
            {
                Pass();
            }

            members.Add(i);
            tokens += length;
        }

        Pass();
        return scores;

        void Pass()
        {
            if (members.Count == 0)
            {
                return;
            }

            using var scope = NewDisposeScope();
            var ids = members.SelectMany(m => answers[m].PromptIds.Concat(answers[m].AnswerIds)).Select(t => (long)t).ToArray();
            int[] segments = [.. members.Select(m => answers[m].PromptIds.Length + answers[m].AnswerIds.Length)];
            var hidden = model.Model.Hidden(new ForwardInput(tensor(ids, device: model.Model.Place.Device).reshape(1, -1)) { SegmentLengths = [segments] });
            var values = head.Forward(hidden.reshape(-1, hidden.shape[^1]).index_select(0, Ends(segments, hidden.device)));
            var single = (values.shape[1] == 1 ? values.squeeze(1) : values.softmax(-1).select(1, 1)).cpu().data<float>().ToArray();
            for (var i = 0; i < members.Count; i++)
            {
                scores[members[i]] = single[i];
            }

            members.Clear();
            tokens = 0;
        }
    }

    public void Dispose()
    {
        adapter?.Dispose();
        head.Dispose();
        if (owned)
        {
            model.Dispose();
        }
    }

    /// <summary>(segments): place of the last token of each segment in a packed row.</summary>
    internal static Tensor Ends(int[] segments, Device device)
    {
        var ends = new long[segments.Length];
        for (long i = 0, at = 0; i < segments.Length; i++)
        {
            at += segments[i];
            ends[i] = at - 1;
        }

        return tensor(ends, device: device);
    }
}
