using System.Security.Cryptography;
using Studio.Training.Checkpoints;
using static TorchSharp.torch;

namespace Studio.Training.Methods;

/// <summary>Log-probabilities of the answers of all pairs under the model as the job began, computed once and kept in <c>data/reference.safetensors</c>.</summary>
internal sealed class ReferenceScores(MethodContext context)
{
    private readonly Dictionary<(bool Training, int Member, bool Chosen), float[]> scores = [];
    private bool ready;

    /// <param name="resumed">True when the model holds trained weights, so that only the base under a disabled adapter can still be measured.</param>
    /// <param name="measure">Scores of some pairs, chosen answers first.</param>
    /// <exception cref="InvalidDataException">A resumed run has lost its reference and cannot make it again.</exception>
    public void Ensure(IReadOnlyList<PairTokens> train, IReadOnlyList<PairTokens> validation, bool resumed, Func<IReadOnlyList<PairTokens>, int[], Tensor> measure)
    {
        if (ready)
        {
            return;
        }

        var path = Path.Combine(context.Folder.Data, "reference.safetensors");
        var key = Key(train, validation);
        if (!Read(path, key, train, validation))
        {
            // A fresh adapter changes nothing while it is off; everything else has moved on once training began.
            var fresh = context.Adapter is not null && context.Spec.StartAdapterPath is null;
            if (resumed && !fresh)
            {
                throw new InvalidDataException("data/reference.safetensors of this job is missing or damaged, and a resumed run cannot compute the reference anew. Start the job again.");
            }

            context.Log("info", "Computing the reference's log-probabilities once.");
            using (fresh ? context.Adapter!.Disable() : null)
            {
                Measure(train, true, measure);
                Measure(validation, false, measure);
            }

            Write(path, key, train.Count, validation.Count);
        }

        ready = true;
    }

    /// <summary>(positions): scores of a batch, chosen answers first.</summary>
    public Tensor Of(int[] members, bool training, Device device)
    {
        List<float> all = [];
        foreach (var chosen in new[] { true, false })
        {
            foreach (var member in members)
            {
                all.AddRange(scores[(training, member, chosen)]);
            }
        }

        return tensor(all.ToArray(), device: device);
    }

    private void Measure(IReadOnlyList<PairTokens> pairs, bool training, Func<IReadOnlyList<PairTokens>, int[], Tensor> measure)
    {
        using var quiet = no_grad();
        foreach (var members in Enumerable.Range(0, pairs.Count).Chunk(context.BatchSize))
        {
            using var scope = NewDisposeScope();
            var values = measure(pairs, members).cpu().data<float>().ToArray().AsSpan();
            foreach (var chosen in new[] { true, false })
            {
                foreach (var member in members)
                {
                    var count = Count(pairs[member], chosen);
                    scores[(training, member, chosen)] = values[..count].ToArray();
                    values = values[count..];
                }
            }
        }
    }

    // The first token of a text has nothing before it, so it is never scored.
    private static int Count(PairTokens pair, bool chosen) =>
        (chosen ? pair.Chosen : pair.Rejected).Length - (pair.Prompt.Length == 0 ? 1 : 0);

    private bool Read(string path, string key, IReadOnlyList<PairTokens> train, IReadOnlyList<PairTokens> validation)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        try
        {
            using var scope = NewDisposeScope();
            using var file = SafeTensorsFile.Open(path);
            if (file.Metadata.GetValueOrDefault("key") != key)
            {
                return false;
            }

            foreach (var (pairs, training) in new[] { (train, true), (validation, false) })
            {
                if (pairs.Count == 0)
                {
                    continue;
                }

                var values = file.Read(Name(training)).data<float>().ToArray().AsSpan();
                for (var member = 0; member < pairs.Count; member++)
                {
                    foreach (var chosen in new[] { true, false })
                    {
                        var count = Count(pairs[member], chosen);
                        scores[(training, member, chosen)] = values[..count].ToArray();
                        values = values[count..];
                    }
                }
            }

            return true;
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException or ArgumentOutOfRangeException or KeyNotFoundException)
        {
            return false;
        }
    }

    private void Write(string path, string key, int train, int validation)
    {
        using var scope = NewDisposeScope();
        List<(string, Tensor)> tensors = [];
        foreach (var (count, training) in new[] { (train, true), (validation, false) })
        {
            if (count > 0)
            {
                tensors.Add((Name(training), tensor(Enumerable.Range(0, count).SelectMany(m => scores[(training, m, true)].Concat(scores[(training, m, false)])).ToArray())));
            }
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var partial = path + ".partial";
        SafeTensorsWriter.Write(partial, tensors, new Dictionary<string, string> { ["key"] = key });
        File.Move(partial, path, overwrite: true);
    }

    private static string Name(bool training) => training ? "train" : "validation";

    private string Key(IReadOnlyList<PairTokens> train, IReadOnlyList<PairTokens> validation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var pair in train.Concat(validation))
        {
            foreach (var ids in new[] { pair.Prompt, pair.Chosen, pair.Rejected })
            {
                hash.AppendData(BitConverter.GetBytes(ids.Length));
                hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(ids.AsSpan()));
            }
        }

        hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{context.Spec.BaseModel.Sha256}|{context.Spec.StartAdapterPath}"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
