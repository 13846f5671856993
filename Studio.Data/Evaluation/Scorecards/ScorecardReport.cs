using System.Globalization;
using System.Net;
using System.Text;

namespace Studio.Data.Evaluation.Scorecards;

/// <summary>What a report is about and what is needed to repeat it.</summary>
public sealed record ScorecardSubject
{
    /// <summary>Name of the model as people know it.</summary>
    public required string Model { get; init; }

    public required string BaseModel { get; init; }

    public string? BaseSha256 { get; init; }

    public string? AdapterSha256 { get; init; }

    public int? Seed { get; init; }

    /// <summary>Version of Studio that measured.</summary>
    public string? CodeVersion { get; init; }

    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>Suite -> SHA-256 of its items.</summary>
    public IReadOnlyDictionary<string, string> SuiteHashes { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<string> EvaluationIds { get; init; } = [];
}

/// <summary>A scorecard as one HTML page without scripts or outside files, made to be printed.</summary>
public static class ScorecardReport
{
    private const string Style = """
        @page { size: A4; margin: 16mm }
        * { box-sizing: border-box }
        body { font: 13px/1.45 "Segoe UI", system-ui, "PingFang SC", "Microsoft YaHei", sans-serif; color: #1b2430; margin: 24px auto; max-width: 900px; padding: 0 16px }
        h1 { font-size: 22px; margin: 0 0 4px } h2 { font-size: 16px; margin: 28px 0 8px; break-after: avoid } h3 { font-size: 13px; margin: 18px 0 4px; break-after: avoid }
        p { margin: 4px 0 } .quiet { color: #5b6675 } .radars { display: flex; flex-wrap: wrap; gap: 16px } .radars figure { margin: 0; flex: 1 1 380px } figcaption { text-align: center; font-weight: 600 }
        table { border-collapse: collapse; width: 100%; break-inside: auto } tr { break-inside: avoid } th, td { text-align: left; padding: 4px 8px; border-bottom: 1px solid #e3e6eb; vertical-align: top }
        th { font-weight: 600; color: #5b6675 } .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap } .better { color: #0b7a4b } .worse { color: #b3261e } code { font-size: 11px; word-break: break-all }
        .key span { display: inline-block; width: 10px; height: 10px; margin: 0 4px 0 12px }
        """;

    /// <param name="language">en or zh-Hans.</param>
    public static string Html(Scorecard card, ScorecardSubject subject, string language)
    {
        var chinese = language.StartsWith("zh", StringComparison.OrdinalIgnoreCase);
        string T(string en, string zh) => chinese ? zh : en;
        var page = new StringBuilder();
        page.Append("<!doctype html>\n<html lang=\"").Append(chinese ? "zh-Hans" : "en").Append("\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>")
            .Append(Text($"{card.Title.In(language)}: {subject.Model}")).Append("</title>\n<style>\n").Append(Style).Append("\n</style>\n</head>\n<body>\n");
        page.Append("<h1>").Append(Text(card.Title.In(language))).Append("</h1>\n<p><strong>").Append(Text(subject.Model)).Append("</strong> <span class=\"quiet\">")
            .Append(Text(T($"on {subject.BaseModel}", $"基于 {subject.BaseModel}"))).Append("</span></p>\n<p class=\"quiet\">")
            .Append(Text(string.Create(CultureInfo.InvariantCulture, $"{subject.MadeAt:yyyy-MM-dd HH:mm} UTC{subject.MadeAt:zzz}. ")))
            .Append(Text(T(
                string.Create(CultureInfo.InvariantCulture, $"{card.Measured} of {card.Items.Count()} items have a number; an item without one is left open, not counted as zero."),
                string.Create(CultureInfo.InvariantCulture, $"{card.Items.Count()} 项中有 {card.Measured} 项有数值；没有数值的项留空，不计为零。")))).Append("</p>\n");
        page.Append("<p class=\"key\"><span style=\"background:#2f6fed\"></span>").Append(T("now", "现在")).Append("<span style=\"background:#98a3b3\"></span>").Append(T("before (base model)", "之前（基座模型）")).Append("</p>\n<div class=\"radars\">\n");
        foreach (var area in card.Areas)
        {
            page.Append("<figure>").Append(Radar(area, language)).Append("<figcaption>").Append(Text(area.Title.In(language))).Append("</figcaption></figure>\n");
        }

        page.Append("</div>\n");
        foreach (var area in card.Areas)
        {
            page.Append("<h2>").Append(Text(area.Title.In(language))).Append("</h2>\n");
            foreach (var dimension in area.Dimensions)
            {
                Table(page, dimension, language, T);
            }
        }

        Repeat(page, card, subject, T);
        return page.Append("</body>\n</html>\n").ToString();
    }

