using Studio.Data.Datasets;
using Studio.Data.Tests.Support;
using Studio.Data.Validation;

namespace Studio.Data.Tests.Validation;

/// <summary>Each rule through a real import: rule, severity, line and field, and whether the row is left out.</summary>
public sealed class ExampleRulesTests
{
    private const string Good = """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}""";

    [Theory]
    [InlineData("""{"messages":[{"role":"human","content":"q"},{"role":"assistant","content":"a"}]}""", "unknown_role", Severity.Error, "messages[0].role")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"Assistant","content":"a"}]}""", "unknown_role", Severity.Error, "messages[1].role")]
    [InlineData("""{"messages":[{"role":"user","content":"q"}]}""", "no_assistant_turn", Severity.Error, "messages")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":""}]}""", "empty_assistant_turn", Severity.Error, "messages[1].content")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":" \n\t "}]}""", "empty_assistant_turn", Severity.Error, "messages[1].content")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":null}]}""", "empty_assistant_turn", Severity.Error, "messages[1].content")]
    [InlineData("""{"messages":[{"role":"user","content":""},{"role":"assistant","content":"a"}]}""", "empty_prompt", Severity.Warning, "messages[0]")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","weight":2}]}""", "weight_range", Severity.Error, "messages[1].weight")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","weight":-1}]}""", "weight_range", Severity.Error, "messages[1].weight")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","weight":"heavy"}]}""", "weight_range", Severity.Error, "messages[1].weight")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","weight":0}]}""", "nothing_trained", Severity.Error, "messages")]
    [InlineData("""{"messages":[{"role":"assistant","content":"a"},{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}""", "role_order", Severity.Warning, "messages[0].role")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}""", "role_order", Severity.Warning, "messages[1].role")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"},{"role":"system","content":"s"}]}""", "role_order", Severity.Warning, "messages[2].role")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"},{"role":"user","content":"r"}]}""", "ends_without_answer", Severity.Warning, "messages[2].role")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"arguments":"{}"}}]}]}""", "tool_call_name", Severity.Error, "messages[1].tool_calls[0].function.name")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{oops"}}]}]}""", "tool_call_arguments", Severity.Warning, "messages[1].tool_calls[0].function.arguments")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}],"tools":[{"type":"function","function":{"name":"g"}}]}""", "unknown_tool", Severity.Warning, "messages[1].tool_calls[0].function.name")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"tool","content":"r"},{"role":"assistant","content":"a"}]}""", "tool_result_without_call", Severity.Warning, "messages[1]")]
    [InlineData("""{"messages":[{"role":"user","content":"q\u0000"},{"role":"assistant","content":"a"}]}""", "nul_byte", Severity.Error, "messages[0]")]
    [InlineData("""{"messages":[{"role":"user","content":"q\u0007"},{"role":"assistant","content":"a"}]}""", "control_characters", Severity.Warning, "messages[0]")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"f\ufffdr"}]}""", "lost_characters", Severity.Warning, "messages[1]")]
    [InlineData("""{"messages":[{"role":"user","content":"<|im_start|>user"},{"role":"assistant","content":"a"}]}""", "chat_markup", Severity.Warning, "messages[0]")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"I am {{name}}"}]}""", "placeholder", Severity.Warning, "messages[1]")]
    [InlineData("""{"messages":[]}""", "no_messages", Severity.Error, "messages")]
    [InlineData("""{"messages":"hello"}""", "wrong_type", Severity.Error, "messages")]
    [InlineData("""{"messages":[{"content":"q"}]}""", "missing_role", Severity.Error, "messages[0].role")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]}]}""", "not_text_part", Severity.Error, "messages[0].content[0]")]
    [InlineData("""{"other":1}""", "missing_field", Severity.Error, "messages")]
    [InlineData("""[1,2]""", "wrong_type", Severity.Error, null)]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}""", "invalid_json", Severity.Error, null)]
    public async Task Chat_rules(string row, string rule, Severity severity, string? field)
    {
        using var studio = new TestStudio();
        var good = string.Concat(Enumerable.Range(0, 12).Select(i => Good.Replace("\"q\"", $"\"q{i}\"") + "\n"));
        var version = await studio.ImportTextAsync(good + row + "\n" + Good + "\n");
        Assert.Equal(DatasetState.Ready, version.State);
        var problems = studio.Library.Problems(version.Id, 0, 100, null).Problems;
        var problem = Assert.Single(problems, p => p.Rule == rule);
        Assert.Equal((severity, 13, field, "rows.jsonl"), (problem.Severity, problem.Line, problem.Field, problem.File));
        Assert.NotEmpty(problem.Message);
        Assert.NotEmpty(problem.Remedy);
        Assert.True((problem.Excerpt?.Length ?? 0) <= 201);
        Assert.Equal(14, version.Rows);
        Assert.Equal(problems.Any(p => p.Severity == Severity.Error) ? 13 : 14, version.ValidRows);
        Assert.Equal(1, version.ProblemCounts[rule]);
    }

    [Theory]
    [InlineData("""{"prompt":"q","chosen":"same","rejected":"same "}""", "equal_answers", "rejected")]
    [InlineData("""{"prompt":"","chosen":"a","rejected":"b"}""", "no_prompt", "prompt")]
    [InlineData("""{"prompt":"q","chosen":"","rejected":"b"}""", "empty_assistant_turn", "chosen[0].content")]
    [InlineData("""{"prompt":"q","chosen":"a"}""", "missing_field", "rejected")]
    [InlineData("""{"prompt":[{"role":"user","content":"q"}],"chosen":[{"role":"user","content":"a"}],"rejected":[{"role":"assistant","content":"b"}]}""", "no_assistant_turn", "chosen")]
    public async Task Preference_rules(string row, string rule, string field)
    {
        using var studio = new TestStudio();
        var version = await studio.ImportTextAsync(string.Concat(Enumerable.Range(0, 5).Select(i => $$"""{"prompt":"q{{i}}","chosen":"a","rejected":"b"}""" + "\n")) + row);
        var problem = Assert.Single(studio.Library.Problems(version.Id, 0, 100, null).Problems, p => p.Rule == rule);
        Assert.Equal((Severity.Error, 6, field), (problem.Severity, problem.Line, problem.Field));
        Assert.Equal(5, version.ValidRows);
    }

    [Fact]
    public async Task Several_problems_of_a_row_are_all_listed()
    {
        using var studio = new TestStudio();
        var version = await studio.ImportTextAsync(Good + "\n" + """{"messages":[{"role":"human","content":"q\u0007"},{"role":"assistant","content":"","weight":9}]}""");
        Assert.Equal(["control_characters", "empty_assistant_turn", "unknown_role", "weight_range"], studio.Library.Problems(version.Id, 0, 100, null).Problems.Where(p => p.Line == 2).Select(p => p.Rule).Order());
    }

    [Fact]
    public async Task Duplicates_are_kept_and_point_to_the_first()
    {
        using var studio = new TestStudio();
        var version = await studio.ImportTextAsync(Good + "\n" + Good.Replace("\"a\"", "\"b\"") + "\n" + Good.Replace(":\"q\"", ": \"q\"") + "\n");
        var problem = Assert.Single(studio.Library.Problems(version.Id, 0, 10, "duplicate").Problems);
        Assert.Equal(3, problem.Line);
        Assert.Contains("line 1", problem.Message);
        Assert.Equal(3, version.ValidRows);
        Assert.Equal(1, version.Statistics!.ExactDuplicates);
    }

    [Fact]
    public async Task Ratings_of_one_kind_only_are_warned_about()
    {
        using var studio = new TestStudio();
        var version = await studio.ImportTextAsync(string.Concat(Enumerable.Range(0, 20).Select(i => $$"""{"prompt":"q{{i}}","completion":"a","label":true}""" + "\n")));
        Assert.Contains("label_balance", version.ProblemCounts.Keys);
    }

    [Fact]
    public async Task Mixed_kinds_are_left_out()
    {
        using var studio = new TestStudio();
        var version = await studio.ImportTextAsync(
            """{"prompt":"q","completion":"a"}""" + "\n" + """{"prompt":[{"role":"user","content":"q"}],"completion":[{"role":"assistant","content":"a"}]}""" + "\n");
        Assert.Equal((1, ExampleKind.Completion), (version.ValidRows, version.Kind));
        Assert.Equal(1, version.ProblemCounts["mixed_kinds"]);
    }

    [Fact]
    public async Task Problems_are_paged_and_filtered()
    {
        using var studio = new TestStudio();
        var version = await studio.ImportTextAsync(Good + "\n" + string.Concat(Enumerable.Range(0, 50).Select(i => $$"""{"messages":[{"role":"user","content":"q{{i}}"},{"role":"{{(i % 2 == 0 ? "gpt" : "assistant")}}","content":""}]}""" + "\n")));
        var page = studio.Library.Problems(version.Id, 10, 5, "unknown_role");
        Assert.Equal(25, page.Total);
        Assert.Equal([22, 24, 26, 28, 30], page.Problems.Select(p => p.Line!.Value));
        Assert.Equal(version.ProblemCounts.Values.Sum(), studio.Library.Problems(version.Id, 0, 1, null).Total);
        Assert.Empty(studio.Library.Problems(version.Id, 1000, 5, null).Problems);
        Assert.Empty(studio.Library.Problems(version.Id, 0, 5, "no_such_rule").Problems);
    }
}
