namespace Studio.Data.Files;

/// <summary>Names the likely encoding of bytes that are not UTF-8, so that an error can say what to convert from.</summary>
public static class EncodingGuess
{
    public static string Name(ReadOnlySpan<byte> bytes)
    {
        if (ByZeros(bytes) is { } wide)
        {
            return wide;
        }

        var pairs = 0;
        var simplified = 0;
        var traditional = 0;
        var japanese = 0;
        var highRun = 0;
        var highBytes = 0;
        var longRuns = 0;
        var singles = 0;
        var control = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            var b = bytes[i];
            if (b < 0x80)
            {
                CloseRun();
                continue;
            }

            highBytes++;
            highRun++;
            control += b is >= 0x80 and <= 0x9F ? 1 : 0;
        }

        CloseRun();
        for (var i = 0; i + 1 < bytes.Length; i++)
        {
            var (lead, trail) = (bytes[i], bytes[i + 1]);
            if (lead < 0x81)
            {
                continue;
            }

            pairs++;
            // The commonest characters of each encoding lie in these rows.
            simplified += (lead is >= 0xB0 and <= 0xD7 && trail >= 0xA1) || (lead is 0xA1 or 0xA3 && trail >= 0xA1) ? 1 : 0;
            traditional += lead is >= 0xA4 and <= 0xC6 && trail is (>= 0x40 and <= 0x7E) or >= 0xA1 ? 1 : 0;
            japanese += lead is 0x82 or 0x83 || lead is >= 0x88 and <= 0x97 ? 1 : 0;
            i++;
        }

        if (highBytes == 0)
        {
            return "an unknown encoding";
        }

        // European text has single high bytes inside words of ASCII letters; the East Asian encodings have runs of pairs.
        if (singles * 2 > highBytes)
        {
            return control > 0 ? "windows-1252 (Western European)" : "ISO-8859-1 (Latin-1) or windows-1252";
        }

        var best = Math.Max(simplified, Math.Max(traditional, japanese));
        if (best * 3 > pairs * 2)
        {
            return best == simplified ? "GB18030 (GBK, Simplified Chinese)" : best == japanese ? "Shift_JIS (Japanese)" : "Big5 (Traditional Chinese)";
        }

        return longRuns > singles ? "windows-1251 (Cyrillic) or another single-byte encoding" : "windows-1252 (Western European)";

        void CloseRun()
        {
            singles += highRun == 1 ? 1 : 0;
            longRuns += highRun > 2 ? 1 : 0;
            highRun = 0;
        }
    }

    /// <summary>UTF-16 and UTF-32 by byte order mark or by where their zero bytes lie; null when it is neither.</summary>
    public static string? ByZeros(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE, 0, 0]) || bytes.StartsWith((ReadOnlySpan<byte>)[0, 0, 0xFE, 0xFF]))
        {
            return "UTF-32";
        }

        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]))
        {
            return "UTF-16 (little endian)";
        }

        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
        {
            return "UTF-16 (big endian)";
        }

        var sample = bytes[..Math.Min(bytes.Length, 4096)];
        int even = 0, odd = 0;
        for (var i = 0; i < sample.Length; i++)
        {
            if (sample[i] == 0)
            {
                (even, odd) = i % 2 == 0 ? (even + 1, odd) : (even, odd + 1);
            }
        }

        var half = sample.Length / 2;
        return half < 4 ? null
            : odd > half * 4 / 10 && even < half / 20 ? "UTF-16 (little endian)"
            : even > half * 4 / 10 && odd < half / 20 ? "UTF-16 (big endian)"
            : null;
    }
}
