using System.Text.Json.Nodes;
using Studio.Data.Evaluation.Statistics;
using Studio.Testing;

namespace Studio.Data.Tests.Evaluation;

/// <summary>metrics/stats.json against scipy and statsmodels: 1e-9, p values of chi-squared and t 1e-7.</summary>
public sealed class GoldenStatisticsTests
{
    private const double Tolerance = 1e-9;
    private const double TailTolerance = 1e-7;

    public static IEnumerable<object[]> PassAtKCases() => Cases("pass_at_k");

    public static IEnumerable<object[]> IntervalCases() => Cases("intervals");

    public static IEnumerable<object[]> BootstrapCases() => Cases("bootstrap");

    public static IEnumerable<object[]> McNemarCases() => Cases("mcnemar");

    public static IEnumerable<object[]> PairedBootstrapCases() => Cases("paired_bootstrap");

    public static IEnumerable<object[]> PairedCases() => Cases("tests", "paired");

    public static IEnumerable<object[]> MultipleTestingCases() => GoldenFolder.Rows(GoldenMetrics.Has("stats.json") ? ["holm", "fdr_bh", "bonferroni"] : []);

    [SkippableTheory]
    [MemberData(nameof(PassAtKCases))]
    public void Metrics_pass_at_k(string name)
    {
        var c = Case(name);
        Near(c["pass_at_k"]!, PassAtK.Estimate((int)c["n"]!, (int)c["c"]!, (int)c["k"]!), Tolerance);
    }

    [SkippableTheory]
    [MemberData(nameof(IntervalCases))]
    public void Metrics_intervals(string name)
    {
        var c = Case(name);
        var (k, n, confidence) = ((int)c["successes"]!, (int)c["trials"]!, (double)c["confidence"]!);
        Near(c["wilson"]!, Intervals.Wilson(k, n, confidence), Tolerance);
        Near(c["wilson_continuity"]!, Intervals.WilsonContinuity(k, n, confidence), Tolerance);
        Near(c["clopper_pearson"]!, Intervals.ClopperPearson(k, n, confidence), Tolerance);
        Near(c["normal"]!, Intervals.Normal(k, n, confidence), Tolerance);
    }

    [SkippableTheory]
    [MemberData(nameof(BootstrapCases))]
    public void Metrics_bootstrap(string name)
    {
        var c = Case(name);
        var data = Numbers(c["data"]!);
        var resamples = Rows(c["indices"]!);
        Near(c["percentile_ci"]!, Bootstrap.Percentile(data, resamples, (double)c["confidence"]!), Tolerance);
        Near(c["means_std"]!, Bootstrap.StandardError(data, resamples), Tolerance);
    }

    [SkippableTheory]
    [MemberData(nameof(McNemarCases))]
    public void Metrics_mcnemar(string name)
    {
        var c = Case(name);
        var (b, d) = ((int)c["table"]![0]![1]!, (int)c["table"]![1]![0]!);
        Near(c["exact"]!, PairedTests.McNemarExact(b, d));
        Near(c["chi2"]!, PairedTests.McNemarChiSquared(b, d, continuityCorrection: false));
        Near(c["chi2_corrected"]!, PairedTests.McNemarChiSquared(b, d, continuityCorrection: true));
    }

    [SkippableTheory]
    [MemberData(nameof(PairedBootstrapCases))]
    public void Metrics_paired_bootstrap(string name)
    {
        var c = Case(name);
        var result = Bootstrap.Paired(Numbers(c["scores_a"]!), Numbers(c["scores_b"]!), Rows(c["indices"]!));
        Near(c["p_value"]!, result.PValue, Tolerance);
        Near(c["wins_b"]!, result.WinsB, Tolerance);
        Near(c["diff_ci95"]!, result.Difference, Tolerance);
    }

    [SkippableTheory]
    [MemberData(nameof(PairedCases))]
    public void Metrics_paired_tests(string name)
    {
        var c = Case(name);
        double[] a = Numbers(c["scores_a"]!), b = Numbers(c["scores_b"]!);
        Near(c["paired_t"]!, PairedTests.StudentT(a, b));
        Near(c["wilcoxon_approx"]!, PairedTests.Wilcoxon(a, b));
        var sign = PairedTests.Sign(a, b);
        Assert.Equal(((int)c["sign_test"]!["wins"]!, (int)c["sign_test"]!["losses"]!), (sign.Wins, sign.Losses));
        Near(c["sign_test"]!["pvalue"]!, sign.PValue, Tolerance);
    }

    [SkippableTheory]
    [MemberData(nameof(MultipleTestingCases))]
    public void Metrics_multiple_testing(string method)
    {
        GoldenMetrics.Need("stats.json", method);
        var c = GoldenMetrics.Read("stats.json")["tests"]!["multiple_testing"]!;
        var p = Numbers(c["pvalues"]!);
        var adjusted = method switch
        {
            "holm" => MultipleTesting.Holm(p),
            "fdr_bh" => MultipleTesting.BenjaminiHochberg(p),
            _ => MultipleTesting.Bonferroni(p),
        };
        foreach (var (expected, actual) in Numbers(c["adjusted"]![method]!).Zip(adjusted))
        {
            Assert.Equal(expected, actual, Tolerance);
        }
    }

    private static IEnumerable<object[]> Cases(params string[] path) => GoldenMetrics.Cases("stats.json", path);

    private static JsonNode Case(string name) => GoldenMetrics.Case("stats.json", name);

    private static double[] Numbers(JsonNode node) => [.. node.AsArray().Select(v => (double)v!)];

    private static int[][] Rows(JsonNode node) => [.. node.AsArray().Select(row => row!.AsArray().Select(v => (int)v!).ToArray())];

    private static void Near(JsonNode expected, double actual, double tolerance) => Assert.Equal((double)expected, actual, tolerance);

    private static void Near(JsonNode expected, Interval actual, double tolerance)
    {
        Near(expected[0]!, actual.Low, tolerance);
        Near(expected[1]!, actual.High, tolerance);
    }

    private static void Near(JsonNode expected, TestResult actual)
    {
        Near(expected["statistic"]!, actual.Statistic, Tolerance);
        Near(expected["pvalue"]!, actual.PValue, TailTolerance);
    }
}
