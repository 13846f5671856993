using Studio.Benchmarks;

return args switch
{
    ["train", .. var rest] => TrainBenchmark.Run(rest),
    ["train-lap", .. var rest] => TrainLap.Run(rest),
    ["dpo", .. var rest] => PreferenceBenchmark.Run(rest),
    ["reinforce"] => ReinforceBenchmark.Run(),
    ["reinforce-lap", .. var rest] => ReinforceLap.Run(rest),
    ["choices", .. var rest] => ChoicesBenchmark.Run(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("dotnet run -c Release --project tests/Studio.Benchmarks -- train [--rounds N] [--steps N]");
    Console.Error.WriteLine("dotnet run -c Release --project tests/Studio.Benchmarks -- dpo [--steps N]");
    Console.Error.WriteLine("dotnet run -c Release --project tests/Studio.Benchmarks -- reinforce");
    Console.Error.WriteLine("dotnet run -c Release --project tests/Studio.Benchmarks -- choices [--rounds N]");
    return 2;
}
