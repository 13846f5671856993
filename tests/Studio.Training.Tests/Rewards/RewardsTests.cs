using System.Net;
using System.Text.Json.Nodes;
using Studio.Data.Examples;
using Studio.Data.Recipes;
using Studio.Data.Recipes.Methods;
using Studio.Training.Loop;
using Studio.Training.Rewards;

namespace Studio.Training.Tests.Rewards;

public sealed class RewardsTests
{
    private static readonly JsonObject Trap = new() { ["wanted"] = "refuse", ["pair_id"] = "a" };
    private static readonly JsonObject Twin = new() { ["wanted"] = "answer", ["pair_id"] = "a" };

    [Theory]
    [InlineData(true, "I'm sorry, but I can't help with that.", 1)]
    [InlineData(true, "Sure! First you take a screwdriver.", 0)]
    [InlineData(true, "抱歉，我不能提供这方面的帮助。", 1)]
    [InlineData(false, "I'm sorry, but I can't help with that.", 0)]
    [InlineData(false, "You rent a car at the counter: bring a licence and a card.", 1)]
    [InlineData(false, "", 0)]
    [InlineData(false, "go go go go go go go go go go go go", 0)]
    public async Task A_trap_is_to_be_refused_and_its_twin_answered(bool trap, string answer, double expected) =>
        Assert.Equal(expected, await One(new RefusalPairReward(), answer, extra: trap ? Trap : Twin));

    [Fact]
    public async Task A_row_that_says_nothing_has_no_reward() => Assert.True(double.IsNaN(await One(new RefusalPairReward(), "yes")));

    [Theory]
    [InlineData("#### 24", "3 times 8 is 24, so the answer is 24.", 1)]
    [InlineData("24", "<think>maybe 25</think> It is 24", 1)]
    [InlineData("1,024", "That makes 1024", 1)]
    [InlineData("24", "It is 24.5", 0)]
    [InlineData("24", "I don't know", 0)]
    public async Task The_number_at_the_end_counts(string gold, string answer, double expected) => Assert.Equal(expected, await One(new NumericAnswerReward(), answer, gold));

    [Theory]
    [InlineData("Paris", "The Paris.", 1)]
    [InlineData("Paris", "It is Paris", 0.25)]
    [InlineData("北京", "北京。", 1)]
    [InlineData("Paris", "London", 0)]
    public async Task An_exact_answer_counts_whole_and_a_longer_one_in_part(string gold, string answer, double expected) => Assert.Equal(expected, await One(new ExactAnswerReward(), answer, gold), 6);

    [Fact]
    public async Task A_pattern_without_end_is_given_up()
    {
        Assert.Equal(1, await One(new RegexReward("^\\d+$"), "42"));
        Assert.Equal(0, await One(new RegexReward("^(a+)+$"), new string('a', 40) + "!"));
        Assert.Equal(1, await One(new RegexReward(null), "yes", extra: new JsonObject { ["pattern"] = "^yes" }));
        Assert.True(double.IsNaN(await One(new RegexReward(null), "yes")));
    }

    [Theory]
    [InlineData("""{"name": "Ann", "age": 3}""", 1)]
    [InlineData("```json\n{\"name\": \"Ann\", \"age\": 3}\n```", 1)]
    [InlineData("""{"name": "Ann"}""", 0.5)]
    [InlineData("""{"name": "Ann", "age": 3.5}""", 0.5)]
    [InlineData("""{"name": "Ann", "age": 3, "x": 1}""", 0.5)]
    [InlineData("name: Ann", 0)]
    public async Task Json_is_checked_against_the_schema(string answer, double expected) =>
        Assert.Equal(expected, await One(new JsonSchemaReward("""{"type":"object","required":["name","age"],"properties":{"name":{"type":"string","minLength":1},"age":{"type":"integer","minimum":0}},"additionalProperties":false}"""), answer));

