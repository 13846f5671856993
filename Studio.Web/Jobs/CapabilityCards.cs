using Studio.Data.Evaluation;
using Studio.Data.Evaluation.Scorecards;
using Studio.Data.Store;

namespace Studio.Web.Jobs;

/// <summary>A card and what it is about.</summary>
public sealed record CapabilityCard(Scorecard Card, ScorecardSubject Subject);

/// <summary>Fills in the capability scorecard of an adapter or a base model from its evaluations and the records of this installation.</summary>
public sealed class CapabilityCards(StudioDatabase database, TimeProvider time)
{
    /// <param name="adapterId">Null makes the card of the base model.</param>
    public Outcome<CapabilityCard> Of(string? adapterId, string? baseModelId)
    {
        var adapter = adapterId is null ? null : database.Adapters.Get(adapterId);
        if (adapterId is not null && adapter is null)
        {
            return Refusals.Missing("adapter", adapterId, "adapter_id");
        }

        var modelId = adapter?.BaseModelId ?? baseModelId;
        if (modelId is null)
        {
            return Refusals.Invalid("adapter_id", "No model was named.", "Give adapter_id or base_model_id.");
        }

        var model = database.BaseModels.Get(modelId);
        if (model is null && adapter is null)
        {
            return Refusals.Missing("base model", modelId, "base_model_id");
        }

        var own = database.Evaluations.List(e => e.Result is not null && (adapter is null ? IsOfBase(e, modelId) : e.AdapterId == adapter.Id));
        var before = adapter is null ? [] : database.Evaluations.List(e => e.Result is not null && IsOfBase(e, modelId));
        var evidence = Evidence();
        var card = Scorecard.Of(ScorecardMap.Capability, Scored(own), adapter is null ? evidence : evidence.Of(adapter), Scored(before));
        var used = card.Items.Select(i => i.EvaluationId).OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        var results = own.Where(e => used.Contains(e.Id)).ToList();
        return new CapabilityCard(card, new ScorecardSubject
        {
            Model = adapter is null ? model!.Name : FormattableString.Invariant($"{adapter.Name} v{adapter.Version}"),
            BaseModel = model?.Name ?? modelId,
            BaseSha256 = results.Count > 0 ? results[0].Result!.BaseSha256 : model?.Facts?.Sha256,
            AdapterSha256 = adapter?.Sha256,
            Seed = results.Count > 0 ? results[0].Seed : null,
            CodeVersion = typeof(CapabilityCards).Assembly.GetName().Version?.ToString(3),
            MadeAt = time.GetUtcNow(),
            SuiteHashes = results.AsEnumerable().Reverse().SelectMany(e => e.Result!.SuiteHashes).GroupBy(h => h.Key).ToDictionary(g => g.Key, g => g.Last().Value),
            EvaluationIds = used,
        });
    }

    /// <summary>The records that evidence is counted from.</summary>
    public EvidenceSources Evidence() => new()
    {
        Datasets = database.Datasets.List(),
        Versions = database.DatasetVersions.List(),
        Jobs = database.Jobs.List(),
        BaseModels = database.BaseModels.List(),
        Adapters = database.Adapters.List(),
        Evaluations = database.Evaluations.List(),
        Deployments = database.Deployments.List(),
        Audit = database.Audit.List(),
    };

    private static bool IsOfBase(EvaluationJob evaluation, string modelId) => evaluation is { AdapterId: null, CheckpointStep: null } && evaluation.BaseModelId == modelId;

    private static IReadOnlyList<ScoredEvaluation> Scored(IReadOnlyList<EvaluationJob> evaluations) => [.. evaluations.Select(e => new ScoredEvaluation(e.Id, e.Result!))];
}
