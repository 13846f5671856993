using System.Text.Json.Nodes;
using Studio.Data.Datasets;
using Studio.Data.Examples;
using Studio.Data.Formats;

namespace Studio.Data.Tests.Formats;

public sealed class DatasetFormatsTests
{
    public static TheoryData<string> Names() => [.. DatasetFormats.All.Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_format_recognises_and_reads_its_own_sample(string name)
    {
        var format = DatasetFormats.Find(name)!;
        var sample = JsonNode.Parse(format.Sample)!.AsObject();
        Assert.Equal(name, DatasetFormats.Detect([sample]).Format?.Name);
        var row = Row(sample);
        var example = format.Normalise(row);
        Assert.Empty(row.Problems);
        Assert.Equal(format.Kind, ExampleKinds.Of(example!));
        Assert.Equal(7, example!.Line);
        Assert.NotEmpty(format.Title);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_format_survives_any_type_in_any_field(string name)
    {
        var format = DatasetFormats.Find(name)!;
        string[] values = ["null", "5", "true", "\"\"", "\"text\"", "[]", "{}", "[1]", "[null]", "[[]]", "[{}]", "[{\"role\":5}]", "[{\"role\":\"user\"}]", "[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]", "[{\"role\":\"assistant\",\"tool_calls\":[5]}]", "{\"messages\":5}", "[{\"from\":\"function_call\",\"value\":\"not json\"}]"];
        foreach (var field in format.Fields)
        {
            foreach (var value in values)
            {
                var sample = JsonNode.Parse(format.Sample)!.AsObject();
                sample[field.Name] = JsonNode.Parse(value);
                format.Match(sample, new Dictionary<string, string>());
                var row = Row(sample);
                var example = format.Normalise(row);
                Assert.True(example is not null || row.Failed, $"{field.Name} = {value}: neither an example nor a problem");
                Assert.All(row.Problems, p => Assert.NotEmpty(p.Remedy));
            }
        }
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}""", "openai_chat")]
    [InlineData("""{"messages":[{"from":"human","value":"q"},{"from":"gpt","value":"a"}]}""", "sharegpt")]
    [InlineData("""{"conversations":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}""", "sharegpt")]
    [InlineData("""{"instruction":"q","output":"a"}""", "alpaca")]
    [InlineData("""{"instruction":"q","context":"","response":"a","category":"open_qa"}""", "alpaca")]
    [InlineData("""{"prompt":"q","completion":"a"}""", "prompt_completion")]
    [InlineData("""{"question":"q","answer":"a"}""", "prompt_completion")]
    [InlineData("""{"Question":"q","Answer":"a"}""", "prompt_completion")]
    [InlineData("""{"input":"q","output":"a"}""", "prompt_completion")]
    [InlineData("""{"问题":"q","答案":"a"}""", "prompt_completion")]
    [InlineData("""{"prompt":[{"role":"user","content":"q"}],"completion":[{"role":"assistant","content":"a"}]}""", "prompt_completion")]
    [InlineData("""{"prompt":"q","chosen":"a","rejected":"b"}""", "trl_preference")]
    [InlineData("""{"chosen":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"rejected":[{"role":"user","content":"q"},{"role":"assistant","content":"b"}]}""", "trl_preference")]
    [InlineData("""{"instruction":"q","input":"","chosen":"a","rejected":"b"}""", "trl_preference")]
    [InlineData("""{"prompt":"q","completion":"a","label":true}""", "kto")]
    [InlineData("""{"prompt":"q","completion":"a","label":"0"}""", "kto")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"kto_tag":false}""", "kto")]
    [InlineData("""{"prompt":"q"}""", "prompt_only")]
    [InlineData("""{"prompt":"q","reference":"a","category":"math"}""", "prompt_only")]
    [InlineData("""{"messages":[{"role":"user","content":"q"}],"reference_answer":"a"}""", "prompt_only")]
    [InlineData("""{"messages":[{"role":"user","content":"q"}],"word":"a"}""", "prompt_only")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"word":"a"}""", "openai_chat")]
    [InlineData("""{"text":"t"}""", "plain_text")]
    [InlineData("""{"text":"t","url":"u","timestamp":"2020"}""", "plain_text")]
    [InlineData("\"a paragraph\"", "plain_text")]
    [InlineData("""{"text":"t","label":"sports"}""", null)]
    [InlineData("""{"title":"t","body_html":"b"}""", null)]
    [InlineData("""{"a":1}""", null)]
    [InlineData("5", null)]
    [InlineData("[1,2]", null)]
    public void Detection(string sample, string? expected) => Assert.Equal(expected, DatasetFormats.Detect([JsonNode.Parse(sample)]).Format?.Name);

    [Fact]
    public void Detection_asks_when_half_of_the_rows_are_of_another_kind()
    {
        JsonNode?[] samples = [JsonNode.Parse("""{"prompt":"q","completion":"a"}"""), JsonNode.Parse("""{"text":"t"}""")];
        var detection = DatasetFormats.Detect(samples);
        Assert.Null(detection.Format);
        Assert.Equal(2, detection.Candidates.Count);
    }

    [Fact]
    public void Chat_keeps_weight_tools_calls_and_parts()
    {
        var chat = Read<ChatExample>("openai_chat", """
            {"messages":[
              {"role":"system","content":"s"},
              {"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}],"name":"Ann"},
              {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]},
              {"role":"tool","tool_call_id":"c1","content":"42"},
              {"role":"assistant","content":"done","weight":0},
              {"role":"assistant","content":"","function_call":{"name":"g","arguments":"{}"}},
              {"role":"function","name":"g","content":"r"}],
             "functions":[{"name":"f","parameters":{}}]}
            """);
        Assert.Equal(["system", "user", "assistant", "tool", "assistant", "assistant", "tool"], chat.Messages.Select(m => m.Role));
        Assert.Equal("ab", chat.Messages[1].Content);
        Assert.Equal("Ann", chat.Messages[1].Name);
        Assert.Null(chat.Messages[2].Content);
        Assert.Equal(("c1", "f", "{\"x\":1}"), (chat.Messages[2].ToolCalls![0].Id, chat.Messages[2].ToolCalls![0].Function.Name, chat.Messages[2].ToolCalls![0].Function.Arguments!.GetValue<string>()));
        Assert.Equal("c1", chat.Messages[3].ToolCallId);
        Assert.Equal(0, chat.Messages[4].Weight);
        Assert.Equal("g", chat.Messages[5].ToolCalls![0].Function.Name);
        Assert.Equal("f", chat.Tools![0]!["function"]!["name"]!.GetValue<string>());
    }

    [Fact]
    public void Sharegpt_translates_roles_and_calls()
    {
        var chat = Read<ChatExample>("sharegpt", """
            {"system":"be kind","tools":"[{\"name\":\"f\"}]","conversations":[
              {"from":"human","value":"q"},
              {"from":"function_call","value":"{\"name\":\"f\",\"arguments\":{\"x\":1}}"},
              {"from":"observation","value":"42"},
              {"from":"gpt","value":"it is 42"}]}
            """);
        Assert.Equal(["system", "user", "assistant", "tool", "assistant"], chat.Messages.Select(m => m.Role));
        Assert.Equal(1, chat.Messages[2].ToolCalls![0].Function.Arguments!["x"]!.GetValue<int>());
        Assert.Equal("f", chat.Tools![0]!["function"]!["name"]!.GetValue<string>());
    }

    [Fact]
    public void Alpaca_joins_instruction_and_input_and_keeps_history()
    {
        var chat = Read<ChatExample>("alpaca", """{"instruction":"Translate","input":"Hello","output":"Bonjour","system":"s","history":[["a","b"]]}""");
        Assert.Equal([("system", "s"), ("user", "a"), ("assistant", "b"), ("user", "Translate\nHello"), ("assistant", "Bonjour")], chat.Messages.Select(m => (m.Role, m.Content)));
        Assert.Equal("Only", Read<ChatExample>("alpaca", """{"instruction":"Only","input":"","output":"x"}""").Messages[0].Content);
    }

    [Fact]
    public void Prompt_and_completion_stay_text_and_other_names_become_a_chat()
    {
        Assert.Equal(("q", "a"), Read<CompletionExample>("prompt_completion", """{"prompt":"q","completion":"a"}""") is var pair ? (pair.Prompt, pair.Completion) : default);
        Assert.Equal([("user", "q"), ("assistant", "a")], Read<ChatExample>("prompt_completion", """{"question":"q","answer":"a"}""").Messages.Select(m => (m.Role, m.Content)));
        var lists = Read<ChatExample>("prompt_completion", """{"prompt":[{"role":"user","content":"q"},{"role":"assistant","content":"x"},{"role":"user","content":"r"}],"completion":[{"role":"assistant","content":"a"}]}""");
        Assert.Equal([null, 0, null, null], lists.Messages.Select(m => m.Weight));
    }

    [Fact]
    public void A_table_cell_may_hold_messages_as_json()
    {
        var chat = Read<ChatExample>("openai_chat", """{"messages":"[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"a\"}]"}""");
        Assert.Equal(2, chat.Messages.Count);
        var pair = Read<CompletionExample>("prompt_completion", """{"prompt":"[1, 2, 3]","completion":"{\"a\": 1}"}""");
        Assert.Equal("[1, 2, 3]", pair.Prompt);
    }

    [Theory]
    [InlineData("""{"chosen":"The sky is blue.","rejected":"The sky is green."}""", "The sky is", " blue.", " green.")]
    [InlineData("""{"chosen":"\n\nHuman: Hi\n\nAssistant: Hello","rejected":"\n\nHuman: Hi\n\nAssistant: Go away"}""", "Hi", "Hello", "Go away")]
    [InlineData("""{"prompt":"q","chosen":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"rejected":[{"role":"user","content":"q"},{"role":"assistant","content":"b"}]}""", "q", "a", "b")]
    [InlineData("""{"chosen":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"rejected":[{"role":"user","content":"q"},{"role":"assistant","content":"b"}]}""", "q", "a", "b")]
    [InlineData("""{"conversations":[{"from":"human","value":"q"}],"chosen":{"from":"gpt","value":"a"},"rejected":{"from":"gpt","value":"b"}}""", "q", "a", "b")]
    [InlineData("""{"instruction":"q","input":"i","chosen":"a","rejected":"b"}""", "q\ni", "a", "b")]
    public void Preference_pairs_are_split_into_prompt_and_answers(string row, string prompt, string chosen, string rejected)
    {
        var pair = Read<PreferenceExample>("trl_preference", row);
        Assert.Equal((prompt, chosen, rejected), (Assert.Single(pair.Prompt).Content, Assert.Single(pair.Chosen).Content, Assert.Single(pair.Rejected).Content));
        Assert.Equal("assistant", pair.Chosen[0].Role);
    }

    [Fact]
    public void Scores_give_the_margin() =>
        Assert.Equal(2.5, Read<PreferenceExample>("trl_preference", """{"prompt":"q","chosen":"a","rejected":"b","score_chosen":8.0,"score_rejected":5.5}""").Margin);

    [Fact]
    public void Preference_without_a_common_beginning_says_that_the_prompt_is_missing()
    {
        var row = Row(JsonNode.Parse("""{"chosen":"yes","rejected":"no"}""")!.AsObject());
        Assert.Null(DatasetFormats.Find("trl_preference")!.Normalise(row));
        Assert.Equal("no_prompt", Assert.Single(row.Problems).Rule);
    }

    [Fact]
    public void Prompts_keep_what_rewards_need()
    {
        var prompt = Read<PromptExample>("prompt_only", """{"prompt":"q","reference":7,"category":"math","level":3}""");
        Assert.Equal("7", prompt.Reference);
        Assert.Equal("math", prompt.Extra!["category"]!.GetValue<string>());
        Assert.False(prompt.Extra.ContainsKey("prompt"));
    }

    [Fact]
    public void Columns_can_be_mapped()
    {
        var row = new FormatRow(JsonNode.Parse("""{"frage":"q","antwort":"a","prompt":"ignored"}""")!.AsObject(), 7, new Dictionary<string, string> { ["prompt"] = "frage", ["completion"] = "antwort" });
        var chat = Assert.IsType<ChatExample>(DatasetFormats.Find("prompt_completion")!.Normalise(row));
        Assert.Equal("q", chat.Messages[0].Content);
    }

    private static FormatRow Row(JsonObject fields) => new(fields, 7, new Dictionary<string, string>());

    private static T Read<T>(string format, string json)
        where T : Example
    {
        var row = Row(JsonNode.Parse(json)!.AsObject());
        var example = DatasetFormats.Find(format)!.Normalise(row);
        Assert.Empty(row.Problems);
        return Assert.IsType<T>(example);
    }
}
