using System.Text.Json.Nodes;
using Studio.Data.Evaluation.Graded;
using Studio.Web.Grading;

namespace Studio.Web.Api;

/// <summary>Evals, runs and graded items as the official SDKs read them.</summary>
internal static class EvalShapes
{
    public static JsonObject Eval(GradedEval eval) => new()
    {
        ["object"] = "eval",
        ["id"] = eval.Id,
        ["name"] = eval.Name,
        ["created_at"] = OpenAiLists.Unix(eval.CreatedAt),
        ["data_source_config"] = new JsonObject { ["type"] = "custom", ["schema"] = Schema(eval) },
        ["testing_criteria"] = new JsonArray([.. eval.Criteria.Select(c => c.DeepClone())]),
        ["metadata"] = Words(eval.Metadata),
    };

    public static JsonObject Run(GradedRun run, GradedEval eval, HttpRequest request) => new()
    {
        ["object"] = "eval.run",
        ["id"] = run.Id,
        ["eval_id"] = run.EvalId,
        ["report_url"] = $"{request.Scheme}://{request.Host}/v1/evals/{run.EvalId}/runs/{run.Id}/output_items",
        ["status"] = Word(run.State),
        ["model"] = run.Model,
        ["name"] = run.Name,
        ["created_at"] = OpenAiLists.Unix(run.CreatedAt),
        ["result_counts"] = new JsonObject { ["total"] = run.Total, ["errored"] = run.Errored, ["failed"] = run.Failed, ["passed"] = run.Passed },
        ["per_model_usage"] = run.Model is null ? [] : new JsonArray(new JsonObject
        {
            ["model_name"] = run.Model,
            ["invocation_count"] = run.Calls,
            ["prompt_tokens"] = run.PromptTokens,
            ["completion_tokens"] = run.CompletionTokens,
            ["total_tokens"] = run.PromptTokens + run.CompletionTokens,
            ["cached_tokens"] = 0,
        }),
        ["per_testing_criteria_results"] = new JsonArray([.. eval.Criteria.Select(c => new JsonObject
        {
            ["testing_criteria"] = c["id"]?.ToString(),
            ["passed"] = run.PassedBy.GetValueOrDefault(GradedRuns.NameOf(c)),
            ["failed"] = run.FailedBy.GetValueOrDefault(GradedRuns.NameOf(c)),
        })]),
        ["data_source"] = run.DataSource.DeepClone(),
        ["error"] = run.Error is { } message ? new JsonObject { ["code"] = "run_failed", ["message"] = message } : null,
        ["metadata"] = Words(run.Metadata),
    };

    public static JsonObject Item(GradedItem item, GradedRun run) => new()
    {
        ["object"] = "eval.run.output_item",
        ["id"] = item.Id,
        ["created_at"] = OpenAiLists.Unix(item.CreatedAt),
        ["run_id"] = run.Id,
        ["eval_id"] = run.EvalId,
        ["status"] = item.Status,
        ["datasource_item_id"] = item.Index,
        ["datasource_item"] = item.Item.DeepClone(),
        ["results"] = new JsonArray([.. item.Results.Select(r => new JsonObject { ["name"] = r.Name, ["passed"] = r.Passed, ["score"] = r.Score, ["sample"] = r.Sample is { } said ? new JsonObject { ["output_text"] = said } : null })]),
        ["sample"] = new JsonObject
        {
            ["input"] = item.Input.DeepClone(),
            ["output"] = new JsonArray(new JsonObject { ["role"] = "assistant", ["content"] = item.Output }),
            ["finish_reason"] = item.FinishReason,
            ["model"] = run.Model,
            ["usage"] = new JsonObject { ["total_tokens"] = item.PromptTokens + item.CompletionTokens, ["completion_tokens"] = item.CompletionTokens, ["prompt_tokens"] = item.PromptTokens, ["cached_tokens"] = 0 },
            ["error"] = item.Error is { } message ? new JsonObject { ["code"] = "item_failed", ["message"] = message } : null,
        },
    };

    public static string Word(GradedRunState state) => state switch
    {
        GradedRunState.Queued => "queued",
        GradedRunState.InProgress => "in_progress",
        GradedRunState.Completed => "completed",
        GradedRunState.Failed => "failed",
        _ => "canceled",
    };

    private static JsonObject Schema(GradedEval eval)
    {
        var properties = new JsonObject { ["item"] = eval.ItemSchema.DeepClone() };
        JsonArray required = ["item"];
        if (eval.IncludeSampleSchema)
        {
            properties["sample"] = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject { ["output_text"] = new JsonObject { ["type"] = "string" } } };
            required.Add("sample");
        }

        return new JsonObject { ["type"] = "object", ["properties"] = properties, ["required"] = required };
    }

    private static JsonObject Words(IReadOnlyDictionary<string, string> pairs) => new(pairs.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value)));
}
