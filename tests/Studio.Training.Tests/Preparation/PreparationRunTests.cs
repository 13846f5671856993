using System.Text.Json.Nodes;
using Studio.Data;
using Studio.Data.Jobs;
using Studio.Data.Preparation;
using Studio.Testing;
using Studio.Training.Loop;
using Studio.Training.Preparation;

namespace Studio.Training.Tests.Preparation;

/// <summary>Whole preparations with the tiny model.</summary>
public sealed class PreparationRunTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("preparation-").FullName;

    private static string Base => GoldenFolder.Under("trajectories", "base");

    public void Dispose() => Directory.Delete(root, recursive: true);

    [SkippableFact]
    public async Task Uploaded_pairs_get_refusals_and_the_models_own_answers_and_a_kill_costs_only_the_rows_it_lacks()
    {
        Skip.IfNot(GoldenFolder.Has("trajectories", "base", "config.json"), "trajectories/base is not in the golden folder.");
        File.WriteAllLines(Path.Combine(root, "traps.jsonl"),
        [
            .. Enumerable.Range(0, 6).Select(i => $$"""{"harmful":"w{{10 + i}} w{{20 + i}}","harmless":"w{{30 + i}} w{{40 + i}}","category":"weapons","language":"en"}"""),
            """{"prompt":"w50 w51","wanted":"refuse","category":"our own rule"}""",
        ]);
        Write(new JsonObject { ["use_pack"] = false, ["replay_share"] = 0, ["answer_words"] = 3, ["trap_answers"] = true, ["validation_share"] = 0.3 });

        var result = (await RunAsync())!;
        Assert.Equal(13, result.Rows);
        Assert.Equal((7, 6), (result.Groups["trap"], result.Groups["look_alike"]));
        Assert.Contains(result.Problems, p => p.Rule == "missing_look_alikes");
        var path = Path.Combine(root, PreparedRows.FileName);
        var rows = PreparedRows.Read(path).ToList();
        Assert.All(rows, r => Assert.NotNull(r.BaseAnswer));
        Assert.All(rows.Where(r => r.Wanted == Wanted.Refuse), r => Assert.NotEqual(r.BaseAnswer, r.Answer));
        Assert.All(rows.Where(r => r.Wanted == Wanted.Answer), r => Assert.Equal(r.BaseAnswer, r.Answer));
        Assert.All(rows.Where(r => r.PairId is not null).GroupBy(r => r.PairId), pair => Assert.Single(pair.Select(r => r.Split).Distinct()));
        Assert.Contains(rows, r => r.Split == PreparedSplit.Validation);

        var before = File.ReadAllText(path);
        var answered = Path.Combine(root, "answered.jsonl");
        var lines = File.ReadAllLines(answered);
        File.WriteAllText(answered, string.Join('\n', lines.Take(5)) + "\n" + lines[5][..15]);
        File.Delete(path);
        Assert.NotNull(await RunAsync());
        Assert.Equal(before, File.ReadAllText(path));
    }

    [Fact]
    public void The_pack_gives_pairs_in_the_wanted_categories_and_share_of_Chinese_and_nothing_that_is_held_back()
    {
        Write(new JsonObject { ["categories"] = new JsonArray("fraud", "weapons"), ["chinese_share"] = 0.5, ["pair_limit"] = 60, ["replay_share"] = 0.2, ["trap_share"] = 1 });
        var rows = Plan();
        var traps = rows.Where(r => r.Group == PreparedGroups.Trap).ToList();
        Assert.Equal(60, traps.Count);
        Assert.Equal(30, traps.Count(r => r.Language == "zh"));
        Assert.All(traps, r => Assert.Contains(r.Category, (string[])["fraud", "weapons"]));
        Assert.True(traps.Select(r => r.Answer).Distinct().Count() >= 16);
        Assert.Equal(30, rows.Count(r => r.Group == PreparedGroups.Replay));
        var heldBack = File.ReadLines(RepositoryRoot.Under("samples", "refusal", "pairs.jsonl")).Select(l => JsonNode.Parse(l)!).Where(p => (string?)p["split"] == "held_back").Select(p => (string?)p["harmful"]).ToHashSet();
        Assert.DoesNotContain(traps, r => heldBack.Contains(r.Prompt));
        Assert.Equal(rows, Plan());
    }

    [Fact]
    public void A_lower_trap_share_keeps_all_look_alikes_and_ordinary_prompts_have_a_refusal_as_the_worse_answer()
    {
        Write(new JsonObject { ["pair_limit"] = 200, ["trap_share"] = 0.5 });
        var rows = Plan();
        Assert.Equal(200, rows.Count(r => r.Group == PreparedGroups.LookAlike));
        Assert.InRange(rows.Count(r => r.Group == PreparedGroups.Trap), 75, 125);
        Assert.All(rows.Where(r => r.Group == PreparedGroups.Replay), r => Assert.NotEmpty(r.WorseAnswer!));
        var pairs = rows.Where(r => r.Group == PreparedGroups.Trap).Select(r => r.PairId).ToHashSet();
        Assert.All(rows.Where(r => r.Group == PreparedGroups.LookAlike), r => Assert.Equal(pairs.Contains(r.PairId), r.WorseAnswer is null));
    }

    [Fact]
    public void An_unknown_category_is_named_with_those_there_are()
    {
        Write(new JsonObject { ["categories"] = new JsonArray("witchcraft") });
        var fault = Assert.Throws<InvalidDataException>(Plan);
        Assert.Contains("witchcraft", fault.Message, StringComparison.Ordinal);
        Assert.Contains("malware", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_builder_belongs_to_a_kind() => Assert.All(PreparationBuilders.All, b => Assert.NotNull(Preparations.Find(b.Name)));

    private IReadOnlyList<PreparedRow> Plan()
    {
        var spec = StudioJson.Deserialize<PreparationSpec>(File.ReadAllText(Path.Combine(root, "spec.json")));
        return PreparationBuilders.Of("refusal").Plan(new PreparationContext(spec with { Items = [] }, new JobFolder(root)));
    }

    private void Write(JsonObject options) => File.WriteAllText(Path.Combine(root, "spec.json"), StudioJson.Serialize(new PreparationSpec
    {
        PreparationId = "p",
        Kind = "refusal",
        BaseModel = new ModelReference("tiny", "tiny", Base),
        Items = ["traps.jsonl"],
        Options = options,
        Device = "cpu",
        BaseType = "fp32",
    }));

    private async Task<PreparationResult?> RunAsync()
    {
        var folder = new JobFolder(root);
        using var stop = StopRequest.OfFolder(folder);
        using var events = new EventWriter(folder.Events, TimeProvider.System);
        return await new PreparationRun(folder, events, TimeProvider.System).RunAsync(stop, CancellationToken.None);
    }
}
