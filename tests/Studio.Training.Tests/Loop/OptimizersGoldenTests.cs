using System.Globalization;
using System.Text.Json.Nodes;
using Studio.Testing;
using Studio.Training.Checkpoints;
using Studio.Training.Loop.Optimizers;
using Adagrad = Studio.Training.Loop.Optimizers.Adagrad;
using Adam = Studio.Training.Loop.Optimizers.Adam;
using AdamW = Studio.Training.Loop.Optimizers.AdamW;
using Parameter = TorchSharp.Modules.Parameter;
using static TorchSharp.torch;

namespace Studio.Training.Tests.Loop;

public sealed class OptimizersGoldenTests
{
    public static IEnumerable<object[]> Cases => GoldenJson.Rows("trajectories", "optimizers.json", j => j["optimizers"]!.AsArray(), (c, _) => $"{c["key"]} {c["name"]} {c["options"]!.ToJsonString()}");

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Ten_steps_are_the_reference_steps(int index, string name)
    {
        Skip.If(index < 0, name);
        var test = GoldenJson.Read("trajectories", "optimizers.json")["optimizers"]![index]!;
        Skip.If(test["skipped"] is not null, $"{name}: the reference failed");
        using var file = SafeTensorsFile.Open(GoldenFolder.Under("trajectories", "optimizers.safetensors"));
        using var scope = NewDisposeScope();
        var options = test["options"]!;
        string[] names = [.. test["params"]!.AsArray().Select(n => (string)n!)];
        OptimizedTensor[] tensors = [.. names.Select(n => new OptimizedTensor(n, new Parameter(file.Read($"init.{n}").clone()), (double?)options["weight_decay"] ?? 0))];
        using var optimizer = Create((string)test["name"]!, tensors, options);
        Skip.If(optimizer is null, $"{name}: not offered");
        var eight = ((string)test["name"]!).EndsWith("8bit", StringComparison.Ordinal);

        // Muon's directions are bf16: a number on the edge of two roundings moves a step by one part in 256.
        var tolerance = (string)test["name"]! switch { "muon" => 0.02 / 256 * 4, "bnb_adamw8bit" or "bnb_lion8bit" => 1e-5, _ => 1e-6 };
        for (var step = 1; step <= 10; step++)
        {
            var prefix = string.Create(CultureInfo.InvariantCulture, $"step{step:D2}");
            foreach (var tensor in tensors)
            {
                tensor.Parameter.grad = file.Read($"grad.{prefix}.{tensor.Name}");
            }

            optimizer!.Step((double?)options["lr"] ?? 0);
            foreach (var tensor in tensors)
            {
                var key = $"{test["key"]}.{prefix}.{tensor.Name}";
                if (file.Entries.ContainsKey(key))
                {
                    // A number on the edge between two codes may fall either way: one in a thousand.
                    var differences = (tensor.Parameter - file.Read(key)).abs().flatten();
                    var worst = eight ? differences.kthvalue(1 + (differences.numel() - 1) * 999 / 1000, 0).values.item<float>() : differences.max().item<float>();
                    Assert.True(worst < tolerance, $"step {step} {tensor.Name}: {worst}");
                }
            }
        }
    }

    [Fact]
    public void A_restored_optimizer_goes_on_as_if_nothing_had_happened()
    {
        foreach (var (name, create) in OptimizerList.All)
        {
            using var scope = NewDisposeScope();
            Parameter Fresh() => new(arange(8192, dtype: ScalarType.Float32).sub(4096).mul(1e-3).reshape(64, 128));
            var options = new Studio.Data.Recipes.OptimizationOptions { Optim = name };
            Parameter a = Fresh(), b = Fresh();
            using var straight = create([new("p", a, 0.1)], options);
            using var first = create([new("p", b, 0.1)], options);
            void Step(Optimizer optimizer, Parameter p, int step)
            {
                p.grad = (p.detach() * (0.1 + step)).sin();
                optimizer.Step(1e-3);
            }

            Step(straight, a, 0);
            Step(straight, a, 1);
            Step(first, b, 0);
            var saved = first.State().ToDictionary(s => s.Name, s => s.Tensor.clone());
            using var second = create([new("p", b, 0.1)], options);
            second.Load(n => saved[n].clone());
            Step(second, b, 1);
            Assert.True((a - b).abs().max().item<float>() == 0, name);
        }
    }

    private static Optimizer? Create(string name, OptimizedTensor[] tensors, JsonNode options)
    {
        var (beta1, beta2) = options["betas"] is { } betas ? (betas.Doubles()[0], betas.Doubles()[1]) : (0.9, 0.999);
        var eps = (double?)options["eps"] ?? 1e-8;
        return name switch
        {
            "adamw" when (bool?)options["amsgrad"] != true => new AdamW(tensors, beta1, beta2, eps),
            "adamw" => new Adam(tensors, beta1, beta2, eps, amsgrad: true, decoupled: true),
            "adam" => new Adam(tensors, beta1, beta2, eps, (bool?)options["amsgrad"] ?? false, decoupled: false),
            "sgd" => new Sgd(tensors, (double?)options["momentum"] ?? 0, (bool?)options["nesterov"] ?? false),
            "rmsprop" => new RmsProp(tensors, (double?)options["alpha"] ?? 0.99, eps),
            "adagrad" => new Adagrad(tensors),
            "bnb_lion8bit" => new Lion8Bit(tensors, beta1, beta2),
            "adafactor" => new Adafactor(tensors, (bool)options["scale_parameter"]!, (bool)options["relative_step"]!, (bool)options["warmup_init"]!, (double?)options["beta1"]),
            "muon" => new Muon(tensors, 0.9, 0.999, 1e-8),
            "bnb_lion32bit" => new Lion(tensors, beta1, beta2),
            "bnb_adamw8bit" => new AdamW8Bit(tensors, beta1, beta2, eps),
            _ => null,
        };
    }
}