    private static void Table(StringBuilder page, ScoredDimension dimension, string language, Func<string, string, string> t)
    {
        page.Append("<h3>").Append(Text(dimension.Title.In(language))).Append(" <span class=\"quiet\">").Append(Score(dimension.Score))
            .Append(dimension.BaseScore is { } before ? $" ({t("before", "之前")} {Score(before)})" : "").Append("</span></h3>\n<table>\n<thead><tr><th></th><th>")
            .Append(t("Item", "项目")).Append("</th><th class=\"n\">").Append(t("Value", "数值")).Append("</th><th class=\"n\">").Append(t("Before", "之前")).Append("</th><th>").Append(t("Change", "变化"))
            .Append("</th><th class=\"n\">n</th><th>").Append(t("Measured by", "测量依据")).Append("</th></tr></thead>\n<tbody>\n");
        foreach (var item in dimension.Items)
        {
            page.Append("<tr><td>").Append(Text(item.Item.Id)).Append("</td><td>").Append(Text(item.Item.Title.In(language)));
            if (item.Note is { } note)
            {
                page.Append("<br><span class=\"quiet\">").Append(Text(note.In(language))).Append("</span>");
            }

            page.Append("</td><td class=\"n\">").Append(item.IsMeasured ? Number(item.Value, item.Low, item.High, item.Unit) : "–")
                .Append("</td><td class=\"n\">").Append(item.BaseValue is null ? "" : Number(item.BaseValue, item.BaseLow, item.BaseHigh, item.Unit)).Append("</td><td>").Append(Change(item, t))
                .Append("</td><td class=\"n\">").Append(item.IsMeasured ? item.Count.ToString(CultureInfo.InvariantCulture) : "").Append("</td><td class=\"quiet\">")
                .Append(Text(item.Item.Evidence is { } rule ? $"{t("records", "记录")}: {rule}" : $"{item.Item.Suite}.{item.Item.Metric}{(item.Item.Group is { } group ? "/" + group : "")}")).Append("</td></tr>\n");
        }

        page.Append("</tbody>\n</table>\n");
    }

    private static string Change(ScoredItem item, Func<string, string, string> t) => item switch
    {
        { BaseValue: null } => "",
        { Improved: true } => $"<span class=\"better\">{t("better", "更好")}</span>{P(item)}",
        { Improved: false } => $"<span class=\"worse\">{t("worse", "更差")}</span>{P(item)}",
        { PairedP: null } => $"<span class=\"quiet\">{t("not tested", "未检验")}</span>",
        _ => $"<span class=\"quiet\">{t("no difference shown", "未显示差异")}</span>{P(item)}",
    };

    private static string P(ScoredItem item) => item.PairedP is { } p ? p < 0.001 ? " <span class=\"quiet\">p &lt; 0.001</span>" : string.Create(CultureInfo.InvariantCulture, $" <span class=\"quiet\">p = {p:0.###}</span>") : "";

