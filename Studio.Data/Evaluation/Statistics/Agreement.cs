namespace Studio.Data.Evaluation.Statistics;

/// <summary>How far a judge agrees with hand labels on yes-or-no items: accuracy with its Wilson interval, Cohen's kappa with its large-sample interval, and both kinds of error.</summary>
/// <param name="Accuracy">Share of items judged alike.</param>
/// <param name="Kappa">Agreement beyond chance (Cohen, 1960): 1 is perfect, 0 is chance.</param>
/// <param name="FalseYes">Items the judge calls yes and the labels no.</param>
public sealed record Agreement(int N, double Accuracy, double Low, double High, double Kappa, double KappaLow, double KappaHigh, int FalseYes, int FalseNo)
{
    /// <exception cref="ArgumentException">The lists are empty or differ in length.</exception>
    public static Agreement Of(IReadOnlyList<bool> judged, IReadOnlyList<bool> labels)
    {
        if (labels.Count == 0 || judged.Count != labels.Count)
        {
            throw new ArgumentException("agreement needs as many judgements as labels, and at least one");
        }

        var n = labels.Count;
        int falseYes = 0, falseNo = 0, yesJudged = 0, yesLabels = 0;
        for (var i = 0; i < n; i++)
        {
            falseYes += judged[i] && !labels[i] ? 1 : 0;
            falseNo += !judged[i] && labels[i] ? 1 : 0;
            yesJudged += judged[i] ? 1 : 0;
            yesLabels += labels[i] ? 1 : 0;
        }

        var alike = n - falseYes - falseNo;
        var accuracy = (double)alike / n;
        double p = (double)yesJudged / n, q = (double)yesLabels / n;
        var chance = (p * q) + ((1 - p) * (1 - q));
        var kappa = chance >= 1 ? 1 : (accuracy - chance) / (1 - chance);

        // Cohen's own large-sample standard error.
        var error = chance >= 1 ? 0 : Math.Sqrt(accuracy * (1 - accuracy) / n) / (1 - chance);
        var z = Distributions.NormalQuantile(0.975);
        var interval = Intervals.Wilson(alike, n);
        return new Agreement(n, accuracy, interval.Low, interval.High, kappa, Math.Max(-1, kappa - (z * error)), Math.Min(1, kappa + (z * error)), falseYes, falseNo);
    }
}
