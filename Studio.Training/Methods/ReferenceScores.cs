using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Studio.Training.Checkpoints;
using static TorchSharp.torch;

namespace Studio.Training.Methods;

/// <summary>Log-probabilities of all answers under the model as the job began, computed once and kept in <c>data/reference.safetensors</c>.</summary>
internal sealed class ReferenceScores(MethodContext context)
{
    private readonly Dictionary<string, float[][]> scores = [];
    private bool ready;

    /// <param name="sets">Answers by the name under which they are asked for later.</param>
    /// <param name="resumed">True when the model holds trained weights, so that only the base under a disabled adapter can still be measured.</param>
    /// <exception cref="InvalidDataException">A resumed run has lost its reference and cannot make it again.</exception>
    public void Ensure(IReadOnlyList<(string Name, IReadOnlyList<AnswerTokens> Answers)> sets, bool resumed)
    {
        if (ready)
        {
            return;
        }

        var path = Path.Combine(context.Folder.Data, "reference.safetensors");
        var key = Key(sets);
        if (!Read(path, key, sets))
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
                foreach (var (name, answers) in sets)
                {
                    scores[name] = Measure(answers);
                }
            }

            Write(path, key, sets);
        }

        ready = true;
    }

    /// <summary>(positions): scores of some answers of a set, one after the other.</summary>
    public Tensor Of(string set, IReadOnlyList<int> members) => tensor(members.SelectMany(m => scores[set][m]).ToArray(), device: context.Device);

    /// <summary>Per answer the log-probabilities of its tokens under the model as it is now.</summary>
    private float[][] Measure(IReadOnlyList<AnswerTokens> answers)
    {
        using var quiet = no_grad();
        var all = new float[answers.Count][];
        foreach (var members in Enumerable.Range(0, answers.Count).Chunk(2 * context.BatchSize))
        {
            using var scope = NewDisposeScope();
            using var batch = AnswerBatch.Of([.. members.Select(m => answers[m])], members, context.Device);
            var values = ScoredTokens.Measure(context.Base.Model.Head, batch.Hidden(context.Base.Model), batch.Targets, squares: false).LogProbabilities.cpu().data<float>().ToArray().AsSpan();
            Split(values, members.Select(m => answers[m]), (i, own) => all[members[i]] = own);
        }

        return all;
    }

    // The first token of a text has nothing before it, so it is never scored.
    private static int Count(AnswerTokens answer) => Math.Max(0, answer.Answer.Length - (answer.Prompt.Length == 0 ? 1 : 0));

    private static void Split(Span<float> values, IEnumerable<AnswerTokens> answers, Action<int, float[]> take)
    {
        var i = 0;
        foreach (var answer in answers)
        {
            var count = Count(answer);
            take(i++, values[..count].ToArray());
            values = values[count..];
        }
    }

    private bool Read(string path, string key, IReadOnlyList<(string Name, IReadOnlyList<AnswerTokens> Answers)> sets)
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

            foreach (var (name, answers) in sets.Where(s => s.Answers.Count > 0))
            {
                var own = new float[answers.Count][];
                Split(file.Read(name).data<float>().ToArray(), answers, (i, values) => own[i] = values);
                scores[name] = own;
            }

            return true;
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException or ArgumentOutOfRangeException or KeyNotFoundException)
        {
            return false;
        }
    }

    private void Write(string path, string key, IReadOnlyList<(string Name, IReadOnlyList<AnswerTokens> Answers)> sets)
    {
        using var scope = NewDisposeScope();
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var partial = path + ".partial";
        SafeTensorsWriter.Write(
            partial,
            sets.Where(s => s.Answers.Count > 0).Select(s => (s.Name, tensor(scores[s.Name].SelectMany(v => v).ToArray()))),
            new Dictionary<string, string> { ["key"] = key });
        File.Move(partial, path, overwrite: true);
    }

    private string Key(IReadOnlyList<(string Name, IReadOnlyList<AnswerTokens> Answers)> sets)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, answers) in sets)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}|{answers.Count}|"));
            foreach (var ids in answers.SelectMany(a => new[] { a.Prompt, a.Answer }))
            {
                hash.AppendData(BitConverter.GetBytes(ids.Length));
                hash.AppendData(MemoryMarshal.AsBytes(ids.AsSpan()));
            }
        }

        hash.AppendData(Encoding.UTF8.GetBytes($"{context.Spec.BaseModel.Sha256}|{context.Spec.StartAdapterPath}"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
