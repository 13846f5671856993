using Studio.Training.Checkpoints;
using Studio.Training.Layers;
using Studio.Training.Lora;
using static TorchSharp.torch;

namespace Studio.Training.Verification;

/// <summary>
/// Replays reference outputs of an adapter on its base: logits of the base alone, with the adapter, and merged; loss and gradients of the adapter's tensors; merged matrices.
/// </summary>
public static class AdapterCases
{
    private const double MergedTolerance = 2e-6;

    /// <summary>True when the file is of this kind.</summary>
    public static bool Fits(SafeTensorsFile cases) => cases.Entries.ContainsKey("logits.adapter");

    /// <summary>Compares every tensor of the file; the adapter is merged into the model at the end.</summary>
    public static IEnumerable<TensorCheck> Replay(PretrainedModel pretrained, string adapterFolder, string casesPath, double tolerance)
    {
        using var cases = SafeTensorsFile.Open(casesPath);
        var model = pretrained.Model;
        using var ids = cases.Read("input_ids", ScalarType.Int64, model.Place.Device);
        if (cases.Entries.ContainsKey("logits.base"))
        {
            yield return Logits(model, ids, cases, "logits.base", tolerance);
        }

        using var adapter = AdapterFolder.Load(model, adapterFolder);
        yield return Logits(model, ids, cases, "logits.adapter", tolerance);
        if (cases.Entries.ContainsKey("loss"))
        {
            foreach (var check in LossAndGradients(model, adapter, ids, cases, tolerance))
            {
                yield return check;
            }
        }

        if (!cases.Entries.Keys.Any(k => k.StartsWith("merged.", StringComparison.Ordinal) || k == "logits.merged"))
        {
            yield break;
        }

        string? refusal = null;
        try
        {
            adapter.Merge();
        }
        catch (AdapterException refused)
        {
            refusal = refused.Message;
        }

        if (refusal is not null)
        {
            yield return new TensorCheck("logits.merged", double.NaN, double.NaN, false) { Skipped = true, Note = refusal };
            yield break;
        }

        if (cases.Entries.ContainsKey("logits.merged"))
        {
            yield return Logits(model, ids, cases, "logits.merged", tolerance);
        }

        var parameters = model.named_parameters().ToDictionary(p => p.Item1, p => p.Item2, StringComparer.Ordinal);
        foreach (var name in cases.Entries.Keys.Where(k => k.StartsWith("merged.", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var expected = cases.Read(name);
            yield return parameters.TryGetValue(name["merged.".Length..], out var weight)
                ? ReferenceCases.Compare(name, weight, expected, MergedTolerance, floor: 1)
                : new TensorCheck(name, double.NaN, double.NaN, false) { Skipped = true, Note = "the model holds this tensor in parts" };
        }
    }

    private static TensorCheck Logits(CausalLm model, Tensor ids, SafeTensorsFile cases, string name, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        return ReferenceCases.Compare(name, model.Forward(new ForwardInput(ids)), cases.Read(name), tolerance);
    }

    private static List<TensorCheck> LossAndGradients(CausalLm model, LoraAdapter adapter, Tensor ids, SafeTensorsFile cases, double tolerance)
    {
        var checks = new List<TensorCheck>();
        using var scope = NewDisposeScope();
        using var on = enable_grad();
        var logits = model.Forward(new ForwardInput(ids)).to_type(ScalarType.Float32);
        var last = ids.shape[1] - 1;
        var loss = nn.functional.cross_entropy(logits.narrow(1, 0, last).reshape(-1, logits.shape[2]), ids.narrow(1, 1, last).reshape(-1));
        checks.Add(ReferenceCases.Compare("loss", loss.detach().reshape(1), cases.Read("loss").reshape(1), Math.Min(tolerance, 1e-5) * 2));
        loss.backward();
        var trained = adapter.Parameters().ToDictionary(p => p.Name, p => p.Parameter, StringComparer.Ordinal);
        foreach (var key in cases.Entries.Keys.Where(k => k.StartsWith("grad.", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            var name = key["grad.".Length..];
            name = name.StartsWith("base_model.model.", StringComparison.Ordinal) ? name["base_model.model.".Length..] : name;
            checks.Add(trained.TryGetValue(name, out var parameter)
                ? ReferenceCases.Compare(key, parameter.grad ?? zeros_like(parameter), cases.Read(key), tolerance, floor: 0)
                : new TensorCheck(key, double.NaN, double.NaN, false) { Note = "the adapter has no such tensor" });
        }

        return checks;
    }
}
