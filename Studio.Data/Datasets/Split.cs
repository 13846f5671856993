using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Studio.Data.Datasets;

/// <summary>
/// Divides examples into training and validation by a hash of seed and prompt: the same data and seed give the same sides on every machine, and
/// examples with the same prompt are never on both.
/// </summary>
public static class Split
{
    /// <summary>A number that stands for the prompt; examples with equal numbers stay together.</summary>
    public static ulong Score(string prompt, int seed)
    {
        var bytes = new byte[sizeof(int) + Encoding.UTF8.GetMaxByteCount(prompt.Length)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, seed);
        var length = Encoding.UTF8.GetBytes(prompt.Trim(), bytes.AsSpan(sizeof(int)));
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes.AsSpan(0, sizeof(int) + length), hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }

    /// <summary>
    /// The score below which an example is for validation, so that their share comes as near to <paramref name="share"/> as whole groups allow.
    /// 0 when nothing can be kept aside: at least one group must stay for training.
    /// </summary>
    public static ulong Threshold(IReadOnlyCollection<ulong> scores, double share)
    {
        if (share <= 0 || scores.Count < 2)
        {
            return 0;
        }

        var sorted = scores.ToArray();
        Array.Sort(sorted);
        var target = Math.Clamp((int)Math.Round(sorted.Length * share, MidpointRounding.AwayFromZero), 1, sorted.Length - 1);

        // Boundaries between groups nearest to the target from both sides; a boundary at 0 or at the end leaves one side empty.
        var above = target;
        while (above < sorted.Length && sorted[above] == sorted[above - 1])
        {
            above++;
        }

        var below = target;
        while (below > 0 && sorted[below] == sorted[below - 1])
        {
            below--;
        }

        var boundary = below == 0 ? above
            : above == sorted.Length ? below
            : above - target < target - below ? above : below;
        return boundary == sorted.Length ? 0 : sorted[boundary];
    }
}
