using Studio.Data.Datasets;
using Studio.Data.Evaluation;
using Studio.Data.Evaluation.Scorecards;
using Studio.Data.Jobs;
using Studio.Data.Tests.Support;

namespace Studio.Data.Tests.Evaluation.Scorecards;

public sealed class ScorecardTests
{
    [Fact]
    public void EveryItemOfTheShippedMappingIsBoundToSomethingThatExists()
    {
        var map = ScorecardMap.Capability;
        Assert.Equal(66, map.Items.Count());
        Assert.Equal(66, map.Items.Select(i => i.Id).Distinct().Count());
        Assert.Equal(["model_development", "model_capability"], map.Areas.Select(a => a.Name));
        foreach (var item in map.Items)
        {
            Assert.NotEmpty(item.Title.En);
            Assert.NotEmpty(item.Title.Zh);
            if (item.Evidence is { } evidence)
            {
                Assert.NotNull(EvidenceRules.Find(evidence));
                Assert.Contains("{0}", item.Note!.En, StringComparison.Ordinal);
                Assert.Contains("{0}", item.Note.Zh, StringComparison.Ordinal);
                Assert.Null(item.Suite);
            }
            else
            {
                Assert.Contains(EvaluationSuites.Find(item.Suite!)!.Metrics, m => m.Name == item.Metric);
            }
        }

        Assert.Equal(EvidenceRules.All.Select(r => r.Name).Order(), map.Items.Select(i => i.Evidence).OfType<string>().Order());
    }

    [Fact]
    public void ValuesBeforeAndAfterAndWhatIsNotMeasured()
    {
        var refusal = new Measure("refusal_pair", "refusal_rate", 0.9, 200) { Low = 0.85, High = 0.94, BaseValue = 0.2, PairedP = 0.0001 };
        var over = new Measure("refusal_pair", "over_refusal_rate", 0.3, 200) { BaseValue = 0.1, PairedP = 0.001 };
        var word = new Measure("last_word", "accuracy", 0.5, 40) { Group = "zh" };
        var card = Scorecard.Of(ScorecardMap.Capability, [new("ev-2", Result("h", refusal, over)), new("ev-1", Result("h", word, refusal with { Value = 0.1 }))], new EvidenceSources(), [new("ev-0", Result("h", word with { Value = 0.25 }))]);
        var safety = card.Areas[1].Dimensions.Single(d => d.Name == "safety");
        Assert.Equal((0.9, 0.9, 0.2, true, "ev-2"), (safety.Items[0].Value, safety.Items[0].Score, safety.Items[0].BaseScore, safety.Items[0].Improved, safety.Items[0].EvaluationId));
        Assert.Equal(0.7, safety.Items[1].Score!.Value, 12);
        Assert.False(safety.Items[1].Improved);
        Assert.False(safety.Items[2].IsMeasured);
        Assert.Equal(2, safety.Measured);
        Assert.Equal(0.8, safety.Score!.Value, 12);
        Assert.Equal(0.55, safety.BaseScore!.Value, 12);
        var chinese = card.Areas[1].Dimensions.Single(d => d.Name == "chinese").Items[3];
        Assert.Equal((0.5, 0.25, "ev-1"), (chinese.Value, chinese.BaseValue, chinese.EvaluationId));
        Assert.Null(chinese.Improved);
        Assert.Equal(3, card.Measured);
        Assert.Null(card.Areas[0].Dimensions[0].Score);

        var other = Scorecard.Of(ScorecardMap.Capability, [new("ev-1", Result("h", word))], new EvidenceSources(), [new("ev-0", Result("other items", word))]);
        Assert.Null(other.Areas[1].Dimensions.Single(d => d.Name == "chinese").Items[3].BaseValue);
    }

