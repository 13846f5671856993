using System.Text.RegularExpressions;
using Studio.Data.Examples;

namespace Studio.Data.Formats;

/// <summary>Reads a conversation written as one text with turns that begin "Human:" and "Assistant:" (Anthropic's HH sets).</summary>
internal static partial class Transcript
{
    /// <summary>The turns, or null when the text is no such transcript.</summary>
    public static List<Message>? Read(string text)
    {
        var starts = Turns().Matches(text);
        if (starts.Count == 0 || !string.IsNullOrWhiteSpace(text[..starts[0].Index]))
        {
            return null;
        }

        List<Message> messages = [];
        for (var i = 0; i < starts.Count; i++)
        {
            var begin = starts[i].Index + starts[i].Length;
            var end = i + 1 < starts.Count ? starts[i + 1].Index : text.Length;
            messages.Add(new Message { Role = starts[i].Groups[1].Value == "Human" ? "user" : "assistant", Content = text[begin..end].Trim() });
        }

        return messages;
    }

    [GeneratedRegex(@"(?:^|\n\n)(Human|Assistant):")]
    private static partial Regex Turns();
}
