using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Layers;

/// <summary>Which keys a query may see beyond causality.</summary>
/// <param name="Window">Only the last this many tokens, itself included.</param>
/// <param name="Chunk">Only tokens of its own block of this many.</param>
public sealed record AttentionPattern(int? Window = null, int? Chunk = null)
{
    public static AttentionPattern Full { get; } = new();
}

/// <summary>What all layers of one forward pass share: positions, masks, rotary tables, documents and the cache plan. Everything is made once, on first use.</summary>
public sealed class ForwardContext : IDisposable
{
    private readonly Tensor? paddingMask;
    private readonly Device device;
    private readonly Dictionary<AttentionPattern, Tensor?> masks = [];
    private readonly Dictionary<(AttentionPattern, int), Tensor?> documentMasks = [];
    private readonly Dictionary<(AttentionPattern, int, int), Tensor> branchMasks = [];
    private readonly Dictionary<(RotaryEmbedding, ScalarType), (Tensor Cos, Tensor Sin)> rotary = [];
    private readonly Dictionary<string, Tensor> shared = [];
    private long? longest;

    public ForwardContext(ForwardInput input)
    {
        Input = input;
        device = input.InputIds.device;
        var shape = input.InputIds.shape;
        if (shape.Length != 2)
        {
            throw new ArgumentException("input ids must be (batch, tokens)");
        }

        (Batch, Tokens) = ((int)shape[0], (int)shape[1]);
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        if (input.Cache is { } cache)
        {
            Plan = new CachePlan(cache, Batch, Tokens, input.NewTokens);
            Keys = Plan.Total;
        }
        else
        {
            Keys = Tokens;
        }

        if (input.SegmentLengths is { } segments)
        {
            if (input.Cache is not null || segments.Length != Batch)
            {
                throw new ArgumentException("packed rows need one list of lengths per row and no cache");
            }

            Documents = Split(segments);
        }
        else if (input.Branches is { } branches)
        {
            if (input.Cache is not null || Batch != 1 || branches.Sum(b => b.Sum()) != Tokens)
            {
                throw new ArgumentException("branches need one row that they fill, and no cache");
            }

            Documents = [.. branches.Select(b => (long)b.Sum())];
        }

        if (input.AttentionMask is { } mask && Documents is null)
        {
            if (mask.shape[0] != Batch || mask.shape[1] != Keys)
            {
                throw new ArgumentException($"the attention mask is ({mask.shape[0]}, {mask.shape[1]}) where ({Batch}, {Keys}) is needed");
            }

            var real = mask.to_type(ScalarType.Bool);
            if (!real.all().item<bool>())
            {
                paddingMask = real.DetachFromDisposeScope();
            }
        }

        Positions = (input.PositionIds ?? Count()).to_type(ScalarType.Int64).DetachFromDisposeScope();
        if (ReferenceEquals(Positions, input.PositionIds))
        {
            Positions = Positions.alias().DetachFromDisposeScope();
        }
    }

    public ForwardInput Input { get; }

    public int Batch { get; }

    /// <summary>New tokens per row.</summary>
    public int Tokens { get; }

    /// <summary>Keys per row: cached and new.</summary>
    public int Keys { get; }

    /// <summary>(batch or 1, tokens) int64</summary>
    public Tensor Positions { get; }

    /// <summary>Documents of packed rows as lengths over the flattened (batch · tokens) axis, or null.</summary>
    public long[]? Documents { get; }

    /// <summary>Length of the beginning and of each branch of a document that has several, or null.</summary>
    public int[]? Branches(int document) => Input.Branches?[document] is { Length: > 2 } lengths ? lengths : null;

    internal CachePlan? Plan { get; }

    /// <summary>True where attention is the plain causal square: no cache behind it, no padding.</summary>
    public bool Square => paddingMask is null && (Plan is null || (Plan.SameStart && Plan.Starts[0] == 0));

