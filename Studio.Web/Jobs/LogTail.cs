using System.Text;

namespace Studio.Web.Jobs;

/// <summary>Reads the end of a log that is still being written.</summary>
public static class LogTail
{
    public static string Read(string path, int maxBytes = 64 << 10)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Position = Math.Max(0, file.Length - maxBytes);
            var cut = file.Position > 0;
            var buffer = new byte[Math.Min(maxBytes, file.Length)];
            var text = Encoding.UTF8.GetString(buffer, 0, file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false));

            // The first line is cut in most cases: leave it out.
            return cut && text.IndexOf('\n', StringComparison.Ordinal) is >= 0 and var end ? text[(end + 1)..] : text;
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            return "";
        }
    }
}
