using Studio.Training.Generation;
using Studio.Training.Serving;

namespace Studio.Training.Tests.Generation;

public sealed class EngineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("engine").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public async Task Answers_of_a_batch_equal_answers_given_alone()
    {
        TinyModel.SkipIfAbsent();
        using var model = TinyModel.Load();
        using var engine = new Engine(model, "tiny");
        var prompts = Prompts(12);
        List<IReadOnlyList<int>> alone = [];
        foreach (var prompt in prompts)
        {
            alone.Add((await engine.CompleteAsync(Greedy(prompt), CancellationToken.None)).Ids);
        }

        using var fresh = new Engine(model, "tiny", new EngineOptions { MaxBatch = 5, PrefixSlots = 2 });
        var together = await Task.WhenAll(prompts.Select(p => fresh.CompleteAsync(Greedy(p), CancellationToken.None)));
        for (var i = 0; i < prompts.Count; i++)
        {
            Assert.Equal(alone[i], together[i].Ids);
        }

        Assert.True(fresh.Statistics.Steps < prompts.Count * 20, "the requests were not decoded together");
    }

    [SkippableFact]
    public async Task Each_row_of_a_mixed_batch_uses_its_own_adapter()
    {
        TinyModel.SkipIfAbsent();
        using var model = TinyModel.Load();
        using var engine = new Engine(model, "tiny");
        var names = new string?[] { null, "a", "b", "c" };
        await engine.LoadAdapterAsync("a", TinyModel.AdapterFolder, null, CancellationToken.None);
        await engine.LoadAdapterAsync("b", TinyModel.ScaledAdapter(Path.Combine(_folder, "b"), -3), null, CancellationToken.None);
        await engine.LoadAdapterAsync("c", TinyModel.ScaledAdapter(Path.Combine(_folder, "c"), 5), null, CancellationToken.None);
        var requests = Prompts(4).SelectMany(p => names.Select(n => Greedy(p) with { Adapter = n })).ToList();
        List<IReadOnlyList<int>> alone = [];
        foreach (var request in requests)
        {
            alone.Add((await engine.CompleteAsync(request, CancellationToken.None)).Ids);
        }

        var together = await Task.WhenAll(requests.Select(r => engine.CompleteAsync(r, CancellationToken.None)));
        Assert.Equal(alone, together.Select(r => r.Ids));
        Assert.True(alone.Take(4).Select(ids => string.Join(' ', ids)).Distinct().Count() > 2, "the adapters do not differ, so this test proves nothing");
    }

    [SkippableFact]
    public async Task Choices_with_one_prompt_reuse_its_keys_and_values()
    {
        TinyModel.SkipIfAbsent();
        using var model = TinyModel.Load();
        using var engine = new Engine(model, "tiny");
        var prompt = Prompts(1, length: 40)[0];
        var requests = Enumerable.Range(0, 6).Select(i => Greedy(prompt) with { Sampling = new SamplingOptions(), Seed = (ulong)i }).ToList();
        var answers = await Task.WhenAll(requests.Select(r => engine.CompleteAsync(r, CancellationToken.None)));
        Assert.True(engine.Statistics.ReusedPromptTokens >= 5 * 39, $"{engine.Statistics.ReusedPromptTokens} prompt tokens were reused");

        using var other = new Engine(model, "tiny");
        for (var i = 0; i < requests.Count; i++)
        {
            Assert.Equal(answers[i].Ids, (await other.CompleteAsync(requests[i], CancellationToken.None)).Ids);
        }
    }

    [SkippableFact]
    public async Task The_same_seed_gives_the_same_answer_and_another_seed_another()
    {
        TinyModel.SkipIfAbsent();
        using var model = TinyModel.Load();
        using var engine = new Engine(model, "tiny");
        var request = Greedy(Prompts(1)[0]) with { Sampling = new SamplingOptions { Temperature = 1.5 }, Seed = 7 };
        var first = await engine.CompleteAsync(request, CancellationToken.None);
        var second = await engine.CompleteAsync(request, CancellationToken.None);
        var other = await engine.CompleteAsync(request with { Seed = 8 }, CancellationToken.None);
        Assert.Equal(first.Ids, second.Ids);
        Assert.NotEqual(first.Ids, other.Ids);
    }

    [SkippableFact]
    public async Task A_stop_string_ends_the_text_before_it()
    {
        TinyModel.SkipIfAbsent();
        using var model = TinyModel.Load();
        using var engine = new Engine(model, "tiny");
        var whole = await engine.CompleteAsync(Greedy(Prompts(1)[0]), CancellationToken.None);
        var word = whole.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries)[5];
        var cut = await engine.CompleteAsync(Greedy(Prompts(1)[0]) with { Stop = [word] }, CancellationToken.None);
        Assert.Equal(FinishReason.Stop, cut.Finish);
        Assert.Equal(whole.Text[..whole.Text.IndexOf(word, StringComparison.Ordinal)], cut.Text);
    }

    [SkippableFact]
    public async Task A_cancelled_request_leaves_the_batch()
    {
        TinyModel.SkipIfAbsent();
        using var model = TinyModel.Load();
        using var engine = new Engine(model, "tiny");
        using var leaving = new CancellationTokenSource();
        var seen = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var delta in engine.GenerateAsync(Greedy(Prompts(1)[0]) with { MaxNewTokens = 100_000 }, leaving.Token))
            {
                if (++seen == 3)
                {
                    await leaving.CancelAsync();
                }
            }
        });
        // The next request is served although the first one would have filled the whole context.
        var next = await engine.CompleteAsync(Greedy(Prompts(2)[1]), CancellationToken.None);
        Assert.NotEmpty(next.Ids);
        Assert.Equal(0, engine.Statistics.Active);
    }

    [SkippableFact]
    public async Task A_full_queue_refuses()
    {
        TinyModel.SkipIfAbsent();
        using var model = TinyModel.Load();
        using var engine = new Engine(model, "tiny", new EngineOptions { MaxBatch = 1, MaxWaiting = 2 });
        List<Task<GenerationResult>> running = [];
        var refused = 0;
        for (var i = 0; i < 40; i++)
        {
            try
            {
                running.Add(engine.CompleteAsync(Greedy(Prompts(1)[0]) with { MaxNewTokens = 60 }, CancellationToken.None));
                await Task.Yield();
                if (running[^1].IsFaulted)
                {
                    refused += running[^1].Exception!.InnerException is QueueFullException ? 1 : 0;
                }
            }
            catch (QueueFullException)
            {
                refused++;
            }
        }

        Assert.True(refused > 0);
        foreach (var task in running.Where(t => !t.IsFaulted))
        {
            Assert.Equal(60, (await task).Ids.Count);
        }
    }

    [SkippableFact]
    public async Task A_proof_holds_for_an_adapter_that_changes_the_model_and_not_for_one_that_does_not()
    {
        TinyModel.SkipIfAbsent();
        using var model = TinyModel.Load();
        using var engine = new Engine(model, "tiny");
        await engine.LoadAdapterAsync("real", TinyModel.AdapterFolder, null, CancellationToken.None);
        await engine.LoadAdapterAsync("idle", TinyModel.ScaledAdapter(Path.Combine(_folder, "idle"), 0), null, CancellationToken.None);
        var real = await engine.ProveAsync("real", null, CancellationToken.None);
        var idle = await engine.ProveAsync("idle", null, CancellationToken.None);
        Assert.True(real.Holds);
        Assert.Equal(14, real.ModulesExpected);
        Assert.Equal(14, real.ModulesApplied);
        Assert.False(idle.Holds);
    }

    [SkippableFact]
    public async Task An_adapter_whose_hash_differs_is_refused()
    {
        TinyModel.SkipIfAbsent();
        using var model = TinyModel.Load();
        using var engine = new Engine(model, "tiny");
        var fault = await Assert.ThrowsAsync<ApiFault>(() => engine.LoadAdapterAsync("x", TinyModel.AdapterFolder, new string('0', 64), CancellationToken.None));
        Assert.Equal(409, fault.Status);
        Assert.Empty(engine.AdapterNames);
    }

    [SkippableFact]
    public async Task Unloading_leaves_running_answers_alone()
    {
        TinyModel.SkipIfAbsent();
        using var model = TinyModel.Load();
        using var engine = new Engine(model, "tiny");
        await engine.LoadAdapterAsync("a", TinyModel.AdapterFolder, null, CancellationToken.None);
        var request = Greedy(Prompts(1)[0]) with { Adapter = "a", MaxNewTokens = 80 };
        var expected = await engine.CompleteAsync(request, CancellationToken.None);
        var running = engine.CompleteAsync(request, CancellationToken.None);
        await engine.UnloadAdapterAsync("a", CancellationToken.None);
        Assert.Equal(expected.Ids, (await running).Ids);
        Assert.Throws<ApiFault>(() => engine.Resolve("a"));
    }

    [SkippableFact]
    public async Task Probabilities_are_those_of_the_untouched_distribution()
    {
        TinyModel.SkipIfAbsent();
        using var model = TinyModel.Load();
        using var engine = new Engine(model, "tiny");
        var plain = await engine.CompleteAsync(Greedy(Prompts(1)[0]) with { TopLogProbabilities = 3 }, CancellationToken.None);
        Assert.All(plain.Tokens, token =>
        {
            Assert.Equal(3, token.Top.Count);
            Assert.Equal(token.LogProbability, token.Top[0].LogProbability, 1e-9);
            Assert.True(token.Top[0].LogProbability >= token.Top[1].LogProbability);
            Assert.InRange(Math.Exp(token.LogProbability), 0, 1);
        });
    }

    private static GenerationRequest Greedy(IReadOnlyList<int> prompt) => new()
    {
        PromptIds = prompt,
        Sampling = new SamplingOptions { DoSample = false },
        MaxNewTokens = 20,
    };

    private static List<int[]> Prompts(int count, int length = 0)
    {
        var random = new Random(5);
        return [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, length > 0 ? length : random.Next(3, 30)).Select(_ => random.Next(7, 256)).ToArray())];
    }
}