    /// <summary>(batch, keys) bool with false at padding, or null when every token is real.</summary>
    public Tensor? PaddingMask => paddingMask;

    /// <summary>Cosine and sine of this pass for one rotary embedding.</summary>
    public (Tensor Cos, Tensor Sin) Rotary(RotaryEmbedding embedding, ScalarType type)
    {
        if (!rotary.TryGetValue((embedding, type), out var tables))
        {
            var (cos, sin) = embedding.Tables(Positions, embedding.DependsOnLength ? Longest : 0, type);
            tables = (cos.DetachFromDisposeScope(), sin.DetachFromDisposeScope());
            rotary.Add((embedding, type), tables);
        }

        return tables;
    }

    /// <summary>Longest position of the batch plus one; waits for the device.</summary>
    public long Longest => longest ??= LongestNow();

    /// <summary>
    /// Visible keys for a pattern, (batch or 1, 1, tokens, keys) bool, or null when causality alone (or, for one new token, nothing) limits them.
    /// </summary>
    public Tensor? Mask(AttentionPattern pattern)
    {
        var narrow = (pattern.Window is { } w && w < Keys) || (pattern.Chunk is { } c && c < Keys);
        var key = narrow ? pattern : AttentionPattern.Full;
        if (!masks.TryGetValue(key, out var mask))
        {
            mask = Build(key, narrow);
            masks.Add(key, mask);
        }

        return mask;
    }

    /// <summary>As <see cref="Mask"/> for one document of a packed row: (1, 1, length, length), or null when causality alone limits it.</summary>
    public Tensor? DocumentMask(AttentionPattern pattern, int length)
    {
        if (!((pattern.Window is { } w && w < length) || (pattern.Chunk is { } c && c < length)))
        {
            return null;
        }

        if (!documentMasks.TryGetValue((pattern, length), out var mask))
        {
            using var scope = NewDisposeScope();
            var at = arange(length, dtype: ScalarType.Int64, device: device);
            mask = Visible(pattern, at.view(1, -1, 1), at.view(1, 1, -1), null).unsqueeze(1).DetachFromDisposeScope();
            documentMasks.Add((pattern, length), mask);
        }

        return mask;
    }

    /// <summary>Visible keys (beginning and branch) of the queries of a branch: (1, 1, branch, beginning + branch).</summary>
    public Tensor BranchMask(AttentionPattern pattern, int beginning, int branch)
    {
        if (!branchMasks.TryGetValue((pattern, beginning, branch), out var mask))
        {
            using var scope = NewDisposeScope();
            var at = arange(beginning + branch, dtype: ScalarType.Int64, device: device);
            mask = Visible(pattern, at.narrow(0, beginning, branch).view(1, -1, 1), at.view(1, 1, -1), null).unsqueeze(1).DetachFromDisposeScope();
            branchMasks.Add((pattern, beginning, branch), mask);
        }

        return mask;
    }

    /// <summary>A tensor that several layers need, made once per pass.</summary>
    public Tensor Shared(string name, Func<Tensor> make)
    {
        if (!shared.TryGetValue(name, out var tensor))
        {
            using var quiet = no_grad();
            using var scope = NewDisposeScope();
            tensor = make().DetachFromDisposeScope();
            shared.Add(name, tensor);
        }

        return tensor;
    }

    /// <summary>Position of each key among the real tokens, (batch or 1, keys) int64; 0 at padding.</summary>
    public Tensor KeyPositions => Shared("key positions", () => paddingMask is null
        ? arange(Keys, dtype: ScalarType.Int64, device: device).unsqueeze(0)
        : paddingMask.to_type(ScalarType.Int64).cumsum(1).sub(Scalars.Of(1L)).mul(paddingMask.to_type(ScalarType.Int64)));

