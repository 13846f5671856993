using System.Globalization;

namespace Studio.Training.Loop;

/// <summary>Counts steps whose loss or gradient is not finite: each is left out, and three in a row end the run with the weights as they were.</summary>
internal sealed class BadSteps(EventWriter events)
{
    private const int Limit = 3;

    private int inARow;

    /// <param name="good">True when the step was applied.</param>
    /// <param name="savedStep">Step of the newest checkpoint, for the message.</param>
    /// <exception cref="TrainingFailure">This one was one too many.</exception>
    public void Take(bool good, double loss, double rate, int step, int? savedStep)
    {
        if (good)
        {
            inARow = 0;
            return;
        }

        inARow++;
        events.Log("warn", string.Create(CultureInfo.InvariantCulture, $"Step {step} was left out: its {(double.IsFinite(loss) ? "gradient" : "loss")} is not a finite number (learning rate {rate:G4})."));
        if (inARow >= Limit)
        {
            throw new TrainingFailure(
                "nan_loss",
                string.Create(CultureInfo.InvariantCulture, $"The loss was not a finite number in {Limit} steps in a row, up to step {step} at learning rate {rate:G4}. {(savedStep is { } s ? $"The checkpoint of step {s} is good." : "No checkpoint was written before.")}"),
                "Lower the learning rate, or use the base precision fp32.",
                step);
        }
    }
}
