namespace Studio.Training.Loop;

/// <summary>Extra numbers of the schedules that have some; names as in transformers.</summary>
public sealed record ScheduleOptions
{
    /// <summary>cosine: half waves (0.5); cosine_with_restarts: whole cycles (1).</summary>
    public double? NumCycles { get; init; }

    public double? MinLr { get; init; }

    public double? MinLrRate { get; init; }

    public double? WarmupLrRate { get; init; }

    public double Power { get; init; } = 1;

    public double LrEnd { get; init; } = 1e-7;

    public int? Timescale { get; init; }

    public int? NumDecaySteps { get; init; }

    public double MinLrRatio { get; init; }

    /// <summary>linear, cosine or 1-sqrt.</summary>
    public string WarmupType { get; init; } = "linear";

    public string DecayType { get; init; } = "cosine";
}

/// <summary>The learning rate over a run: a factor on the base rate for every step (transformers' get_scheduler).</summary>
public sealed class Schedule
{
    private readonly Func<int, double> factor;

    private Schedule(string name, double baseRate, Func<int, double> factor)
    {
        Name = name;
        BaseRate = baseRate;
        this.factor = factor;
    }

    public string Name { get; }

    public double BaseRate { get; }

    /// <summary>Non-null for reduce_lr_on_plateau, which looks at the validation loss.</summary>
    public Plateau? Plateau { get; private init; }

    /// <summary>Rate of a step, counted from 0.</summary>
    public double At(int step) => Plateau is null ? BaseRate * factor(step) : BaseRate * Plateau.Factor;

    /// <exception cref="ArgumentException">There is no such schedule.</exception>
    public static Schedule Create(string name, double baseRate, int warmup, int total, ScheduleOptions? options = null)
    {
        var o = options ?? new ScheduleOptions();
        Func<int, double> factor = name switch
        {
            "constant" => _ => 1,
            "constant_with_warmup" => s => s < warmup ? Ramp(s, warmup) : 1,
            "linear" => s => s < warmup ? Ramp(s, warmup) : Math.Max(0, (double)(total - s) / Math.Max(1, total - warmup)),
            "cosine" => s => s < warmup ? Ramp(s, warmup) : Math.Max(0, HalfWave(Progress(s, warmup, total), o.NumCycles ?? 0.5)),
            "cosine_with_restarts" => s => s < warmup ? Ramp(s, warmup) : Restarts(Progress(s, warmup, total), o.NumCycles ?? 1),
            "cosine_with_min_lr" => s => s < warmup ? Ramp(s, warmup) : Floored(HalfWave(Progress(s, warmup, total), o.NumCycles ?? 0.5), MinRate(o, baseRate)),
            "cosine_warmup_with_min_lr" => s => WarmFloored(s, warmup, total, o, MinRate(o, baseRate)),
            "polynomial" => s => Polynomial(s, warmup, total, baseRate, o),
            "inverse_sqrt" => InverseRoot(warmup, o.Timescale ?? (warmup > 0 ? warmup : 10_000)),
            "warmup_stable_decay" => s => StableDecay(s, warmup, total, o),
            "reduce_lr_on_plateau" => _ => 1,
            _ => throw new ArgumentException($"There is no learning-rate schedule \"{name}\"."),
        };
        return new Schedule(name, baseRate, factor) { Plateau = name == "reduce_lr_on_plateau" ? new Plateau() : null };
    }

    private static double Ramp(int step, int warmup) => (double)step / Math.Max(1, warmup);

    private static double Progress(int step, int warmup, int total) => (double)(step - warmup) / Math.Max(1, total - warmup);

    private static double HalfWave(double progress, double cycles) => 0.5 * (1 + Math.Cos(Math.PI * cycles * 2 * progress));

    private static double Restarts(double progress, double cycles) =>
        progress >= 1 ? 0 : Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * (cycles * progress % 1))));

    private static double MinRate(ScheduleOptions options, double baseRate) => options.MinLrRate ?? (options.MinLr ?? 0) / baseRate;

    private static double Floored(double factor, double minRate) => Math.Max(0, factor * (1 - minRate) + minRate);

    private static double WarmFloored(int step, int warmup, int total, ScheduleOptions o, double minRate)
    {
        if (step < warmup)
        {
            // The first step already moves: it starts at the warm-up rate and reaches 1 on the last step of the warm-up.
            return o.WarmupLrRate is { } start
                ? start + (1 - start) * step / Math.Max(1, warmup - 1)
                : (double)(step + 1) / Math.Max(1, warmup);
        }

        var progress = (double)(step - warmup + 1) / Math.Max(1, total - warmup);
        return Floored(HalfWave(progress, o.NumCycles ?? 0.5), minRate);
    }

    private static double Polynomial(int step, int warmup, int total, double baseRate, ScheduleOptions o)
    {
        if (step < warmup)
        {
            return Ramp(step, warmup);
        }

        if (step > total)
        {
            return o.LrEnd / baseRate;
        }

        var remaining = 1 - (double)(step - warmup) / (total - warmup);
        return ((baseRate - o.LrEnd) * Math.Pow(remaining, o.Power) + o.LrEnd) / baseRate;
    }

    private static Func<int, double> InverseRoot(int warmup, int timescale) =>
        step => step < warmup ? Ramp(step, warmup) : 1 / Math.Sqrt((double)(step + timescale - warmup) / timescale);

    private static double StableDecay(int step, int warmup, int total, ScheduleOptions o)
    {
        var decay = o.NumDecaySteps ?? Math.Max(1, (total - warmup) / 10);
        var stable = total - warmup - decay;
        if (step < warmup)
        {
            var progress = Ramp(step, warmup);
            var rise = o.WarmupType switch
            {
                "cosine" => 0.5 * (1 - Math.Cos(Math.PI * progress)),
                "1-sqrt" => 1 - Math.Sqrt(1 - progress),
                _ => progress,
            };
            return Math.Max(0, rise * (1 - o.MinLrRatio) + o.MinLrRatio);
        }

        if (step < warmup + stable)
        {
            return 1;
        }

        if (step >= warmup + stable + decay)
        {
            return o.MinLrRatio;
        }

        var done = (double)(step - warmup - stable) / Math.Max(1, decay);
        var fall = o.DecayType switch
        {
            "linear" => 1 - done,
            "1-sqrt" => 1 - Math.Sqrt(done),
            _ => HalfWave(done, o.NumCycles ?? 0.5),
        };
        return Math.Max(0, fall * (1 - o.MinLrRatio) + o.MinLrRatio);
    }
}

/// <summary>Divides the rate by ten when the validation loss has not improved for more than ten evaluations (torch's ReduceLROnPlateau with its defaults).</summary>
public sealed class Plateau
{
    private const double Shrink = 0.1, Threshold = 1e-4;
    private const int Patience = 10;

    public double Factor { get; set; } = 1;

    public double Best { get; set; } = double.PositiveInfinity;

    public int BadEvaluations { get; set; }

    public void Observe(double loss)
    {
        if (loss < Best * (1 - Threshold))
        {
            (Best, BadEvaluations) = (loss, 0);
            return;
        }

        if (++BadEvaluations > Patience)
        {
            (Factor, BadEvaluations) = (Factor * Shrink, 0);
        }
    }
}
