using Studio.Data.Datasets;
using Studio.Data.Tests.Support;

namespace Studio.Data.Tests;

/// <summary>Files as people really bring them: container, format, kind and counts must come out right without a question.</summary>
public sealed class PublicDataImportTests
{
    [SkippableTheory]
    [InlineData("llamafactory_demo/alpaca_en_demo.json", "json", "alpaca", ExampleKind.Chat)]
    [InlineData("llamafactory_demo/alpaca_zh_demo.json", "json", "alpaca", ExampleKind.Chat)]
    [InlineData("llamafactory_demo/identity.json", "json", "alpaca", ExampleKind.Chat)]
    [InlineData("llamafactory_demo/glaive_toolcall_en_demo.json", "json", "sharegpt", ExampleKind.Chat)]
    [InlineData("llamafactory_demo/glaive_toolcall_zh_demo.json", "json", "sharegpt", ExampleKind.Chat)]
    [InlineData("llamafactory_demo/dpo_en_demo.json", "json", "trl_preference", ExampleKind.Preference)]
    [InlineData("llamafactory_demo/dpo_zh_demo.json", "json", "trl_preference", ExampleKind.Preference)]
    [InlineData("llamafactory_demo/kto_en_demo.json", "json", "kto", ExampleKind.Feedback)]
    [InlineData("llamafactory_demo/c4_demo.jsonl", "jsonl", "plain_text", ExampleKind.Text)]
    [InlineData("llamafactory_demo/wiki_demo.txt", "text", "plain_text", ExampleKind.Text)]
    [InlineData("llamafactory_demo/v1_sft_demo.jsonl", "jsonl", "openai_chat", ExampleKind.Chat)]
    [InlineData("llamafactory_demo/v1_dpo_demo.jsonl", "jsonl", "trl_preference", ExampleKind.Preference)]
    [InlineData("llamafactory_demo/reason_tool_use_demo_50.jsonl", "jsonl", "openai_chat", ExampleKind.Chat)]
    [InlineData("openai_cookbook/toy_chat_fine_tuning.jsonl", "jsonl", "openai_chat", ExampleKind.Chat)]
    [InlineData("openai_cookbook/drone_training.jsonl", "jsonl", "openai_chat", ExampleKind.Chat)]
    [InlineData("hh_rlhf_harmless/test.jsonl.gz", "jsonl", "trl_preference", ExampleKind.Preference)]
    [InlineData("gsm8k/train.jsonl", "jsonl", "prompt_completion", ExampleKind.Chat)]
    public async Task File_is_recognised_and_imported(string path, string container, string format, ExampleKind kind)
    {
        using var studio = new TestStudio();
        var version = await studio.ImportFileAsync(PublicData.Need(path.Split('/')));
        Assert.Equal(DatasetState.Ready, version.State);
        Assert.Equal(container, version.Container);
        Assert.Equal(format, version.Format);
        Assert.Equal(kind, version.Kind);
        Assert.True(version.ValidRows > version.Rows * 0.9, $"{version.ValidRows} of {version.Rows}");
    }

    [SkippableTheory]
    [InlineData("ruozhiba/questions.jsonl")]
    [InlineData("advbench/harmful_behaviors.csv")]
    [InlineData("openai_cookbook/AG_news_samples.csv")]
    [InlineData("openai_cookbook/dbpedia_samples.jsonl")]
    [InlineData("openai_cookbook/NotRealCorp_financial_data.json")]
    public async Task Unclear_columns_are_asked_about(string path)
    {
        using var studio = new TestStudio();
        var version = await studio.ImportFileAsync(PublicData.Need(path.Split('/')));
        Assert.Equal(DatasetState.NeedsChoice, version.State);
        Assert.NotEmpty(version.SourceColumns);
        Assert.Contains(version.SourceColumns[0], version.Refusal);
    }

    [SkippableFact]
    public async Task Chosen_columns_turn_an_unknown_table_into_pairs()
    {
        using var studio = new TestStudio();
        var columns = new Dictionary<string, string> { ["prompt"] = "goal", ["completion"] = "target" };
        var version = await studio.ImportFileAsync(PublicData.Need("advbench", "harmful_behaviors.csv"), new ImportChoice("prompt_completion", columns));
        Assert.Equal(DatasetState.Ready, version.State);
        Assert.True(version.ValidRows > 500);
        Assert.Equal(columns, version.Columns);
    }
}
