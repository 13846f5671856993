using Studio.Training.Models;
using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Layers;

/// <summary>The parts of a decoder-only language model; what is null is not there.</summary>
public sealed record CausalLmParts
{
    public required DecoderConfig Config { get; init; }
    public required TensorPlace Place { get; init; }
    public Named<TokenEmbedding>? Positions { get; init; }
    public required Named<TokenEmbedding> Embedding { get; init; }

    /// <summary>Added to a position before its row is looked up.</summary>
    public int PositionOffset { get; init; }

    /// <summary>Computed positions instead of a table: (batch, tokens) to (batch, tokens, hidden).</summary>
    public Func<Tensor, Tensor>? PositionRows { get; init; }

    /// <summary>Factor on the embeddings, rounded to their type.</summary>
    public double EmbeddingScale { get; init; } = 1;
    public Named<nn.Module<Tensor, Tensor>>? EmbeddingNorm { get; init; }
    public Named<ProjectionLinear>? ProjectIn { get; init; }
    public Named<ProjectionLinear>? ProjectOut { get; init; }

    /// <summary>Path of the layers, for example <c>model.layers</c>.</summary>
    public required string BlocksPath { get; init; }
    public required IReadOnlyList<DecoderBlock> Blocks { get; init; }
    public Named<nn.Module<Tensor, Tensor>>? FinalNorm { get; init; }

    /// <summary>The output head; null ties it to the embedding under <see cref="HeadName"/>.</summary>
    public Named<ProjectionLinear>? Head { get; init; }
    public string HeadName { get; init; } = "lm_head";

    /// <summary>A tied head with a bias of its own.</summary>
    public bool TiedHeadBias { get; init; }

    /// <summary>Factor on the input of the head.</summary>
    public double HeadInputScale { get; init; } = 1;

    /// <summary>Factor on the logits.</summary>
    public double LogitScale { get; init; } = 1;
    public double LogitSoftCap { get; init; }

    /// <summary>Length at which a cached generation starts over, because all positions change there; null for never.</summary>
    public int? CacheRestartLength { get; init; }
}

/// <summary>A decoder-only language model: embedding, layers, norm, head. Parameters carry the names of the checkpoint and take no gradient unless asked to.</summary>
public sealed class CausalLm : nn.Module
{
    private readonly CausalLmParts parts;
    private readonly ProjectionLinear head;
    private readonly List<CacheLayout> layouts;
    private IReadOnlyList<(string, ProjectionLinear)>? projections;

    public CausalLm(CausalLmParts parts) : base(nameof(CausalLm))
    {
        this.parts = parts;
        var places = new Dictionary<string, Container>();
        void Add(string path, nn.Module module) => Container.Place(this, places, path, module);
        Add(parts.Embedding.Path, parts.Embedding.Module);
        if (parts.Positions is { } positions)
        {
            Add(positions.Path, positions.Module);
        }

        foreach (var extra in (Named<nn.Module<Tensor, Tensor>>?[])[parts.EmbeddingNorm, parts.FinalNorm])
        {
            if (extra is { Path.Length: > 0 })
            {
                Add(extra.Path, extra.Module);
            }
        }

        foreach (var extra in (Named<ProjectionLinear>?[])[parts.ProjectIn, parts.ProjectOut])
        {
            if (extra is not null)
            {
                Add(extra.Path, extra.Module);
            }
        }

        for (var i = 0; i < parts.Blocks.Count; i++)
        {
            Add($"{parts.BlocksPath}.{i}", parts.Blocks[i]);
        }

        head = parts.Head?.Module ?? new ProjectionLinear(parts.Embedding.Module.Weight, parts.TiedHeadBias, parts.Place);
        Add(parts.Head?.Path ?? parts.HeadName, head);
        layouts = [.. parts.Blocks.Select(b => b.Mixer.Cache ?? new CacheLayout(0, 1, 1))];
        eval();
    }

    public DecoderConfig Config => parts.Config;

    public TensorPlace Place => parts.Place;

    public TokenEmbedding Embedding => parts.Embedding.Module;

    /// <summary>Path of the token embedding in the checkpoint, without <c>.weight</c>.</summary>
    public string EmbeddingPath => parts.Embedding.Path;

    /// <summary>The token embedding and, where there is one, the table of positions, with their paths in the checkpoint.</summary>
    public IReadOnlyList<(string Path, TokenEmbedding Embedding)> Embeddings => parts.Positions is { } table
        ? [(parts.Embedding.Path, parts.Embedding.Module), (table.Path, table.Module)]
        : [(parts.Embedding.Path, parts.Embedding.Module)];

    public ProjectionLinear HeadProjection => head;

    /// <summary>Path of the output head in the checkpoint, without <c>.weight</c>.</summary>
    public string HeadPath => parts.Head?.Path ?? parts.HeadName;

    public IReadOnlyList<DecoderBlock> Blocks => parts.Blocks;

    /// <summary>Length at which a cached generation must be started over from its tokens, or null.</summary>
    public int? CacheRestartLength => parts.CacheRestartLength;