    public void Dispose()
    {
        Positions.Dispose();
        paddingMask?.Dispose();
        Plan?.Dispose();
        foreach (var mask in masks.Values.Concat(documentMasks.Values).Concat(branchMasks.Values))
        {
            mask?.Dispose();
        }

        foreach (var (cos, sin) in rotary.Values)
        {
            cos.Dispose();
            sin.Dispose();
        }

        foreach (var tensor in shared.Values)
        {
            tensor.Dispose();
        }
    }

    private long LongestNow()
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        return Positions.max().item<long>() + 1;
    }

    private Tensor? Build(AttentionPattern pattern, bool narrow)
    {
        var sameStart = Plan is null || Plan.SameStart;
        var start = Plan is null ? 0 : Plan.Starts[0];
        if (!narrow && paddingMask is null && sameStart && (Tokens == 1 || start == 0))
        {
            return null;
        }

        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var query = arange(Tokens, dtype: ScalarType.Int64, device: device).view(1, -1, 1); // (1, tokens, 1)
        if (Plan is not null)
        {
            query = query.add(tensor(Plan.Starts.Select(s => (long)s).ToArray(), device: device).view(-1, 1, 1));
        }

        var keys = arange(Keys, dtype: ScalarType.Int64, device: device).view(1, 1, -1);
        return Visible(pattern, query, keys, paddingMask).unsqueeze(1).DetachFromDisposeScope();
    }

    private static Tensor Visible(AttentionPattern pattern, Tensor query, Tensor keys, Tensor? padding)
    {
        var visible = keys.le(query);
        if (pattern.Window is { } window)
        {
            visible = visible.logical_and(keys.gt(query.sub(Scalars.Of((long)window))));
        }

        if (pattern.Chunk is { } chunk)
        {
            // Blocks are counted from the first real token.
            var left = padding is null ? zeros([1, 1, 1], dtype: ScalarType.Int64, device: keys.device)
                : padding.to_type(ScalarType.Int64).argmax(1).view(-1, 1, 1);
            var size = Scalars.Of((long)chunk);
            visible = visible.logical_and(keys.sub(left).div(size, RoundingMode.floor).eq(query.sub(left).div(size, RoundingMode.floor)));
        }

        if (padding is not null)
        {
            // A padded query sees itself, so that its row stays a number and never poisons a later layer.
            visible = visible.logical_and(padding.unsqueeze(1)).logical_or(keys.eq(query));
        }

        return visible;
    }

    private Tensor Count()
    {
        if (Documents is not null)
        {
            var flat = new long[Batch * Tokens];
            var at = 0;
            for (var d = 0; d < Documents.Length; d++)
            {
                var beginning = 0;
                foreach (var length in Branches(d) ?? [(int)Documents[d]])
                {
                    for (var i = 0; i < length; i++)
                    {
                        flat[at++] = beginning + i;
                    }

                    beginning = beginning == 0 ? length : beginning;
                }
            }

            return tensor(flat, device: device).view(Batch, Tokens);
        }

        if (paddingMask is not null)
        {
            return paddingMask.to_type(ScalarType.Int64).cumsum(1).sub(Scalars.Of(1L)).clamp_min(Scalars.Of(0L)).narrow(1, Keys - Tokens, Tokens);
        }

        var range = arange(Tokens, dtype: ScalarType.Int64, device: device).unsqueeze(0);
        if (Plan is null)
        {
            return range;
        }

        return Plan.SameStart ? range.add(Scalars.Of((long)Plan.Starts[0])) : range.add(tensor(Plan.Starts.Select(s => (long)s).ToArray(), device: device).unsqueeze(1));
    }

    private long[] Split(int[][] segments)
    {
        var lengths = new List<long>();
        foreach (var row in segments)
        {
            var sum = row.Sum();
            if (sum > Tokens || row.Any(l => l < 1))
            {
                throw new ArgumentException($"document lengths add up to {sum} in a row of {Tokens} tokens");
            }

            lengths.AddRange(row.Select(l => (long)l));
            if (sum < Tokens)
            {
                lengths.Add(Tokens - sum);
            }
        }

        return [.. lengths];
    }
}