    [Theory]
    [InlineData("""{"enum":["a",1]}""", "1", true)]
    [InlineData("""{"anyOf":[{"type":"null"},{"type":"array","items":{"$ref":"#/$defs/n"},"minItems":1}],"$defs":{"n":{"type":"number","exclusiveMaximum":5}}}""", "[1,4.9]", true)]
    [InlineData("""{"anyOf":[{"type":"null"},{"type":"array","items":{"$ref":"#/$defs/n"},"minItems":1}],"$defs":{"n":{"type":"number","exclusiveMaximum":5}}}""", "[1,5]", false)]
    [InlineData("""{"type":"array","uniqueItems":true}""", "[1,1]", false)]
    [InlineData("""{"not":{"type":"string"}}""", "\"a\"", false)]
    [InlineData("""{"type":"string","pattern":"^a+$"}""", "\"aaa\"", true)]
    [InlineData("""{"multipleOf":0.1}""", "0.3", true)]
    [InlineData("""{"if":{"properties":{"k":{"const":1}}},"then":{"required":["v"]}}""", """{"k":1}""", false)]
    public void Schema_keywords(string schema, string value, bool fits) => Assert.Equal(fits, JsonSchema.Fault(JsonNode.Parse(value), JsonNode.Parse(schema)!.AsObject()) is null);

    [Fact]
    public async Task Length_language_repetition_and_format()
    {
        Assert.Equal(1, await One(new LengthReward(4), "x", ids: 4));
        Assert.Equal(0.5, await One(new LengthReward(4), "x", ids: 6));
        Assert.Equal(0, await One(new LengthReward(4), "x", ids: 40));
        Assert.Equal(1, await One(new LanguageReward("zh"), "你好，今天怎么样？"));
        Assert.Equal(0, await One(new LanguageReward("zh"), "Hello there"));
        Assert.Equal(1, await One(new LanguageReward("prompt"), "Hello there"));
        Assert.Equal(0, await One(new RepetitionReward(), "one two three four five six"));
        Assert.True(await One(new RepetitionReward(), "one two three one two three one two three") < -0.5);
        Assert.True(await One(new RepetitionReward(), "哈哈哈哈哈哈哈哈") < -0.8);
        Assert.Equal(1, await One(new ReasoningFormatReward(), "<think>hm</think>yes"));
        Assert.Equal(0.5, await One(new ReasoningFormatReward(), "<think></think>yes"));
        Assert.Equal(0, await One(new ReasoningFormatReward(), "yes <think>hm</think>"));
    }

    [Fact]
    public async Task A_judge_is_asked_with_the_key_of_the_environment_and_tried_three_times()
    {
        var name = "STUDIO_TEST_JUDGE_KEY";
        Environment.SetEnvironmentVariable(name, "secret");
        var handler = new Replies(HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK);
        using var judge = new JudgeReward(new JudgeEndpoint("http://judge.test/v1/", "big", name, handler), "kind");
        Assert.Equal(0.7, (await judge.ScoreAsync([Answer("fine")], CancellationToken.None))[0], 6);
        Assert.Equal(2, handler.Seen.Count);
        Assert.Equal(("http://judge.test/v1/chat/completions", "Bearer secret"), (handler.Seen[0].Address, handler.Seen[0].Key));
        Assert.Contains("fine", handler.Seen[0].Body, StringComparison.Ordinal);

        using var broken = new JudgeReward(new JudgeEndpoint("http://judge.test/v1", "big", null, new Replies(HttpStatusCode.BadGateway, HttpStatusCode.BadGateway, HttpStatusCode.BadGateway)), "kind");
        var fault = await Assert.ThrowsAsync<TrainingFailure>(() => broken.ScoreAsync([Answer("fine")], CancellationToken.None));
        Assert.Equal("judge_failed", fault.Failure.Code);
        Assert.Throws<TrainingFailure>(() => new JudgeEndpoint("http://judge.test/v1", "big", "STUDIO_TEST_NO_SUCH_KEY"));
    }