    /// <summary>Runs all layers.</summary>
    /// <returns>(batch, tokens, hidden), after the final norm: the input of <see cref="Head"/>.</returns>
    public Tensor Hidden(ForwardInput input)
    {
        using var context = new ForwardContext(input);
        var x = Embed(input.InputIds, context);
        input.OnHidden?.Invoke(0, x);
        for (var i = 0; i < parts.Blocks.Count; i++)
        {
            var next = RunBlock(i, x, context);
            if (i + 1 < parts.Blocks.Count)
            {
                input.OnHidden?.Invoke(i + 1, next);
            }

            x.Dispose();
            x = next;
        }

        using (x)
        {
            var last = Finish(x);
            input.OnHidden?.Invoke(parts.Blocks.Count, last);
            if (context.Plan is not null)
            {
                input.Cache!.Advance(context.Plan);
            }

            return last;
        }
    }

    /// <summary>Embeds tokens: the input of the first layer.</summary>
    public Tensor Embed(Tensor ids, ForwardContext context)
    {
        using var scope = NewDisposeScope();
        var x = parts.Embedding.Module.forward(ids);
        if (parts.EmbeddingScale != 1)
        {
            var rounded = x.dtype == ScalarType.Float32 ? (float)parts.EmbeddingScale : Rounded(parts.EmbeddingScale, x.dtype);
            x = x.mul(Scalars.Of((double)rounded));
        }

        if (parts.ProjectIn is { } into)
        {
            x = into.Module.forward(x);
        }

        if (parts.Positions is { } table)
        {
            var at = parts.PositionOffset == 0 ? context.Positions : context.Positions.add(Scalars.Of((long)parts.PositionOffset));
            x = x.add(table.Module.forward(at));
        }
        else if (parts.PositionRows is { } rows)
        {
            x = x.add(rows(context.Positions).to_type(x.dtype));
        }

        if (parts.EmbeddingNorm is { } norm)
        {
            x = norm.Module.forward(x);
        }

        return x.MoveToOuterDisposeScope();
    }

    /// <summary>Runs one layer.</summary>
    public Tensor RunBlock(int layer, Tensor x, ForwardContext context)
    {
        using var scope = NewDisposeScope();
        return parts.Blocks[layer].Forward(x, context, layer).MoveToOuterDisposeScope();
    }

    /// <summary>The final norm.</summary>
    public Tensor Finish(Tensor x)
    {
        using var scope = NewDisposeScope();
        var y = parts.FinalNorm is { } norm ? norm.Module.forward(x) : x.alias();
        if (parts.ProjectOut is { } outOf)
        {
            y = outOf.Module.forward(y);
        }

        return y.MoveToOuterDisposeScope();
    }

    /// <summary>Logits of any choice of positions.</summary>
    /// <param name="hidden">(..., hidden) from <see cref="Hidden"/>.</param>
    /// <returns>(..., vocabulary)</returns>
    public Tensor Head(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var x = parts.HeadInputScale == 1 ? hidden : hidden.mul(Scalars.Of(parts.HeadInputScale));
        var logits = head.forward(x);
        if (parts.LogitScale != 1)
        {
            logits = logits.mul(Scalars.Of(parts.LogitScale));
        }

        if (parts.LogitSoftCap != 0)
        {
            logits = logits.mul(Scalars.Of(1 / parts.LogitSoftCap)).tanh().mul(Scalars.Of(parts.LogitSoftCap));
        }

        return logits.MoveToOuterDisposeScope();
    }

    /// <summary>Logits of all positions, (batch, tokens, vocabulary).</summary>
    public Tensor Forward(ForwardInput input)
    {
        using var hidden = Hidden(input);
        return Head(hidden);
    }

    /// <summary>An empty cache for <paramref name="batch"/> sequences of up to <paramref name="maxTokens"/> tokens.</summary>
    public KvCache CreateCache(int batch, int maxTokens) => new(batch, maxTokens, layouts, parts.Place);

    /// <summary>Every projection with its path in the checkpoint (without <c>.weight</c>), in layer order; the output head comes last.</summary>
    public IReadOnlyList<(string CheckpointName, ProjectionLinear Projection)> Projections() => projections ??= FindProjections();

    /// <summary>Number of weights, tied ones once.</summary>
    public long ParameterCount => parameters().Sum(p => p.numel());

    private List<(string, ProjectionLinear)> FindProjections()
    {
        // TorchSharp also lists a module under the name of the field that holds it; the checkpoint's name comes first.
        var seen = new HashSet<ProjectionLinear>(ReferenceEqualityComparer.Instance) { head };
        var found = new List<(string, ProjectionLinear)>();
        foreach (var (name, module) in named_modules())
        {
            if (module is ProjectionLinear projection && seen.Add(projection))
            {
                found.Add((name, projection));
            }
        }

        found.Add((HeadPath, head));
        return found;
    }

    private static float Rounded(double value, ScalarType type)
    {
        using var scope = NewDisposeScope();
        return tensor((float)value).to_type(type).to_type(ScalarType.Float32).item<float>();
    }
}
