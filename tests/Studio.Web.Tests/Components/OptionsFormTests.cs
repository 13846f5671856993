using Bunit;
using Studio.Data.Recipes;
using Studio.Web.Components;

namespace Studio.Web.Tests.Components;

public sealed class OptionsFormTests : PageContext
{
    private readonly Culture english = Culture.English();

    protected override void Dispose(bool disposing)
    {
        english.Dispose();
        base.Dispose(disposing);
    }

    [Fact]
    public void Basic_shows_the_basic_options_and_advanced_all()
    {
        var form = Render<OptionsForm>(p => p.Add(c => c.Options, new OptimizationOptions()).Add(c => c.Section, "optimization"));
        Assert.Equal(OptionSchema.Of<OptimizationOptions>().Count(f => f.Basic), form.FindAll(".field").Count);

        form.Render(p => p.Add(c => c.Advanced, true));
        Assert.Equal(OptionSchema.Of<OptimizationOptions>().Count, form.FindAll(".field").Count);
        Assert.Contains("Learning rate", form.Markup);
        Assert.Contains("Size of each step", form.Markup);
    }

    [Fact]
    public void A_change_gives_a_new_record_and_leaves_the_old_one()
    {
        var before = new OptimizationOptions();
        object? after = null;
        var form = Render<OptionsForm>(p => p.Add(c => c.Options, before).Add(c => c.Section, "optimization").Add(c => c.OptionsChanged, o => after = o));

        form.Find("#optimization-learning_rate").Change("1e-4");

        Assert.Equal(1e-4, Assert.IsType<OptimizationOptions>(after).LearningRate);
        Assert.Equal(2e-4, before.LearningRate);
        Assert.Contains("changed", form.Markup);
        Assert.Equal("1e-4", form.Find("#optimization-learning_rate").GetAttribute("value"));
    }

    [Fact]
    public void Reset_takes_the_default_back()
    {
        var form = Render<OptionsForm>(p => p.Add(c => c.Options, new LoraOptions { R = 64 }).Add(c => c.Section, "lora"));

        form.Find("button.reset").Click();

        Assert.Empty(form.FindAll("button.reset"));
        Assert.Equal("16", form.Find("#lora-r").GetAttribute("value"));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("100000")]
    [InlineData("twelve")]
    [InlineData("1.5")]
    [InlineData("")]
    public void A_value_out_of_range_is_shown_with_its_fault_and_not_taken_over(string typed)
    {
        var taken = false;
        var valid = true;
        var form = Render<OptionsForm>(p => p.Add(c => c.Options, new LoraOptions()).Add(c => c.Section, "lora").Add(c => c.OptionsChanged, _ => taken = true).Add(c => c.ValidChanged, v => valid = v));

        form.Find("#lora-r").Change(typed);

        Assert.False(taken);
        Assert.False(valid);
        Assert.Contains("1 to 512", form.Find(".fault").TextContent);
        Assert.Equal(typed, form.Find("#lora-r").GetAttribute("value"));

        form.Find("#lora-r").Change("32");
        Assert.True(taken);
        Assert.True(valid);
        Assert.Empty(form.FindAll(".fault"));
    }

    [Fact]
    public void Switches_choices_and_lists_change_too()
    {
        object options = new LoraOptions();
        var form = Render<OptionsForm>(p => p.Add(c => c.Options, options).Add(c => c.Section, "lora").Add(c => c.Advanced, true).Add(c => c.OptionsChanged, o => options = o));

        form.Find("#lora-use_rslora").Change(true);
        form.Find("#lora-target_modules").Change("q_proj, v_proj");
        form.Find("#lora-loraplus_lr_ratio").Change("16");

        var lora = Assert.IsType<LoraOptions>(options);
        Assert.True(lora.UseRslora);
        Assert.Equal(["q_proj", "v_proj"], lora.TargetModules);
        Assert.Equal(16, lora.LoraplusLrRatio);

        form.Find("#lora-loraplus_lr_ratio").Change("");
        Assert.Null(Assert.IsType<LoraOptions>(options).LoraplusLrRatio);
    }

    [Fact]
    public void Every_options_record_can_be_drawn()
    {
        object[] records = [new ModelOptions(), new LoraOptions(), new OptimizationOptions(), new DataOptions(), new EvaluationOptions(), new CheckpointOptions(), .. TrainingMethods.All.Select(m => Activator.CreateInstance(m.OptionsType)!)];
        foreach (var record in records)
        {
            var form = Render<OptionsForm>(p => p.Add(c => c.Options, record).Add(c => c.Section, "section").Add(c => c.Advanced, true));
            Assert.Equal(OptionSchema.Of(record.GetType()).Count, form.FindAll(".field").Count);
            Assert.Empty(form.FindAll(".reset"));
        }
    }
}
