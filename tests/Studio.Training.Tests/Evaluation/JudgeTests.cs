using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Studio.Data.Evaluation;
using Studio.Training.Evaluation;
using Studio.Training.Evaluation.Suites;

namespace Studio.Training.Tests.Evaluation;

public sealed class JudgeTests
{
    [Theory]
    [InlineData("A", "A")]
    [InlineData("The better one is B.", "B")]
    [InlineData("A is longer, but my verdict: **B**", "B")]
    [InlineData("Neither", null)]
    [InlineData("It's A's fault", null)]
    [InlineData("回答A更好，我选 A", "A")]
    public void TheLastChoiceInAnAnswer(string answer, string? choice) => Assert.Equal(choice, EndpointJudge.Read(answer, ["A", "B", "C"]));

    [Fact]
    public async Task EndpointIsAskedWithItsKeyAndAgainWhenBusy()
    {
        List<string> seen = [];
        var busy = 1;
        using var judge = new EndpointJudge(
            new HttpClient(new Handler(request =>
            {
                lock (seen)
                {
                    seen.Add($"{request.RequestUri} {request.Headers.Authorization}");
                }

                if (Interlocked.Exchange(ref busy, 0) == 1)
                {
                    return new HttpResponseMessage(HttpStatusCode.TooManyRequests) { Content = new StringContent("slow down") };
                }

                var prompt = (string)JsonNode.Parse(request.Content!.ReadAsStringAsync().Result)!["messages"]![0]!["content"]!;
                return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("""{"choices":[{"message":{"content":"I choose X"}}]}""".Replace('X', prompt[^1]), Encoding.UTF8, "application/json") };
            })),
            "https://judge.example/v1/",
            "big",
            "secret",
            new Impatient());
        Assert.Equal(["A", "B"], await judge.ChooseAsync(["first A", "second B"], ["A", "B"], CancellationToken.None));
        Assert.Equal(3, seen.Count);
        Assert.All(seen, s => Assert.Equal("https://judge.example/v1/chat/completions Bearer secret", s));
    }

    [Fact]
    public async Task ARefusalNamesTheEndpoint()
    {
        using var judge = new EndpointJudge(new HttpClient(new Handler(_ => new HttpResponseMessage(HttpStatusCode.Unauthorized) { Content = new StringContent("no key") })), "https://judge.example/v1", "big", null, TimeProvider.System);
        var fault = await Assert.ThrowsAsync<InvalidDataException>(() => judge.ChooseAsync(["x"], ["A"], CancellationToken.None));
        Assert.Contains("401", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("A", "B", 1.0, 1.0)]
    [InlineData("B", "A", 0.0, 1.0)]
    [InlineData("A", "A", 0.5, 0.0)]
    [InlineData("C", "C", 0.5, 1.0)]
    public void BothOrdersCount(string first, string second, double won, double same)
    {
        var scores = JudgePairwise.Score(first, second, null);
        Assert.Equal(won, scores["win_rate"]);
        Assert.Equal(same, scores["order_agreement"]);
    }

    [Fact]
    public void VotesMeasureTheJudge()
    {
        Assert.Equal(1, JudgePairwise.Score("A", "B", "a")["human_agreement"]);
        Assert.Equal(0, JudgePairwise.Score("A", "A", "a")["human_agreement"]);
        Assert.Equal(1, JudgePairwise.Score("A", "A", "tie")["human_agreement"]);
        Assert.DoesNotContain("win_rate", JudgePairwise.Score("A", "B", "a").Keys);
        Assert.Empty(JudgePairwise.Score(null, "B", null));
        Assert.Equal(0.75, JudgeRubric.Score("4", null)["score"]);
        Assert.Equal(1, JudgeRubric.Score("4", 5)["human_agreement"]);
        Assert.Equal(0, JudgeRubric.Score("2", 5)["human_agreement"]);
    }

    [Fact]
    public void AJudgeWithoutItsKeyIsRefused() =>
        Assert.Contains("STUDIO_NO_SUCH_KEY", Assert.Throws<InvalidDataException>(() => Judge.Of(new JudgeUse { BaseUrl = "https://judge.example/v1", Model = "m", ApiKeyVariable = "STUDIO_NO_SUCH_KEY" }, null!, null!, null!, default, TimeProvider.System)).Message, StringComparison.Ordinal);

    private sealed class Handler(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(answer(request));
    }

    /// <summary>A clock whose pauses are over at once.</summary>
    private sealed class Impatient : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
