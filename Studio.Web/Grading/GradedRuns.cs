using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Data.Evaluation.Graded;
using Studio.Data.Store;
using Studio.Data.Validation;
using Studio.Web.Serving;

namespace Studio.Web.Grading;

/// <summary>Runs evals of API clients: asks the model about every item, grades the answers, keeps the items on disk. After a restart it goes on with the items it lacks.</summary>
public sealed class GradedRuns(StudioDatabase database, GradedSource sources, ChatGateway gateway, StudioPaths paths, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<GradedRuns> logger)
{
    private const int AtOnce = 4;

    /// <summary>Every graded item of a run, in the order of its data.</summary>
    public IReadOnlyList<GradedItem> Items(string runId)
    {
        var path = OutputPath(runId);
        if (!File.Exists(path))
        {
            return [];
        }

        SortedDictionary<int, GradedItem> items = [];
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        while (reader.ReadLine() is { } line)
        {
            try
            {
                var item = StudioJson.Deserialize<GradedItem>(line);
                items[item.Index] = item;
            }
            catch (JsonException)
            {
                // Half a line of a process that ended; the item is graded again.
            }
        }

        return [.. items.Values];
    }

    public void Discard(string runId)
    {
        var folder = paths.Evaluation(runId).Root;
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public async Task RunAsync(string runId)
    {
        if (database.GradedRuns.Get(runId) is not { IsFinal: false } run || database.GradedEvals.Get(run.EvalId) is not { } eval)
        {
            return;
        }

        try
        {
            var rows = sources.Rows(run.DataSource).ToList();
            database.GradedRuns.Update(runId, r => r.IsFinal ? r : r with { State = GradedRunState.InProgress, Total = rows.Count });
            var known = Items(runId).ToDictionary(i => i.Index);
            foreach (var chunk in rows.Index().Where(r => !known.ContainsKey(r.Index)).Chunk(AtOnce))
            {
                if (lifetime.ApplicationStopping.IsCancellationRequested || database.GradedRuns.Get(runId) is not { IsFinal: false })
                {
                    return;
                }

                var graded = await Task.WhenAll(chunk.Select(r => GradeAsync(eval, run, r.Index, r.Item, lifetime.ApplicationStopping)));
                Append(runId, graded);
                foreach (var item in graded)
                {
                    known[item.Index] = item;
                }

                Count(runId, [.. known.Values]);
            }

            database.GradedRuns.Update(runId, r => r.IsFinal ? r : r with { State = GradedRunState.Completed });
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // It goes on after the next start.
        }
        catch (Exception fault)
        {
            logger.LogError(fault, "Eval run {RunId} failed", runId);
            var message = fault is RequestException or ProblemException or InvalidDataException ? fault.Message : "Something unexpected happened; the host's log says more.";
            database.GradedRuns.Update(runId, r => r.IsFinal ? r : r with { State = GradedRunState.Failed, Error = message });
        }
    }

    private async Task<GradedItem> GradeAsync(GradedEval eval, GradedRun run, int index, JsonObject row, CancellationToken cancellation)
    {
        var item = (JsonObject)row["item"]!.DeepClone();
        var graded = new GradedItem { Id = NewId.With("outputitem_"), CreatedAt = time.GetUtcNow(), Index = index, Item = item, Status = "error", Results = [] };
        try
        {
            JsonObject sample;
            if (GradedSource.Messages(run.DataSource, row) is { } messages)
            {
                var answer = await AskAsync(run.Model!, messages, GradedSource.Options(run.DataSource), cancellation);
                graded = graded with { Input = messages, Output = answer.Text, FinishReason = answer.Finish, PromptTokens = answer.Prompt, CompletionTokens = answer.Completion };
                sample = new JsonObject { ["output_text"] = answer.Text, ["model"] = run.Model, ["output"] = new JsonArray(new JsonObject { ["role"] = "assistant", ["content"] = answer.Text }) };
            }
            else
            {
                sample = row["sample"]?.DeepClone() as JsonObject ?? [];
                graded = graded with { Output = sample["output_text"]?.ToString() ?? "" };
            }

            List<GradedResult> results = [];
            foreach (var criterion in eval.Criteria)
            {
                var grade = await Graders.Of(criterion).GradeAsync(criterion, new GradedSample(item, sample), async (model, asked, options, stop) => (await AskAsync(model, asked, options, stop)).Text, cancellation);
                results.Add(new GradedResult(NameOf(criterion), grade.Passed, grade.Score, grade.Sample));
            }

            return graded with { Results = results, Status = results.TrueForAll(r => r.Passed) ? "pass" : "fail" };
        }
        catch (RequestException fault)
        {
            return graded with { Error = fault.Message };
        }
    }

    private async Task<(string Text, string? Finish, int Prompt, int Completion)> AskAsync(string model, JsonArray messages, ChatOptions options, CancellationToken cancellation)
    {
        var text = new StringBuilder();
        string? finish = null;
        var (prompt, completion) = (0, 0);
        await foreach (var delta in gateway.ChatAsync(model, messages, options, cancellation))
        {
            if (delta.Error is { } error)
            {
                throw new RequestException(503, "model_failed", error);
            }

            text.Append(delta.Text);
            finish = delta.FinishReason ?? finish;
            (prompt, completion) = (delta.PromptTokens ?? prompt, delta.CompletionTokens ?? completion);
        }

        return (text.ToString(), finish, prompt, completion);
    }

    internal static string NameOf(JsonObject criterion) => criterion["name"]?.ToString() ?? criterion["type"]!.ToString();

    private void Count(string runId, IReadOnlyList<GradedItem> items) => database.GradedRuns.Update(runId, r => r with
    {
        Passed = items.Count(i => i.Status == "pass"),
        Failed = items.Count(i => i.Status == "fail"),
        Errored = items.Count(i => i.Status == "error"),
        PassedBy = By(items, passed: true),
        FailedBy = By(items, passed: false),
        Calls = items.Count(i => i.Input.Count > 0),
        PromptTokens = items.Sum(i => (long)i.PromptTokens),
        CompletionTokens = items.Sum(i => (long)i.CompletionTokens),
    });

    private static Dictionary<string, int> By(IReadOnlyList<GradedItem> items, bool passed) =>
        items.SelectMany(i => i.Results).Where(r => r.Passed == passed).GroupBy(r => r.Name, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count());

    private void Append(string runId, IReadOnlyList<GradedItem> items)
    {
        var path = OutputPath(runId);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        foreach (var item in items)
        {
            // Begins with a line end too: what a killed process left of a line must not swallow this one.
            stream.Write(Encoding.UTF8.GetBytes("\n" + StudioJson.Serialize(item) + "\n"));
        }

        stream.Flush(flushToDisk: true);
    }

    private string OutputPath(string runId) => Path.Combine(paths.Evaluation(runId).Root, "output.jsonl");
}
