using System.Text.Json.Nodes;
using Studio.Data.Examples;

namespace Studio.Data.Reviews;

/// <summary>Two answers to one conversation, and how many people preferred which.</summary>
public sealed record VotePair(IReadOnlyList<Message> Prompt, string Chosen, string Rejected, int For, int Against);

/// <summary>Preference pairs counted from votes.</summary>
public sealed record VotePairs
{
    public required IReadOnlyList<VotePair> Pairs { get; init; }

    /// <summary>Pairs on which as many people preferred the one as the other; they teach nothing.</summary>
    public int Ties { get; init; }

    /// <summary>Votes from which no pair follows: nothing better is known, or nothing worse.</summary>
    public int WithoutPair { get; init; }

    /// <summary>Share of votes that agree with the majority, over pairs that were judged more than once; null when none was.</summary>
    public double? Agreement { get; init; }

    /// <summary>Pairs that were judged more than once.</summary>
    public int JudgedAgain { get; init; }

    /// <summary>Counts votes: the better answer against each worse one, good answers against bad ones of the same conversation; the majority decides.</summary>
    public static VotePairs Of(IEnumerable<Vote> votes)
    {
        var all = votes.OrderBy(v => v.CreatedAt).ThenBy(v => v.Id, StringComparer.Ordinal).ToList();
        Dictionary<(string Prompt, string First, string Second), Tally> tallies = [];
        List<(string, string, string)> order = [];
        HashSet<string> used = new(StringComparer.Ordinal);
        void Count(Vote vote, string better, string worse)
        {
            (better, worse) = (better.Trim(), worse.Trim());
            if (better.Length == 0 || worse.Length == 0 || better == worse)
            {
                return;
            }

            used.Add(vote.Id);
            var swapped = string.CompareOrdinal(better, worse) > 0;
            var name = (KeyOf(vote.Prompt), swapped ? worse : better, swapped ? better : worse);
            if (!tallies.TryGetValue(name, out var tally))
            {
                tallies[name] = tally = new Tally(vote.Prompt);
                order.Add(name);
            }

            tally.Add(swapped);
        }

        foreach (var vote in all.Where(v => v.Wanted is not null))
        {
            foreach (var worse in Worse(vote))
            {
                Count(vote, vote.Wanted!, worse);
            }
        }

        foreach (var talk in all.Where(v => v.Kind is VoteKind.Good or VoteKind.Bad && v.Answers.Count > 0).GroupBy(v => KeyOf(v.Prompt)))
        {
            foreach (var good in talk.Where(v => v.Kind == VoteKind.Good))
            {
                foreach (var bad in talk.Where(v => v.Kind == VoteKind.Bad))
                {
                    Count(good, good.Wanted!, bad.Answers[0].Text);
                    used.Add(bad.Id);
                }
            }
        }

        var again = tallies.Values.Where(t => t.Total > 1).ToList();
        return new VotePairs
        {
            Pairs = [.. order.Where(n => tallies[n].First != tallies[n].Second).Select(n => tallies[n].Pair(n.Item2, n.Item3))],
            Ties = tallies.Values.Count(t => t.First == t.Second),
            WithoutPair = all.Count(v => !used.Contains(v.Id)),
            Agreement = again.Count == 0 ? null : again.Sum(t => Math.Max(t.First, t.Second)) / (double)again.Sum(t => t.Total),
            JudgedAgain = again.Count,
        };
    }

    /// <summary>One line of TRL's preference format per pair, with the votes behind it.</summary>
    public IEnumerable<string> Lines() => Pairs.Select(pair => StudioJson.Serialize(new JsonObject
    {
        ["prompt"] = System.Text.Json.JsonSerializer.SerializeToNode(pair.Prompt, StudioJson.Options),
        ["chosen"] = Answer(pair.Chosen),
        ["rejected"] = Answer(pair.Rejected),
        ["votes_for"] = pair.For,
        ["votes_against"] = pair.Against,
    }));

    private static JsonArray Answer(string text) => new(new JsonObject { ["role"] = "assistant", ["content"] = text });

    private static IEnumerable<string> Worse(Vote vote) => vote.Kind switch
    {
        VoteKind.Better => vote.Answers.Where((_, i) => i != vote.Preferred).Select(a => a.Text),
        VoteKind.AllBad or VoteKind.Bad => vote.Answers.Select(a => a.Text),
        _ => [],
    };

    private static string KeyOf(IReadOnlyList<Message> prompt) => StudioJson.Serialize(prompt.Select(m => new { m.Role, Content = m.Content?.Trim() }));

    private sealed class Tally(IReadOnlyList<Message> prompt)
    {
        public int First { get; private set; }

        public int Second { get; private set; }

        public int Total => First + Second;

        public void Add(bool second)
        {
            if (second)
            {
                Second++;
            }
            else
            {
                First++;
            }
        }

        public VotePair Pair(string first, string second) =>
            First > Second ? new VotePair(prompt, first, second, First, Second) : new VotePair(prompt, second, first, Second, First);
    }
}
