using System.Text.Json.Nodes;
using Studio.Data.Evaluation;
using Studio.Data.Evaluation.Constraints;

namespace Studio.Training.Evaluation.Suites;

/// <summary>Tasks with constraints that a program checks (in the manner of Zhou et al. 2023): the share of constraints met, and of tasks with all of them met.</summary>
public sealed class InstructionFollowing : SuiteRunner
{
    public override string Name => "instruction_following";

    public override string OwnItems => "instruction_following.jsonl";

    public override IEnumerable<SuiteItem> Items(JsonObject row, string id)
    {
        var constraints = Constraints(row);
        yield return new SuiteItem(id, row.Group("language", "category"), row.Needed("prompt"), string.Join("; ", constraints.Select(c => Constraint.Of(c).Summary)), row);
    }

    public override async Task<IReadOnlyList<ItemAnswer>> AnswerAsync(EvaluatedModel model, SuiteUse use, IReadOnlyList<SuiteItem> items, CancellationToken cancellation)
    {
        var given = await model.AskAsync([.. items.Select(i => new AskedQuestion(i.Prompt, []))], use.MaxTokens ?? 256, cancellation).ConfigureAwait(false);
        return [.. items.Zip(given, (item, answer) =>
        {
            var met = Constraints(item.Row).Select(c => Constraint.Holds(answer.Text, c) ? 1.0 : 0).ToList();
            return new ItemAnswer(answer.Text, new Dictionary<string, double> { ["constraints_met"] = met.Average(), ["prompts_met"] = met.Min() });
        })];
    }

    private static List<JsonObject> Constraints(JsonObject row) => row["constraints"] is JsonArray { Count: > 0 } list && list.All(c => c is JsonObject)
        ? [.. list.Select(c => c!.AsObject())]
        : throw new InvalidDataException($"The field \"constraints\" must be a list of objects with a kind: {row.ToJsonString()}");
}
