using System.Text;
using Studio.Data;
using Studio.Data.Jobs;
using Studio.Web.Jobs;

namespace Studio.Web.Tests.Jobs;

public sealed class EventTailTests : IDisposable
{
    private readonly string path = Path.GetTempFileName();

    [Fact]
    public void A_half_written_line_waits_for_its_end()
    {
        var line = StudioJson.Serialize(new JobEvent { Time = DateTimeOffset.UnixEpoch, Type = JobEventTypes.Log, Message = "你好" }) + "\n";
        var bytes = Encoding.UTF8.GetBytes(line);
        long offset = 0;
        for (var cut = 0; cut < bytes.Length; cut++)
        {
            File.WriteAllBytes(path, bytes[..cut]);
            Assert.Empty(EventTail.Read(path, ref offset));
            Assert.Equal(0, offset);
        }

        File.WriteAllBytes(path, bytes);
        Assert.Equal("你好", Assert.Single(EventTail.Read(path, ref offset)).Message);
        Assert.Equal(bytes.Length, offset);
        Assert.Empty(EventTail.Read(path, ref offset));
    }

    [Fact]
    public void Damaged_lines_are_passed_over()
    {
        File.WriteAllText(path, "not json\n{\"type\":\"log\"}\n\n" + StudioJson.Serialize(new JobEvent { Time = DateTimeOffset.UnixEpoch, Type = "log" }) + "\n");
        long offset = 0;
        Assert.Single(EventTail.Read(path, ref offset));
    }

    [Fact]
    public void No_file_is_no_event()
    {
        long offset = 0;
        Assert.Empty(EventTail.Read(path + ".none", ref offset));
    }

    [Fact]
    public void Downsampling_keeps_ends_and_peaks()
    {
        var points = Enumerable.Range(1, 50_000).Select(i => new MetricPoint(i, i == 31_415 ? 100 : 1, 0, default)).ToList();
        var kept = SeriesBuilder.Downsample(points, 500);
        Assert.Equal(500, kept.Count);
        Assert.Equal(1, kept[0].Step);
        Assert.Equal(50_000, kept[^1].Step);
        Assert.Contains(kept, p => p.Value == 100);
        Assert.Equal(kept.Select(p => p.Step).Order(), kept.Select(p => p.Step));
    }

    public void Dispose() => File.Delete(path);
}