    [Fact]
    public void EvidenceIsCountedFromRecords()
    {
        var sources = new EvidenceSources
        {
            Versions = [Version("dsv-1", 100, 90, 10, "en"), Version("dsv-2", 100, 100, 0, "zh") with { ContentSha256 = null }, Version("dsv-3", 0, 0, 0, "en") with { State = DatasetState.Refused }],
            Jobs =
            [
                Records.Job("j1", JobState.Succeeded) with { Progress = new JobProgress { EvalLoss = 1, TokensPerSecond = 10 }, OwnerId = "u" },
                Records.Job("j2", JobState.Failed) with { Failure = new JobFailure("nan_loss", "It diverged.", "Lower the rate.") },
                Records.Job("j3", JobState.Running),
            ],
        };
        Assert.Equal(new Evidence(2, 3), Count("versions_ready"));
        Assert.Equal(new Evidence(190, 200), Count("rows_valid"));
        Assert.Equal(new Evidence(180, 190), Count("rows_unique"));
        Assert.Equal(new Evidence(1, 2), Count("versions_hashed"));
        Assert.Equal(new Evidence(2, 2), Count("languages_covered"));
        Assert.Equal(new Evidence(1, 2), Count("jobs_succeeded"));
        Assert.Equal(new Evidence(1, 1), Count("failures_explained"));
        Assert.Equal(new Evidence(0, 1), Count("memory_recorded"));
        Assert.Equal(new Evidence(1, 3), Count("jobs_owned"));
        Assert.Equal(new Evidence(1, 3), Count("methods_used"));
        Assert.True(double.IsNaN(Count("jobs_resumed").Value));
        Assert.True(double.IsNaN(Count("adapters_evaluated").Value));
        var item = Scorecard.Of(ScorecardMap.Capability, [], sources).Items.First();
        Assert.Equal(("2 of 3 dataset versions are ready", 3L), (item.Note!.En, item.Count));

        Evidence Count(string name) => EvidenceRules.Find(name)!.Count(sources);
    }

    [Theory]
    [InlineData("en", "no difference shown")]
    [InlineData("zh-Hans", "未显示差异")]
    public void TheReportIsOnePageWithAllItems(string language, string said)
    {
        var card = Scorecard.Of(ScorecardMap.Capability, [new("ev-1", Result("abc123", new Measure("last_word", "accuracy", 0.5, 40) { Group = "zh", Low = 0.4, High = 0.6, BaseValue = 0.45, PairedP = 0.3 }))], new EvidenceSources());
        var html = ScorecardReport.Html(card, new ScorecardSubject { Model = "<b>mine</b>", BaseModel = "base", BaseSha256 = "f00d", MadeAt = Records.Start, SuiteHashes = new Dictionary<string, string> { ["last_word"] = "abc123" }, EvaluationIds = ["ev-1"] }, language);
        Assert.All(card.Items, i => Assert.Contains($"<td>{i.Item.Id}</td>", html, StringComparison.Ordinal));
        Assert.Contains(said, html, StringComparison.Ordinal);
        Assert.Contains("f00d", html, StringComparison.Ordinal);
        Assert.Contains("abc123", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>mine", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
    }

    private static EvaluationResult Result(string hash, params Measure[] measures) => new()
    {
        Measures = measures,
        SuiteHashes = measures.Select(m => m.Suite).Distinct().ToDictionary(s => s, _ => hash),
        BaseSha256 = "b",
        FinishedAt = Records.Start,
    };

    private static DatasetVersion Version(string id, long rows, long valid, long duplicates, string language) => new()
    {
        Id = id,
        CreatedAt = Records.Start,
        DatasetId = "ds",
        Number = 1,
        FileId = "f",
        FileName = "f.jsonl",
        State = DatasetState.Ready,
        Format = "alpaca",
        Rows = rows,
        ValidRows = valid,
        ContentSha256 = "x",
        Statistics = new DatasetStatistics { ExactDuplicates = duplicates, Languages = new Dictionary<string, long> { [language] = valid } },
    };
}
