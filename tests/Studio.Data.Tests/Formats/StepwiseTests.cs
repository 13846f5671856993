using System.Text.Json.Nodes;
using Studio.Data.Examples;
using Studio.Data.Formats;

namespace Studio.Data.Tests.Formats;

public sealed class StepwiseTests
{
    private static readonly Dictionary<string, string> NoColumns = [];

    [Fact]
    public void Steps_and_verdicts_become_an_example()
    {
        var row = Row("""{"prompt": "3 x 4 + 2?", "completions": ["3 x 4 is 12.", "12 + 2 is 15."], "labels": [true, false]}""");
        var example = Assert.IsType<StepwiseExample>(new Stepwise().Normalise(row));
        Assert.Equal([new JudgedStep("3 x 4 is 12.", true), new JudgedStep("12 + 2 is 15.", false)], example.Steps);
        Assert.Equal("3 x 4 + 2?", example.Prompt[0].Content);
    }

    [Theory]
    [InlineData("""{"prompt": "a", "completions": ["b", "c"], "labels": [true]}""", "steps_and_labels")]
    [InlineData("""{"prompt": "a", "completions": ["b", " "], "labels": [true, false]}""", "empty_step")]
    [InlineData("""{"prompt": "a", "completions": ["b"], "labels": ["maybe"]}""", "missing_field")]
    public void What_is_missing_is_named(string json, string rule)
    {
        var row = Row(json);
        Assert.Null(new Stepwise().Normalise(row));
        Assert.Contains(row.Problems, p => p.Rule == rule);
    }

    [Fact]
    public void It_is_recognised_by_its_lists()
    {
        var samples = Enumerable.Range(0, 5).Select(_ => JsonNode.Parse("""{"prompt": "a", "completions": ["b", "c"], "labels": [1, 0]}""")).ToList();
        Assert.Equal("stepwise", DatasetFormats.Detect(samples).Format?.Name);
    }

    private static FormatRow Row(string json) => new(JsonNode.Parse(json)!.AsObject(), 1, NoColumns);
}