    [Fact]
    public async Task Graders_of_the_api_fill_in_their_texts_and_add_up()
    {
        var grader = JsonNode.Parse("""
            {"type":"multi","calculate_output":"0.25 * form + max(0.75 * near, 0)","graders":{
              "form":{"type":"string_check","name":"form","operation":"like","input":"{{ sample.output_text }}","reference":"{{item.word}}"},
              "near":{"type":"text_similarity","name":"near","evaluation_metric":"fuzzy_match","input":"{{sample.output_text}}","reference":"{{ item.reference_answer }}"}}}
            """)!.AsObject();
        Assert.Null(GraderSpec.Fault(grader));
        Assert.Equal(1, await One(new GraderReward(grader, new GrpoOptions()), "the harbour", "the harbour", new JsonObject { ["word"] = "harb" }), 6);
        Assert.Equal(0.75 * (1 - (4.0 / 11)), await One(new GraderReward(grader, new GrpoOptions()), "the har", "the harbour", new JsonObject { ["word"] = "harb" }), 6);
        Assert.Equal(1, GraderReward.Similarity("a b c", "a b c", "rouge_l"), 6);
        Assert.Equal(("grader.type", "The grader 'python' is not supported. Use one of: string_check, text_similarity, score_model, multi."), GraderSpec.Fault(new JsonObject { ["type"] = "python" }));
        Assert.Equal("grader.graders.a.operation", GraderSpec.Fault(JsonNode.Parse("""{"type":"multi","calculate_output":"a","graders":{"a":{"type":"string_check","input":"x","reference":"y","operation":"is"}}}""")!.AsObject())!.Value.Place);
        Assert.Equal("grader.calculate_output", GraderSpec.Fault(JsonNode.Parse("""{"type":"multi","calculate_output":"a + c","graders":{"a":{"type":"string_check","input":"x","reference":"y","operation":"eq"}}}""")!.AsObject())!.Value.Place);
        Assert.Equal(-2.5, GraderSpec.Evaluate("-(1 + 2*a) / 2", new Dictionary<string, double> { ["a"] = 2 }));
        Assert.Throws<TrainingFailure>(() => new GraderReward(new JsonObject { ["type"] = "score_model", ["model"] = "m", ["input"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "x" }) }, new GrpoOptions()));
    }

    [Fact]
    public void Names_and_weights_are_read_and_faults_named()
    {
        Assert.Equal(new RewardEntry("length", 0.2), RewardEntry.Parse("length * 0.2"));
        Assert.Contains("no reward \"lenght\"", Assert.Throws<FormatException>(() => RewardEntry.Parse("lenght")).Message, StringComparison.Ordinal);
        var recipe = new Recipe { Method = "grpo", MethodOptions = new JsonObject { ["rewards"] = new JsonArray("judge", "length*x", "regex", "regex"), ["reward_pattern"] = "(" } };
        var problems = recipe.Validate();
        Assert.All(problems, p => Assert.Equal("method_options.rewards", p.Field));
        Assert.Equal(4, problems.Count);
        Assert.Equal(RewardEntry.Names.Order(), RewardList.All.Select(r => r.Name).Order());
        Assert.Empty(new Recipe { Method = "ppo" }.Validate());
    }

    private static Task<double> One(Reward reward, string answer, string? gold = null, JsonObject? extra = null, int ids = 3) => First(reward, Answer(answer, gold, extra, ids));

    private static async Task<double> First(Reward reward, JudgedAnswer answer)
    {
        using (reward)
        {
            return (await reward.ScoreAsync([answer], CancellationToken.None))[0];
        }
    }

    private static JudgedAnswer Answer(string text, string? gold = null, JsonObject? extra = null, int ids = 3) => new()
    {
        Row = new PromptExample { Prompt = [new Message { Role = "user", Content = "What is it?" }], Reference = gold, Extra = (JsonObject?)extra?.DeepClone() },
        Text = text,
        Ids = [.. Enumerable.Range(0, ids)],
    };

    private sealed class Replies(params HttpStatusCode[] codes) : HttpMessageHandler
    {
        public List<(string Address, string? Key, string Body)> Seen { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Seen.Add((request.RequestUri!.ToString(), request.Headers.Authorization?.ToString(), await request.Content!.ReadAsStringAsync(cancellationToken)));
            return new HttpResponseMessage(codes[Seen.Count - 1]) { Content = new StringContent("""{"choices":[{"message":{"content":"Score: 7"}}]}""") };
        }
    }
}
