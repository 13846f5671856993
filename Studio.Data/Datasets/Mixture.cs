using System.Security.Cryptography;
using System.Text;

namespace Studio.Data.Datasets;

/// <summary>Weights of datasets in a mixture: 1 takes each row once, 2 twice, 0.5 half of the rows.</summary>
public static class Mixture
{
    public const double Most = 100;

    /// <summary>How often a row goes into the training data. The part below one is decided by a hash, the same on every machine.</summary>
    public static int Copies(double weight, int seed, string versionId, long row)
    {
        var whole = (int)Math.Floor(weight);
        var part = weight - whole;
        if (part == 0)
        {
            return whole;
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{seed}/{versionId}/{row}")), hash);
        return whole + (BitConverter.ToUInt32(hash) / (double)uint.MaxValue < part ? 1 : 0);
    }
}
