using System.Diagnostics;
using Studio.Training.Batching;
using Studio.Training.Checkpoints;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Studio.Benchmarks;

/// <summary>
/// LoRA training as one writes it with TorchSharp's own modules: fp32, rows padded to the longest of the batch, a boolean mask, logits and cross-entropy over every position, one AdamW.
/// </summary>
internal static class PlainLoop
{
    public static LapResult Run(PretrainedModel source, List<LabelledTokens> examples, int batch, int steps)
    {
        using var model = new PlainLlama(source);
        var trained = model.Trained().ToList();
        using var optimizer = optim.AdamW(trained, TrainLap.LearningRate, weight_decay: 0);
        var clock = new Stopwatch();
        long tokens = 0, padded = 0, scored = 0;
        double first = 0, last = 0, cpu = 0;
        for (var step = 0; step <= steps; step++)
        {
            using var scope = NewDisposeScope();
            var rows = Enumerable.Range(0, batch).Select(i => examples[(step * batch + i) % examples.Count]).ToArray();
            var ids = Tensor(Collation.Pad([.. rows.Select(r => r.Ids)], source.PadTokenId));
            var labels = Tensor(Collation.Pad([.. rows.Select(r => r.Labels)], Collation.Ignored));
            var mask = Tensor(Collation.Mask([.. rows.Select(r => r.Ids.Length)]));
            var width = ids.shape[1];
            optimizer.zero_grad();
            var logits = model.forward(ids, mask);
            var vocabulary = logits.shape[^1];
            var loss = nn.functional.cross_entropy(logits.narrow(1, 0, width - 1).reshape(-1, vocabulary), labels.narrow(1, 1, width - 1).reshape(-1), ignore_index: Collation.Ignored);
            loss.backward();
            nn.utils.clip_grad_norm_(trained, 1.0);
            optimizer.step();
            last = loss.item<float>();
            if (step == 0)
            {
                first = last;
                clock.Start();
                cpu = TrainLap.Cpu();
                continue;
            }

            tokens += rows.Sum(r => r.Ids.Length);
            padded += rows.Length * width;
            scored += rows.Sum(r => r.Labels.Skip(1).Count(l => l != Collation.Ignored));
        }

        return new LapResult("plain", "fp32", steps, tokens, padded, scored, clock.Elapsed.TotalSeconds, TrainLap.Cpu() - cpu, first, last, 0);
    }

    private static Tensor Tensor(Grid grid) => tensor(grid.Values).reshape(grid.Rows, grid.Width);
}

/// <summary>A linear layer with LoRA beside it.</summary>
internal sealed class PlainLora : nn.Module<Tensor, Tensor>
{
    private readonly Tensor weight;
    private readonly Parameter a, b;

    public PlainLora(Tensor weight) : base(nameof(PlainLora))
    {
        this.weight = weight;
        a = new Parameter((rand(TrainLap.Rank, weight.shape[1]) * 2 - 1) / Math.Sqrt(weight.shape[1]));
        b = new Parameter(zeros(weight.shape[0], TrainLap.Rank));
        a.DetachFromDisposeScope();
        b.DetachFromDisposeScope();
    }

    public IEnumerable<Parameter> Trained => [a, b];

    public override Tensor forward(Tensor x) => x.matmul(weight.t()) + x.matmul(a.t()).matmul(b.t()) * (TrainLap.Alpha / TrainLap.Rank);
}

/// <summary>A Llama written with TorchSharp's own operators.</summary>
internal sealed class PlainLlama : IDisposable
{
    private readonly Tensor embedding, finalNorm;
    private readonly List<(Tensor Norm1, Tensor Norm2, PlainLora Q, PlainLora K, PlainLora V, PlainLora O, PlainLora Gate, PlainLora Up, PlainLora Down)> layers = [];
    private readonly int heads, kvHeads, dim;
    private readonly double eps, theta;

    public PlainLlama(PretrainedModel source)
    {
        var weights = source.Model.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter);
        var config = source.Config;
        (heads, kvHeads, dim, eps, theta) = (config.Heads, config.KvHeads, config.HeadDim, config.NormEps, config.Rope().Theta);
        embedding = weights["model.embed_tokens.weight"];
        finalNorm = weights["model.norm.weight"];
        for (var i = 0; i < config.Layers; i++)
        {
            PlainLora Layer(string name) => new(weights[$"model.layers.{i}.{name}.weight"]);
            layers.Add((weights[$"model.layers.{i}.input_layernorm.weight"], weights[$"model.layers.{i}.post_attention_layernorm.weight"],
                Layer("self_attn.q_proj"), Layer("self_attn.k_proj"), Layer("self_attn.v_proj"), Layer("self_attn.o_proj"), Layer("mlp.gate_proj"), Layer("mlp.up_proj"), Layer("mlp.down_proj")));
        }
    }

    public IEnumerable<Parameter> Trained() => layers.SelectMany(l => ((PlainLora[])[l.Q, l.K, l.V, l.O, l.Gate, l.Up, l.Down]).SelectMany(p => p.Trained));

    public Tensor forward(Tensor ids, Tensor mask)
    {
        var (batch, width) = (ids.shape[0], ids.shape[1]);
        var x = embedding.index_select(0, ids.reshape(-1)).view(batch, width, -1);
        var frequency = pow(theta, arange(0, dim, 2, dtype: ScalarType.Float32) / dim).reciprocal();
        var angles = outer(arange(width, dtype: ScalarType.Float32), frequency);
        angles = cat([angles, angles], -1);
        var (cos, sin) = (angles.cos(), angles.sin());
        var visible = ones([width, width], dtype: ScalarType.Bool).tril().unsqueeze(0).logical_and(mask.to_type(ScalarType.Bool).unsqueeze(1)).unsqueeze(1);
        foreach (var l in layers)
        {
            var h = Norm(x, l.Norm1);
            var q = Rotate(l.Q.forward(h).view(batch, width, heads, dim).transpose(1, 2), cos, sin);
            var k = Rotate(l.K.forward(h).view(batch, width, kvHeads, dim).transpose(1, 2), cos, sin).repeat_interleave(heads / kvHeads, 1);
            var v = l.V.forward(h).view(batch, width, kvHeads, dim).transpose(1, 2).repeat_interleave(heads / kvHeads, 1);
            var mixed = nn.functional.scaled_dot_product_attention(q, k, v, visible);
            x = x + l.O.forward(mixed.transpose(1, 2).reshape(batch, width, heads * dim));
            h = Norm(x, l.Norm2);
            x = x + l.Down.forward(nn.functional.silu(l.Gate.forward(h)) * l.Up.forward(h));
        }

        return Norm(x, finalNorm).matmul(embedding.t());
    }

    public void Dispose()
    {
        foreach (var parameter in Trained())
        {
            parameter.Dispose();
        }
    }

    private Tensor Norm(Tensor x, Tensor weight) => x * (x.pow(2).mean([-1], keepdim: true) + eps).rsqrt() * weight;

    private Tensor Rotate(Tensor x, Tensor cos, Tensor sin)
    {
        var half = dim / 2;
        return x * cos + cat([-x.narrow(-1, half, half), x.narrow(-1, 0, half)], -1) * sin;
    }
}
