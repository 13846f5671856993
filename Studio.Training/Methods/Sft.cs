using Studio.Data.Examples;
using Studio.Data.Recipes;
using Studio.Data.Recipes.Methods;
using Studio.Training.Batching;
using Studio.Training.Layers;
using Studio.Training.Native;
using static TorchSharp.torch;

namespace Studio.Training.Methods;

/// <summary>Rows of documents laid end to end: nothing is padding, every document sees only itself.</summary>
public sealed record SftBatch : TrainingBatch
{
    /// <summary>(1, tokens)</summary>
    public required Tensor Ids { get; init; }

    /// <summary>Tokens of each document.</summary>
    public required int[] Segments { get; init; }

    /// <summary>(scored): positions whose next token is scored.</summary>
    public required Tensor Positions { get; init; }

    /// <summary>(scored): those next tokens.</summary>
    public required Tensor Targets { get; init; }

    /// <summary>(scored), or null where every weight is 1.</summary>
    public Tensor? Weights { get; init; }

    /// <summary>Longest row, the width a padded batch would have.</summary>
    public required int Width { get; init; }

    public override void Dispose()
    {
        Ids.Dispose();
        Positions.Dispose();
        Targets.Dispose();
        Weights?.Dispose();
        base.Dispose();
    }
}

/// <summary>
/// Supervised fine-tuning: the cross-entropy of the tokens that a person wants the model to say, given everything before them.
/// L = Σ w_t · −log p(x_t | x_&lt;t) / Σ w_t over one optimizer step (transformers' num_items_in_batch), whatever the number of micro-batches.
/// With hold_to_base, tokens that the base would say anyway count KL(base ‖ model) instead: no gradient at the start, so training moves only what shall differ.
/// </summary>
public class Sft : TrainingMethod
{
    // Wider batches go through in pieces of whole documents; a CPU is as fast with this many tokens as with more.
    private const int PieceTokens = 1024;

    private readonly SftOptions options;
    private readonly DataOptions data;
    private IReadOnlyList<LabelledTokens> train = [];
    private IReadOnlyList<LabelledTokens> validation = [];
    private IReadOnlyList<Example> validationSource = [];
    private IReadOnlyList<PackedRow>? rows;

    public Sft(MethodContext context)
        : this(context, (SftOptions)TrainingMethods.Find("sft")!.Read(context.Spec.Recipe.MethodOptions))
    {
    }

    protected Sft(MethodContext context, SftOptions options)
        : base(context)
    {
        this.options = options;
        data = context.Spec.Recipe.Data;
    }

    /// <summary>Also log the entropy of the predictions in training, at the cost of a pass over the logits.</summary>
    internal bool LogEntropy { get; set; }

    public override int BatchesPerEpoch => BatchesOf(RowCount);

    protected int RowCount => rows?.Count ?? train.Count;

    /// <summary>Documents of a row see each other.</summary>
    protected virtual bool Joined => data.Packing && data.PackingStrategy == "wrapped";

    public override PreparedData Prepare(CancellationToken cancel)
    {
        var reader = new ExampleReader(Context.Base, data);
        var parts = DataParts<LabelledTokens>.Read(Context, path => reader.Read(path, cancel));
        (validation, validationSource) = (parts.Validation, parts.ValidationSource);
        return Use(parts.Train, parts.Report);
    }

    /// <summary>Takes tokenised examples as they are; <see cref="Prepare"/> ends here.</summary>
    internal PreparedData Use(IReadOnlyList<LabelledTokens> examples, PreparedData report)
    {
        train = examples;
        if (!data.Packing)
        {
            return report;
        }

        var strategy = Packing.Parse(data.PackingStrategy);
        rows = Packing.Pack(train is TokenFile file ? file.Lengths : [.. train.Select(e => e.Ids.Length)], data.MaxLength, strategy);

        // A row that holds no scored token (a piece of a split document) would only cost time.
        rows = [.. rows.Where(r => train is TokenFile ? r.Fragments.Any(f => f.Count > 1) || (Joined && r.Length > 1) : r.Fragments.Any(f => Scored(train[f.Document], f, Joined)))];
        var filled = rows.Sum(r => (long)r.Length);
        return report with { PaddingShare = rows.Count == 0 ? 0 : 1 - (double)filled / ((long)rows.Count * data.MaxLength) };
    }

    /// <summary>Takes tokenised validation examples as they are.</summary>
    private protected void Hold(IReadOnlyList<LabelledTokens> examples) => validation = examples;

    public override IEnumerable<TrainingBatch> Batches(int epoch, int skip)
    {
        foreach (var members in Members(RowCount, epoch, skip))
        {
            yield return Collate([.. members.Select(Row)], Joined);
        }
    }

