using System.Text.Json.Nodes;
using Studio.Testing;
using Studio.Training.Checkpoints;
using Studio.Training.Methods;
using Studio.Training.Models;
using Studio.Training.Tests.Generation;
using static TorchSharp.torch;

namespace Studio.Training.Tests.Methods;

/// <summary>Answers that share a prompt see what they would see alone.</summary>
public sealed class AnswerBatchTests
{
    private static readonly AnswerTokens[] Answers =
    [
        new([7, 9, 11, 13, 15, 17, 19], [21, 22, 23, 2]),
        new([8, 9], [30, 31]),
        new([7, 9, 11, 13, 15, 17, 19], [24, 2]),
        new([], [40, 41, 42]),
        new([7, 9, 11, 13, 15, 17, 19], [25]),
        new([8, 9], []),
    ];

    public static IEnumerable<object[]> Families => GoldenFolder.Rows(GoldenFolder.Cases("families", "cases.safetensors"));

    [Fact]
    public void A_shared_prompt_stands_once_and_its_answers_branch_off()
    {
        var layout = new AnswerLayout([.. Answers, null]);
        Assert.Equal((int[][])[[7, 4, 2, 1], [2, 2], [0, 3]], layout.Branches);
        Assert.Equal(21, layout.Ids.Length);
        for (var i = 0; i < Answers.Length; i++)
        {
            int[] all = [.. Answers[i].Prompt, .. Answers[i].Answer];
            Assert.Equal(all, Enumerable.Range(1, all.Length).Select(t => (int)layout.Ids[layout.After(i, t)]));
        }

        Assert.Equal(layout.After(0, 7), layout.After(2, 7));
        Assert.Equal(7 + 4 + 7 + 2 + 2 + 2 + 3 + 7 + 1 + 2, new AnswerLayout(Answers, share: false).Ids.Length);
    }

    [SkippableTheory]
    [MemberData(nameof(Families))]
    public void Every_family_computes_a_branch_as_a_text_of_its_own(string name)
    {
        Skip.If(name.Length == 0, "The golden folder has no set families.");
        var folder = GoldenFolder.Under("families", name);
        var type = (string)JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "config.json")))!["model_type"]!;
        Skip.If(ModelFamilies.Find(type) is null, $"families/{name}: model type {type} is not built");
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var model = PretrainedModel.Load(folder);
        var (shared, apart) = (Measure(model, share: true), Measure(model, share: false));
        var worst = (shared - apart).abs().max().item<float>();
        Assert.True(worst < 2e-3, $"log-probabilities differ by {worst}");
    }

    [SkippableFact]
    public void The_gradient_of_shared_prompts_is_that_of_repeated_ones()
    {
        TinyModel.SkipIfAbsent();
        using var scope = NewDisposeScope();
        using var model = TinyModel.Load();
        var weight = model.Model.Blocks[0].named_parameters().First(p => p.name.EndsWith("k_proj.weight", StringComparison.Ordinal)).parameter;
        Tensor Gradient(bool share)
        {
            weight.requires_grad_();
            using var batch = AnswerBatch.Of(Answers, [0, 1, 2, 3, 4, 5], CPU, share: share);
            var (loss, _, _) = batch.Loss(model.Model, 0.5, squares: false, policy => new(policy.Sums().square().mean(), new Dictionary<string, double>()));
            loss.backward();
            var gradient = weight.grad!.clone();
            weight.grad!.zero_();
            return gradient;
        }

        var (shared, apart) = (Gradient(true), Gradient(false));
        Assert.True(apart.abs().max().item<float>() > 1e-3);
        Assert.True((shared - apart).abs().max().item<float>() <= 1e-4 * apart.abs().max().item<float>());
    }

    private static Tensor Measure(PretrainedModel model, bool share)
    {
        using var batch = AnswerBatch.Of(Answers, [0, 1, 2, 3, 4, 5], CPU, share: share);
        return ScoredTokens.Measure(model.Model.Head, batch.Hidden(model.Model), batch.Targets, squares: false).LogProbabilities;
    }
}
