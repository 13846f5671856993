namespace Studio.Data.Evaluation.Statistics;

/// <summary>Chance that at least one of k answers is right, estimated without bias from c right ones among n (Chen et al. 2021).</summary>
public static class PassAtK
{
    public static double Estimate(int n, int c, int k)
    {
        if (n - c < k)
        {
            return 1;
        }

        var allWrong = 1.0;
        for (var i = n - c + 1; i <= n; i++)
        {
            allWrong *= 1 - ((double)k / i);
        }

        return 1 - allWrong;
    }
}