    public override BatchLoss Loss(TrainingBatch batch, AccumulationWindow window)
    {
        var sft = (SftBatch)batch;
        var divisor = Math.Max(window.ScoredTokens, 1e-9);
        var how = new TokenLossOptions(options.LossType == "dft", options.LossType == "dft" ? 0 : options.LabelSmoothingFactor, LogEntropy, options.HoldToBase);
        double before = 0, entropy = 0;
        long correct = 0, count = 0;
        void Add(TokenLossResult result)
        {
            entropy += result.EntropySum;
            correct += result.Correct;
            count += result.Count;
        }

        // Documents do not see each other and the divisor is that of the window, so a wide batch may go through in pieces: the same gradient in less memory.
        var pieces = Pieces(sft);
        foreach (var piece in pieces.SkipLast(1))
        {
            using var scope = NewDisposeScope();
            var (part, seen) = Forward(piece, divisor, how, train: true);
            part.backward();
            before += seen.Loss;
            Add(seen);
        }

        var (loss, result) = Forward(pieces[^1], divisor, how, train: true);
        Add(result);
        if (pieces.Count > 1)
        {
            loss = loss + tensor((float)before, device: Context.Device);
        }

        Dictionary<string, double> metrics = new() { ["mean_token_accuracy"] = count == 0 ? 0 : (double)correct / count };
        if (LogEntropy && count > 0)
        {
            metrics["entropy"] = entropy / count;
        }

        return new BatchLoss(loss, metrics);
    }

    /// <summary>Runs of segments of at most <see cref="PieceTokens"/> tokens; one piece where noise belongs to the whole batch or the device is made for wide batches.</summary>
    private List<SftBatch> Pieces(SftBatch batch)
    {
        if (Context.Device.type != TorchSharp.DeviceType.CPU || options.NeftuneNoiseAlpha is > 0 || batch.Tokens <= PieceTokens)
        {
            return [batch];
        }

        List<SftBatch> pieces = [];
        for (int first = 0, at = 0; first < batch.Segments.Length; first = at)
        {
            for (var tokens = 0; at < batch.Segments.Length && (at == first || tokens + batch.Segments[at] <= PieceTokens); at++)
            {
                tokens += batch.Segments[at];
            }

            // A piece without a scored token has no gradient.
            if (Slice(batch, (first, at - first)) is var piece && piece.Targets.shape[0] > 0)
            {
                pieces.Add(piece);
            }
        }

        return pieces.Count == 0 ? [batch] : pieces;
    }

    private static SftBatch Slice(SftBatch batch, (int First, int Count) piece)
    {
        long start = batch.Segments.Take(piece.First).Sum();
        var segments = batch.Segments.AsSpan(piece.First, piece.Count).ToArray();
        long length = segments.Sum();
        var positions = batch.Positions.data<long>().ToArray();
        var from = Array.FindIndex(positions, p => p >= start) is >= 0 and var found ? found : positions.Length;
        var to = Array.FindIndex(positions, p => p >= start + length) is >= 0 and var end ? end : positions.Length;
        return batch with
        {
            Ids = batch.Ids.narrow(1, start, length),
            Segments = segments,
            Positions = batch.Positions.narrow(0, from, to - from) - Scalars.Of(start),
            Targets = batch.Targets.narrow(0, from, to - from),
            Weights = batch.Weights?.narrow(0, from, to - from),
        };
    }

    public override IReadOnlyDictionary<string, double>? Evaluate(CancellationToken cancel)
    {
        if (validation.Count == 0)
        {
            return null;
        }

        using var quiet = no_grad();
        double loss = 0, weight = 0, entropy = 0;
        long correct = 0, count = 0;

        // Longest first, packed by tokens: the order does not matter for a mean, and few large passes are faster.
        var packed = Packing.Pack([.. validation.Select(e => e.Ids.Length)], Math.Max(data.MaxLength, validation.Max(e => e.Ids.Length)), PackingStrategy.Bfd);
        foreach (var row in packed.Chunk(Math.Max(1, Context.BatchSize)))
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var batch = Collate([.. row.Select(r => r.Fragments.Select(f => Piece(validation[f.Document], f)).ToArray())], false);
            var (_, result) = Forward(batch, 1, new TokenLossOptions(Entropy: true), train: false);
            loss += result.Loss;
            weight += batch.ScoredTokens;
            entropy += result.EntropySum;
            correct += result.Correct;
            count += result.Count;
        }

