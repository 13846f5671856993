using CsCheck;
using Studio.Data.Validation;

namespace Studio.Data.Tests.Validation;

public sealed class RowHashesTests
{
    [Fact]
    public void Agrees_with_a_dictionary() =>
        Gen.ULong[0, 300].Array[0, 3000].Sample(values =>
        {
            RowHashes hashes = new();
            Dictionary<ulong, int> first = [];
            for (var i = 0; i < values.Length; i++)
            {
                // 0 and 1 share a slot on purpose: 0 marks a free one.
                var key = values[i] * 0x9E3779B97F4A7C15UL;
                var expected = first.TryGetValue(key, out var line) ? line : (int?)null;
                Assert.Equal(expected, hashes.Add(key, i));
                first.TryAdd(key, i);
            }
        }, iter: 30);
}
