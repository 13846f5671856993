using Studio.Data.Datasets;
using Studio.Data.Jobs;
using Studio.Data.Recipes;
using Studio.Data.Registry;

namespace Studio.Web.Pages.Train;

/// <summary>What a run will take, as far as it is known: measured by a check, else reckoned from the data and earlier runs on this machine.</summary>
public sealed record RunEstimate
{
    /// <summary>Tokens that many chat templates put before a conversation by themselves.</summary>
    private const int SystemPrompt = 20;

    /// <summary>From a check of exactly these settings.</summary>
    public bool Measured { get; init; }

    public long Train { get; init; }

    public long HeldBack { get; init; }

    public long Tokens { get; init; }

    public long? TrainedTokens { get; init; }

    public int Steps { get; init; }

    public double? Seconds { get; init; }

    public double? SecondsLow { get; init; }

    public double? SecondsHigh { get; init; }

    public long? MemoryBytes { get; init; }

    public long? FreeMemoryBytes { get; init; }

    public long? AdapterBytes { get; init; }

    /// <summary>Earlier runs behind the time.</summary>
    public int PastRuns { get; init; }

    public static RunEstimate From(CheckReport check) => new()
    {
        Measured = true,
        Train = check.Examples,
        HeldBack = check.ValidationExamples,
        Tokens = check.Tokens,
        TrainedTokens = check.TrainedTokens,
        Steps = check.TotalSteps,
        Seconds = check.EstimatedSeconds > 0 ? check.EstimatedSeconds : null,
        SecondsLow = check.EstimatedSecondsLow > 0 ? check.EstimatedSecondsLow : null,
        SecondsHigh = check.EstimatedSecondsHigh > 0 ? check.EstimatedSecondsHigh : null,
        MemoryBytes = check.EstimatedMemoryBytes > 0 ? check.EstimatedMemoryBytes : null,
        FreeMemoryBytes = check.AvailableMemoryBytes > 0 ? check.AvailableMemoryBytes : null,
        AdapterBytes = check.TrainableParameters > 0 ? check.TrainableParameters * sizeof(float) : null,
    };

    /// <param name="data">Versions with their weights.</param>
    /// <param name="past">Finished runs on the same base model.</param>
    public static RunEstimate Reckon(IReadOnlyList<(DatasetVersion Version, double Weight)> data, DatasetVersion? validation, BaseModel? model, Recipe recipe, IReadOnlyList<TrainingJob> past)
    {
        var rows = data.Sum(d => d.Version.ValidRows * d.Weight);
        var heldBack = validation?.ValidRows ?? (long)Math.Round(rows * recipe.Data.ValidationShare);
        var train = validation is null ? (long)Math.Round(rows) - heldBack : (long)Math.Round(rows);
        var tokens = data.Sum(d => d.Version.ValidRows * d.Weight * Math.Min(TokensOf(d.Version), recipe.Data.MaxLength)) * (rows > 0 ? train / rows : 0);
        var perStep = recipe.Optimization.PerDeviceTrainBatchSize * recipe.Optimization.GradientAccumulationSteps;
        var packedRows = recipe.Data.Packing ? Math.Ceiling(tokens / Math.Max(1, recipe.Data.MaxLength * 0.95)) : train;
        var perEpoch = Math.Max(1, Math.Ceiling(packedRows / perStep));
        var steps = train == 0 ? 0 : recipe.Optimization.MaxSteps ?? (int)Math.Ceiling(perEpoch * recipe.Optimization.NumTrainEpochs);
        var rates = past.Select(j => j.Progress.TokensPerSecond).OfType<double>().Where(r => r > 0).ToList();
        double? seconds = rates.Count > 0 && steps > 0 ? tokens / perEpoch * steps / rates.Average() : null;
        return new RunEstimate
        {
            Train = Math.Max(0, train),
            HeldBack = heldBack,
            Tokens = (long)tokens,
            Steps = steps,
            Seconds = seconds,
            SecondsLow = seconds / 1.4,
            SecondsHigh = seconds * 1.4,
            MemoryBytes = past.Select(j => j.Progress.MemoryBytes).OfType<long>().DefaultIfEmpty().Max() is > 0 and var most ? most : null,
            AdapterBytes = recipe.Lora.Enabled ? AdapterWeights(model?.Facts, recipe.Lora) * sizeof(float) : model?.Facts?.Parameters * sizeof(float),
            PastRuns = rates.Count,
        };
    }

    /// <summary>About how many tokens an example of a version has: four letters a token in alphabets, one and a half tokens a Chinese character, and the marks of a chat.</summary>
    public static double TokensOf(DatasetVersion version)
    {
        if (version.Statistics is not { } statistics)
        {
            return 0;
        }

        return (statistics.MeanCharacters * PerCharacter(statistics)) + (version.Kind == ExampleKind.Text ? 0 : SystemPrompt + (12 * Math.Max(1, statistics.MeanTurns / 2)));
    }

    /// <summary>The same for the longest example.</summary>
    public static int LongestTokens(DatasetVersion version) =>
        version.Statistics is { } statistics ? (int)Math.Min(1_000_000, (statistics.LongestCharacters * PerCharacter(statistics)) + 12 + SystemPrompt) : 0;

    private static double PerCharacter(DatasetStatistics statistics)
    {
        var all = Math.Max(1, statistics.Languages.Values.Sum());
        var chinese = statistics.Languages.GetValueOrDefault("zh") / (double)all;
        return (0.26 * (1 - chinese)) + (1.5 * chinese);
    }

    // The shapes of single modules are not recorded; a feed-forward part three times as wide as the model is usual.
    private static long? AdapterWeights(ModelFacts? facts, LoraOptions lora)
    {
        if (facts is null || facts.HiddenSize == 0)
        {
            return null;
        }

        var keyValue = facts.HiddenSize / (double)Math.Max(1, facts.Heads) * Math.Max(1, facts.KeyValueHeads);
        var all = ((18.0 * facts.HiddenSize) + (2 * keyValue)) * facts.Layers * lora.R;
        var chosen = lora.TargetModules.Count == 0 ? facts.LoraDefaultTargets.Count : lora.TargetModules.Contains("all-linear") ? facts.LinearModules.Count : lora.TargetModules.Count;
        return (long)(all * (facts.LinearModules.Count > 0 ? Math.Min(1, chosen / (double)facts.LinearModules.Count) : 1));
    }
}