    private static void Repeat(StringBuilder page, Scorecard card, ScorecardSubject subject, Func<string, string, string> t)
    {
        page.Append("<h2>").Append(t("To repeat this", "如何重现")).Append("</h2>\n<table>\n");
        Row(t("Mapping", "映射"), string.Create(CultureInfo.InvariantCulture, $"{card.Name}, {t("version", "版本")} {card.Version}"));
        Row(t("Base model, SHA-256", "基座模型 SHA-256"), subject.BaseSha256);
        Row(t("Adapter, SHA-256", "适配器 SHA-256"), subject.AdapterSha256);
        Row(t("Seed", "随机种子"), subject.Seed?.ToString(CultureInfo.InvariantCulture));
        Row(t("Studio", "Studio 版本"), subject.CodeVersion);
        Row(t("Evaluations", "评测"), string.Join(", ", subject.EvaluationIds));
        foreach (var (suite, hash) in subject.SuiteHashes.OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            Row($"{t("Items of", "题目")} {suite}, SHA-256", hash);
        }

        page.Append("</table>\n<p class=\"quiet\">").Append(t(
            "Intervals are 95 % (Wilson for shares, bootstrap elsewhere); differences are tested in pairs on the same items (McNemar for shares, bootstrap elsewhere) at 5 %.",
            "区间为 95 %（比例用 Wilson，其余用自助法）；差异在相同题目上做配对检验（比例用 McNemar，其余用自助法），显著性水平 5 %。")).Append("</p>\n");

        void Row(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                page.Append("<tr><th>").Append(Text(name)).Append("</th><td><code>").Append(Text(value)).Append("</code></td></tr>\n");
            }
        }
    }

    private static string Radar(ScoredArea area, string language)
    {
        const double centreX = 210, centreY = 150, radius = 105;
        var count = area.Dimensions.Count;
        var svg = new StringBuilder();
        svg.Append("<svg viewBox=\"0 0 420 300\" role=\"img\" aria-label=\"").Append(Text(area.Title.In(language))).Append("\">");
        foreach (var ring in (double[])[0.25, 0.5, 0.75, 1])
        {
            svg.Append("<polygon fill=\"none\" stroke=\"#e3e6eb\" points=\"").Append(Points(_ => ring)).Append("\"/>");
        }

        for (var i = 0; i < count; i++)
        {
            var (x, y) = Place(i, 1);
            var (labelX, labelY) = Place(i, 1.16);
            var anchor = Math.Abs(labelX - centreX) < 8 ? "middle" : labelX > centreX ? "start" : "end";
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{centreX:0.#}\" y1=\"{centreY:0.#}\" x2=\"{x:0.#}\" y2=\"{y:0.#}\" stroke=\"#e3e6eb\"/>")
                .Append(CultureInfo.InvariantCulture, $"<text x=\"{labelX:0.#}\" y=\"{labelY + 4:0.#}\" text-anchor=\"{anchor}\" font-size=\"11\" fill=\"#5b6675\">{Text(area.Dimensions[i].Title.In(language))} {Score(area.Dimensions[i].Score)}</text>");
        }

        if (area.Dimensions.Any(d => d.BaseScore is not null))
        {
            svg.Append("<polygon fill=\"#98a3b3\" fill-opacity=\"0.15\" stroke=\"#98a3b3\" stroke-dasharray=\"4 3\" points=\"").Append(Points(d => d.BaseScore ?? d.Score ?? 0)).Append("\"/>");
        }

        return svg.Append("<polygon fill=\"#2f6fed\" fill-opacity=\"0.18\" stroke=\"#2f6fed\" stroke-width=\"1.5\" points=\"").Append(Points(d => d.Score ?? 0)).Append("\"/></svg>").ToString();

        (double X, double Y) Place(int index, double distance)
        {
            var angle = (2 * Math.PI * index / count) - (Math.PI / 2);
            return (centreX + (radius * distance * Math.Cos(angle)), centreY + (radius * distance * Math.Sin(angle)));
        }

        string Points(Func<ScoredDimension, double> value) => string.Join(' ', area.Dimensions.Select((d, i) =>
        {
            var (x, y) = Place(i, value(d));
            return string.Create(CultureInfo.InvariantCulture, $"{x:0.#},{y:0.#}");
        }));
    }

    private static string Score(double? score) => score is { } value ? string.Create(CultureInfo.InvariantCulture, $"{100 * value:0}") : "–";

    private static string Number(double? value, double? low, double? high, string unit)
    {
        var (factor, end) = unit switch { "share" => (100, " %"), "points" => (1, ""), _ => (1, " " + unit) };
        var text = string.Create(CultureInfo.InvariantCulture, $"{factor * value:0.#}{end}");
        return low is null || high is null ? text : text + string.Create(CultureInfo.InvariantCulture, $"<br><span class=\"quiet\">{factor * low:0.#} – {factor * high:0.#}</span>");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
