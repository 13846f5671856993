using System.Text.Json.Nodes;
using Studio.Data.Recipes;

namespace Studio.Web.Api;

/// <summary>Reads <c>method.reinforcement</c>: a grader becomes the reward of a GRPO job.</summary>
internal static class ReinforcementRequests
{
    /// <summary>What a learning_rate_multiplier of 1 means: a model that already answers takes smaller steps than one that is taught.</summary>
    public const double StandardLearningRate = 5e-5;

    private const string Place = "method.reinforcement";
    private const int StandardAnswers = 4;
    private const int StandardPrompts = 4;

    /// <exception cref="RequestException">400 with the parameter that is at fault.</exception>
    public static void Read(JsonObject recipe, JsonObject reinforcement)
    {
        var grader = reinforcement.Object("grader") ?? throw RequestException.Invalid($"{Place}.grader", $"Missing required parameter: '{Place}.grader'.", "missing_required_parameter");
        if (GraderSpec.Fault(grader, $"{Place}.grader") is { } fault)
        {
            throw RequestException.Invalid(fault.Place, fault.Message);
        }

        if (reinforcement["response_format"] is not null)
        {
            throw RequestException.Invalid($"{Place}.response_format", "'response_format' is not supported. Check the form of answers with a grader instead.");
        }

        var options = recipe["method_options"]?.AsObject() ?? [];
        if (GraderSpec.AsksModel(grader) && string.IsNullOrWhiteSpace(options["judge_url"]?.ToString()))
        {
            throw RequestException.Invalid($"{Place}.grader", "The grader 'score_model' asks a model and this server does not know where it is. Give the address of an OpenAI-compatible endpoint in 'recipe.method_options.judge_url'.");
        }

        var numbers = reinforcement.Object("hyperparameters") ?? [];
        if (numbers["reasoning_effort"] is { } effort && effort.ToString() is not ("default" or "auto"))
        {
            throw RequestException.Invalid($"{Place}.hyperparameters.reasoning_effort", "'reasoning_effort' is not supported; leave it out or use \"default\".");
        }

        var answers = StandardAnswers;
        if (FineTuningRequests.Number(numbers, "compute_multiplier", $"{Place}.hyperparameters", 0.25, 16) is { } compute)
        {
            answers = Math.Max(2, (int)Math.Round(StandardAnswers * compute));
        }

        options["rewards"] = new JsonArray("grader");
        options["grader"] = grader.DeepClone();
        if (recipe["method"]?.ToString() != "ppo")
        {
            options["num_generations"] = answers;
        }

        if (options.Parent is null)
        {
            recipe["method_options"] = options;
        }

        // What the recipe itself says stays.
        var (optimization, plain) = (recipe["optimization"]!.AsObject(), new OptimizationOptions());
        optimization["per_device_train_batch_size"] = answers;
        if (optimization["gradient_accumulation_steps"] is JsonValue steps && steps.TryGetValue<int>(out var accumulation) && accumulation == plain.GradientAccumulationSteps)
        {
            optimization["gradient_accumulation_steps"] = StandardPrompts;
        }

        if (optimization["learning_rate"] is JsonValue size && size.TryGetValue<double>(out var rate) && rate == plain.LearningRate)
        {
            optimization["learning_rate"] = StandardLearningRate;
        }

        var evaluation = recipe["evaluation"]!.AsObject();
        if (FineTuningRequests.Number(numbers, "eval_interval", $"{Place}.hyperparameters", 1, 1_000_000) is { } interval)
        {
            evaluation["eval_steps"] = (int)interval;
        }

        if (FineTuningRequests.Number(numbers, "eval_samples", $"{Place}.hyperparameters", 0, 64) is { } samples)
        {
            evaluation["sample_count"] = (int)samples;
        }
    }

    /// <summary>The method of a job as the API writes it.</summary>
    public static JsonObject Shape(Recipe recipe, JsonObject numbers)
    {
        var optimization = recipe.Optimization;
        numbers["batch_size"] = optimization.GradientAccumulationSteps;
        numbers["learning_rate_multiplier"] = Math.Round(optimization.LearningRate / StandardLearningRate, 12);
        numbers["compute_multiplier"] = (double)optimization.PerDeviceTrainBatchSize / StandardAnswers;
        numbers["eval_interval"] = recipe.Evaluation.EvalSteps == 0 ? "auto" : recipe.Evaluation.EvalSteps;
        numbers["eval_samples"] = recipe.Evaluation.SampleCount;
        numbers["reasoning_effort"] = "default";

        // Rewards of the recipe that are no grader of the API are named in the formula of one.
        var grader = recipe.MethodOptions["grader"]?.DeepClone() ?? new JsonObject
        {
            ["type"] = "multi",
            ["name"] = "rewards",
            ["graders"] = new JsonObject(),
            ["calculate_output"] = string.Join(" + ", (recipe.MethodOptions["rewards"] as JsonArray ?? [RewardEntry.Auto]).Select(r => r?.ToString())),
        };
        return new JsonObject { ["type"] = "reinforcement", ["reinforcement"] = new JsonObject { ["grader"] = grader, ["hyperparameters"] = numbers } };
    }
}
