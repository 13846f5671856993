using Bunit;
using Studio.Data.Jobs;
using Studio.Data.Registry;
using Studio.Web.Components;
using Studio.Web.Pages.Adapters;

namespace Studio.Web.Tests.Pages;

public sealed class CompatibilityTests : PageContext
{
    private Adapter Adapter(int rank = 16, string kind = "lora") => this.AddAdapter(this.AddJob("Harbour", JobState.Succeeded, this.AddModel("tiny" + rank + kind)), rank) with { Kind = kind };

    private Compatible Of(string target, Adapter adapter) => Compatibility.Of(adapter, Database.BaseModels.Get(adapter.BaseModelId)).Single(c => c.Target == target);

    [Theory]
    [InlineData(16, Tone.Good, "rank")]
    [InlineData(24, Tone.Attention, "rank.flag")]
    [InlineData(600, Tone.Bad, "rank.most")]
    public void The_rank_decides_about_vLLM(int rank, Tone tone, string reason)
    {
        var vllm = Of("vllm", Adapter(rank));
        Assert.Equal((tone, reason), (vllm.Tone, vllm.Reason));
    }

    [Fact]
    public void A_rank_above_the_default_names_the_flag() => Assert.Contains("--max-lora-rank 32", Of("vllm", Adapter(24)).Command, StringComparison.Ordinal);

    [Fact]
    public void Every_verdict_has_its_sentence_in_both_languages()
    {
        var adapters = new[] { Adapter(), Adapter(24), Adapter(600), Adapter(17, "full") };
        foreach (var culture in new[] { Culture.English(), Culture.Chinese() })
        {
            using (culture)
            {
                foreach (var adapter in adapters)
                {
                    var panel = Render<CompatibilityPanel>(p => p.Add(c => c.Entries, Compatibility.Of(adapter, Database.BaseModels.Get(adapter.BaseModelId))));
                    Assert.Equal(4, panel.FindAll("section").Count);
                    Assert.DoesNotContain("compat.", panel.Markup, StringComparison.Ordinal);
                    Assert.DoesNotContain("works.", panel.Markup, StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public void The_adapter_shows_what_changed_against_the_base()
    {
        using var english = Culture.English();
        var adapter = Adapter();
        this.WriteEvents(adapter.JobId, this.Evaluation(0, 2.41), this.Metrics(1, 2), this.Evaluation(1, 0.93));
        var page = Render<AdapterPage>(p => p.Add(c => c.Id, adapter.Id));

        Assert.Equal("Harbour", page.Find("h1").TextContent);
        Assert.Contains("2.41", page.Markup);
        Assert.Contains("−1.48", page.Markup);
        Assert.Equal("Deploy", page.Find(".btn.primary").TextContent);
    }
}
