using MudBlazor;
using Studio.Data;
using Studio.Data.Reviews;
using Studio.Web.Layout;

namespace Studio.Web.Pages.Playground;

/// <summary>Votes on the last answers: which is better, all are bad, or thumbs for a single one. They wait for review.</summary>
public sealed partial class PlaygroundPage
{
    private bool allBad;
    private bool voted;

    /// <summary>Every column has a whole answer to the same conversation, so one can be better.</summary>
    private bool Comparable => columns.Count > 1 && columns.TrueForAll(c => c.Answer is not null) && columns.Select(c => StudioJson.Serialize(c.Asked(system))).Distinct(StringComparer.Ordinal).Count() == 1;

    private Task Prefer(Conversation column) => VoteAsync(VoteKind.Better, columns, columns.IndexOf(column));

    private Task AllBad() => VoteAsync(VoteKind.AllBad, columns, null);

    private Task Rate(Conversation column, bool good) => VoteAsync(good ? VoteKind.Good : VoteKind.Bad, [column], good ? 0 : null);

    /// <summary>A second vote on the same answers replaces the first while nobody has reviewed it.</summary>
    private async Task VoteAsync(VoteKind kind, IReadOnlyList<Conversation> judged, int? preferred)
    {
        var viewer = await Viewer.OfAsync(Authentication);
        var answers = judged.Select(c => c.Answer!).ToList();
        var vote = new Vote
        {
            Id = "",
            CreatedAt = default,
            Kind = kind,
            Source = "playground",
            Prompt = judged[0].Asked(system),
            Answers = [.. judged.Select(c => new VotedAnswer(c.Model, c.Answer!.Text))],
            Preferred = kind == VoteKind.Better ? preferred : null,
            By = viewer.Name,
        };
        var kept = answers[0].VoteId is { } id && answers.TrueForAll(a => a.VoteId == id) && Box.Get(id) is { State: ReviewState.Open }
            ? Box.Change(id, v => v with { Kind = vote.Kind, Preferred = vote.Preferred })
            : Box.Add(vote);
        if (!kept.Succeeded)
        {
            Notices.Add(L["vote.failed", kept.Summary], Severity.Error);
            return;
        }

        foreach (var (answer, index) in answers.Select((a, i) => (a, i)))
        {
            (answer.VoteId, answer.Liked) = (kept.Value.Id, index == preferred);
        }

        (voted, allBad) = (true, kind == VoteKind.AllBad);
    }
}