        return weight <= 0 ? null : new Dictionary<string, double>
        {
            ["eval_loss"] = loss / weight,
            ["eval_mean_token_accuracy"] = (double)correct / Math.Max(1, count),
            ["eval_entropy"] = entropy / Math.Max(1, count),
        };
    }

    public override IReadOnlyList<SamplePrompt> SamplePrompts(int count) =>
        new ExampleReader(Context.Base, data).Prompts(Context.Spec.SamplePrompts, validationSource, count);

    private (Tensor Loss, TokenLossResult Result) Forward(SftBatch batch, double divisor, TokenLossOptions loss, bool train)
    {
        var model = Context.Base.Model;
        using var noise = train && options.NeftuneNoiseAlpha is > 0 and var alpha ? Neftune.On(model, alpha, batch.Width) : null;
        var hidden = model.Hidden(new ForwardInput(batch.Ids) { SegmentLengths = [batch.Segments] });
        var scored = hidden.reshape(-1, hidden.shape[^1]).index_select(0, batch.Positions);
        using var reference = train && options.HoldToBase > 0 ? Reference(batch) : null;
        var result = TokenLoss.Compute(model.Head, scored, batch.Targets, batch.Weights, divisor, loss, train, reference);
        return (train ? TokenLoss.Attach(scored, result) : hidden, result);
    }

    /// <summary>(scored, hidden) of the base under the adapter; null where there is no adapter to take off.</summary>
    private Tensor? Reference(SftBatch batch)
    {
        if (Context.Adapter is not { } adapter)
        {
            return null;
        }

        using var quiet = no_grad();
        using var off = adapter.Disable();
        using var hidden = Context.Base.Model.Hidden(new ForwardInput(batch.Ids) { SegmentLengths = [batch.Segments] });
        return hidden.reshape(-1, hidden.shape[^1]).index_select(0, batch.Positions);
    }

    private Document[] Row(int index)
    {
        if (rows is null)
        {
            return [Piece(train[index], new Fragment(index, 0, train[index].Ids.Length))];
        }

        return [.. rows[index].Fragments.Select(f => Piece(train[f.Document], f))];
    }

    private static Document Piece(LabelledTokens example, Fragment fragment) => new(
        example.Ids.AsMemory(fragment.Start, fragment.Count),
        example.Labels.AsMemory(fragment.Start, fragment.Count),
        example.Weights is null ? default : example.Weights.AsMemory(fragment.Start, fragment.Count));

    private static bool Scored(LabelledTokens example, Fragment fragment, bool firstCounts) =>
        example.Labels.AsSpan(fragment.Start, fragment.Count)[(firstCounts ? 0 : Math.Min(1, fragment.Count))..].ContainsAnyExcept(Collation.Ignored);

    /// <param name="joined">Documents of a row see each other (wrapped packing).</param>
    private SftBatch Collate(IReadOnlyList<Document[]> packed, bool joined)
    {
        var total = packed.Sum(r => r.Sum(d => d.Ids.Length));
        var ids = new long[total];
        List<long> positions = new(total), targets = new(total);
        List<float> weights = new(total);
        List<int> segments = [];
        var at = 0;
        double scored = 0;
        var plain = true;
        foreach (var row in packed)
        {
            var rowStart = at;
            foreach (var document in row)
            {
                for (var i = 0; i < document.Ids.Length; i++, at++)
                {
                    ids[at] = document.Ids.Span[i];
                    var label = document.Labels.Span[i];
                    var first = joined ? at == rowStart : i == 0;
                    var weight = document.Weights.IsEmpty ? 1f : document.Weights.Span[i];
                    if (label == Collation.Ignored || first || weight == 0)
                    {
                        continue;
                    }

                    positions.Add(at - 1);
                    targets.Add(label);
                    weights.Add(weight);
                    plain &= weight == 1;
                    scored += weight;
                }

                if (!joined && document.Ids.Length > 0)
                {
                    segments.Add(document.Ids.Length);
                }
            }

            if (joined && at > rowStart)
            {
                segments.Add(at - rowStart);
            }
        }

        var device = Context.Device;
        return new SftBatch
        {
            Ids = tensor(ids, device: device).reshape(1, total).DetachFromDisposeScope(),
            Segments = [.. segments],
            Positions = tensor(positions.ToArray(), device: device).DetachFromDisposeScope(),
            Targets = tensor(targets.ToArray(), device: device).DetachFromDisposeScope(),
            Weights = plain ? null : tensor(weights.ToArray(), device: device).DetachFromDisposeScope(),
            Width = packed.Max(r => r.Sum(d => d.Ids.Length)),
            Tokens = total,
            ScoredTokens = scored,
        };
    }

    private readonly record struct Document(ReadOnlyMemory<int> Ids, ReadOnlyMemory<int> Labels, ReadOnlyMemory<float> Weights);
}
