using Studio.Training.Checkpoints;
using Studio.Training.Layers;
using Studio.Training.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Studio.Training.Verification;

/// <summary>
/// Replays a file of reference outputs on a model: logits where the mask is 1, hidden states of row 0, cached greedy ids, the loss of row 0 and its gradients, rotary tables.
/// Tolerances: logits and loss absolute; hidden states relative to max(1, largest value); gradients relative to their largest value; ids exact.
/// </summary>
public static class ReferenceCases
{
    /// <summary>Compares every tensor of the file that has a meaning here, in a fixed order.</summary>
    /// <param name="tolerance">1e-4 is what fp32 needs.</param>
    public static IEnumerable<TensorCheck> Replay(PretrainedModel pretrained, string casesPath, double tolerance)
    {
        using var cases = SafeTensorsFile.Open(casesPath);
        var model = pretrained.Model;
        if (!cases.Entries.ContainsKey("input_ids"))
        {
            throw new InvalidDataException($"{casesPath}: has no input_ids");
        }

        foreach (var check in Forward(model, cases, tolerance))
        {
            yield return check;
        }

        if (cases.Entries.ContainsKey("greedy") && cases.Entries.ContainsKey("greedy_prompt"))
        {
            yield return Greedy(model, cases);
        }

        foreach (var check in LossAndGradients(pretrained, cases, tolerance))
        {
            yield return check;
        }

        foreach (var check in RotaryCases.Replay(model, cases))
        {
            yield return check;
        }
    }

    /// <summary>Compares two tensors.</summary>
    /// <param name="floor">When set, the tolerance is multiplied by max(floor, largest value).</param>
    internal static TensorCheck Compare(string name, Tensor actual, Tensor expected, double tolerance, double? floor = null)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        if (!actual.shape.AsSpan().SequenceEqual(expected.shape))
        {
            return new TensorCheck(name, double.NaN, double.NaN, false) { Note = $"shape ({string.Join(", ", actual.shape)}) instead of ({string.Join(", ", expected.shape)})" };
        }

        var a = actual.cpu().to_type(ScalarType.Float64);
        var b = expected.to_type(ScalarType.Float64);
        var largest = b.numel() == 0 ? 0 : b.abs().max().item<double>();
        var difference = b.numel() == 0 ? 0 : (a - b).abs().max().item<double>();
        var limit = floor is { } least ? tolerance * Math.Max(least, largest) : tolerance;
        return new TensorCheck(name, difference, largest, difference <= limit);
    }

    private static List<TensorCheck> Forward(CausalLm model, SafeTensorsFile cases, double tolerance)
    {
        var checks = new List<TensorCheck>();
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var ids = cases.Read("input_ids", ScalarType.Int64, model.Place.Device);
        var mask = cases.Entries.ContainsKey("attention_mask") ? cases.Read("attention_mask", ScalarType.Int64, model.Place.Device) : null;
        if (cases.Entries.ContainsKey("logits"))
        {
            var logits = model.Forward(new ForwardInput(ids) { AttentionMask = mask });
            var real = (mask ?? ones_like(ids)).unsqueeze(-1).to_type(logits.dtype);
            checks.Add(Compare("logits", where(real.eq(Native.Scalars.Zero), zeros_like(logits), logits), cases.Read("logits").mul(real.cpu()), tolerance));
        }

        var captured = new Dictionary<int, Tensor>();
        if (cases.Entries.ContainsKey("hidden_states.0") || cases.Entries.ContainsKey("hidden_states.1"))
        {
            model.Hidden(new ForwardInput(ids.narrow(0, 0, 1)) { OnHidden = (i, h) => captured[i] = h.select(0, 0).clone() });
            for (var i = 0; cases.Entries.ContainsKey($"hidden_states.{i}"); i++)
            {
                if (captured.TryGetValue(i, out var hidden))
                {
                    checks.Add(Compare($"hidden_states.{i}", hidden, cases.Read($"hidden_states.{i}"), tolerance, floor: 1));
                }
            }
        }

        return checks;
    }

    private static TensorCheck Greedy(CausalLm model, SafeTensorsFile cases)
    {
        using var prompt = cases.Read("greedy_prompt", ScalarType.Int64);
        using var expected = cases.Read("greedy", ScalarType.Int64);
        var wanted = expected.data<long>().ToArray();
        var actual = GreedyDecoder.Run(model, prompt.data<long>().ToArray(), wanted.Length);
        var wrong = wanted.Zip(actual).Count(p => p.First != p.Second);
        return new TensorCheck("greedy", wrong, wanted.Max(), wrong == 0);
    }

    private static List<TensorCheck> LossAndGradients(PretrainedModel pretrained, SafeTensorsFile cases, double tolerance)
    {
        var checks = new List<TensorCheck>();
        if (!cases.Entries.ContainsKey("loss"))
        {
            return checks;
        }

        var model = pretrained.Model;
        var parameters = model.named_parameters().ToDictionary(p => p.Item1, p => p.Item2, StringComparer.Ordinal);
        var wanted = new List<(string Name, Func<Tensor> Gradient)>();
        var leaves = new List<Parameter>();
        foreach (var entry in cases.Entries.Keys.Where(k => k.StartsWith("grad.", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            var name = entry["grad.".Length..];
            if (pretrained.Family.Gradients?.Invoke(name, pretrained.Config) is { } sources)
            {
                var members = sources.Members.Select(m => parameters[m]).ToList();
                leaves.AddRange(members);
                wanted.Add((entry, () => sources.Join([.. members.Select(m => m.grad ?? zeros_like(m))])));
            }
            else if (Find(parameters, name, pretrained.Family) is { } parameter)
            {
                leaves.Add(parameter);
                wanted.Add((entry, () => parameter.grad ?? zeros_like(parameter)));
            }
            else
            {
                checks.Add(new TensorCheck(entry, double.NaN, double.NaN, false) { Note = "no such parameter" });
            }
        }

        using var scope = NewDisposeScope();
        using var on = enable_grad();
        try
        {
            leaves.ForEach(p => p.requires_grad_(true));
            var ids = cases.Read("input_ids", ScalarType.Int64, model.Place.Device).narrow(0, 0, 1);
            var logits = model.Forward(new ForwardInput(ids)).to_type(ScalarType.Float32);
            var tokens = ids.shape[1];
            var loss = nn.functional.cross_entropy(logits.narrow(1, 0, tokens - 1).reshape(-1, logits.shape[2]), ids.narrow(1, 1, tokens - 1).reshape(-1));
            checks.Insert(0, Compare("loss", loss.detach().reshape(1), cases.Read("loss").reshape(1), tolerance));
            if (leaves.Count > 0)
            {
                loss.backward();
            }

            checks.AddRange(wanted.Select(w => Compare(w.Name, w.Gradient(), cases.Read(w.Name), tolerance, floor: 0)));
        }
        finally
        {
            foreach (var leaf in leaves)
            {
                leaf.grad?.Dispose();
                leaf.grad = null;
                leaf.requires_grad_(false);
            }
        }

        return checks;
    }

    private static Parameter? Find(Dictionary<string, Parameter> parameters, string name, ModelFamily family) =>
        parameters.TryGetValue(name, out var parameter) || parameters.TryGetValue($"{family.BasePrefix}.{name}", out parameter) ? parameter : null;
}
