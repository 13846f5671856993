namespace Studio.Training.Templates.Jinja;

/// <summary>What one rendering may use. Templates come from model folders and uploads, so none is trusted to end.</summary>
public sealed record RenderLimits
{
    public static readonly RenderLimits Default = new();

    /// <summary>Length of the template's source, in UTF-16 units.</summary>
    public int SourceLength { get; init; } = 256 << 10;

    /// <summary>Length of the output, and of any text the template makes on the way, in UTF-16 units.</summary>
    public int TextLength { get; init; } = 1 << 20;

    /// <summary>Items of a list the template makes.</summary>
    public int Items { get; init; } = 1 << 20;

    /// <summary>Statements, loop rounds, calls and other units of work.</summary>
    public long Steps { get; init; } = 5_000_000;

    /// <summary>Time after which a rendering that has done a good deal of work is stopped.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Calls of macros and recursive loops inside each other.</summary>
    public int Depth { get; init; } = 200;
}
