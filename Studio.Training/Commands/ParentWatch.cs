using System.Diagnostics;
using System.Globalization;

namespace Studio.Training.Commands;

/// <summary>Notices when the process that started this one is gone, so that no worker stays behind after its host was killed.</summary>
public sealed class ParentWatch : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _gone = new();
    private readonly ITimer? _timer;

    private ParentWatch(int? pid, TimeProvider time)
    {
        if (pid is { } id)
        {
            _timer = time.CreateTimer(_ => Look(id), null, TimeSpan.Zero, Interval);
        }
    }

    /// <summary>Cancelled once the parent has ended.</summary>
    public CancellationToken Token => _gone.Token;

    /// <param name="pid">Process id as text; empty watches nobody.</param>
    public static ParentWatch Start(string? pid, TimeProvider time) =>
        new(int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null, time);

    public void Dispose()
    {
        _timer?.Dispose();
        _gone.Dispose();
    }

    private void Look(int pid)
    {
        try
        {
            using var parent = Process.GetProcessById(pid);
            if (!parent.HasExited)
            {
                return;
            }
        }
        catch (ArgumentException)
        {
            // No process of that number runs any more.
        }

        try
        {
            _gone.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The timer fired once more while the worker was closing.
        }
    }
}
