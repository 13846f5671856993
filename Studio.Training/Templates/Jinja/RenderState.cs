using System.Diagnostics;
using Studio.Training.Templates.Python;

namespace Studio.Training.Templates.Jinja;

/// <summary>Everything that changes while one template is rendered once.</summary>
internal sealed class RenderState
{
    // The clock is asked only now and then, and never before this much work: a slow machine must not fail an ordinary conversation.
    private const int StepsBetweenChecks = 20_000;

    private readonly RenderLimits limits;
    private readonly long startTime = Stopwatch.GetTimestamp();
    private readonly Stack<TextBuffer> spare = new();
    private readonly TextBuffer root;
    private TextBuffer output;
    private long steps;
    private long nextCheck = StepsBetweenChecks;
    private int depth;

    private int countedUnits;
    private int countedPoints;

    public RenderState(RenderLimits limits, Dictionary<string, object?> variables, DateTime now, IReadOnlyDictionary<string, BlockStatement> blocks)
    {
        this.limits = limits;
        Now = now;
        Blocks = blocks;
        root = output = new TextBuffer(limits.TextLength);
        Top = new Scope(this, variables);
    }

    /// <summary>Local time that <c>strftime_now</c> gives.</summary>
    public DateTime Now { get; }

    public IReadOnlyDictionary<string, BlockStatement> Blocks { get; }

    /// <summary>The scope of the template's top level.</summary>
    public Scope Top { get; }

    public bool Autoescape { get; set; }

    /// <summary>Line of the statement that runs.</summary>
    public int Line { get; set; }

    /// <summary>Spans of the generation blocks, in code points of the output.</summary>
    public List<(int Start, int End)> Generations { get; } = [];

    public string Output => root.ToString();

    public void Write(string text) => output.Append(text);

    /// <summary>Writes a value as <c>{{ }}</c> prints it.</summary>
    public void Print(object? value) => output.Append(Autoescape ? Html.Escape(value).Text : PythonText.Str(value));

    /// <summary>Counts work; fails when the template has done too much or taken too long.</summary>
    public void Charge(int work = 1)
    {
        steps += work;
        if (steps > nextCheck)
        {
            Check();
        }
    }

    public void CheckText(long length)
    {
        Charge((int)Math.Min(length >> 8, int.MaxValue));
        if (length > limits.TextLength)
        {
            throw TemplateException.Limit($"The template makes a text of {length:N0} characters; the limit is {limits.TextLength:N0}.");
        }
    }

    public void CheckItems(long count)
    {
        Charge((int)Math.Min(count >> 4, int.MaxValue));
        if (count > limits.Items)
        {
            throw TemplateException.Limit($"The template makes a list of {count:N0} items; the limit is {limits.Items:N0}.");
        }
    }

    /// <summary>Runs a body whose output is kept instead of written.</summary>
    public Flow Capture(Func<Flow> body, out string text)
    {
        var outer = output;
        output = spare.Count > 0 ? spare.Pop() : new TextBuffer(limits.TextLength);
        try
        {
            var flow = body();
            text = output.ToString();
            return flow;
        }
        finally
        {
            output.Clear();
            spare.Push(output);
            output = outer;
        }
    }

    /// <summary>One level deeper into macros or recursive loops; pair it with <see cref="Leave"/>.</summary>
    public void Enter()
    {
        Charge();
        if (++depth > limits.Depth || !System.Runtime.CompilerServices.RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw TemplateException.Limit("maximum recursion depth exceeded");
        }
    }

    public void Leave() => depth--;

    /// <summary>Code points that have reached the output so far; captured text has not.</summary>
    public int WrittenCodePoints()
    {
        countedPoints += CodePoints.Count(root.From(countedUnits));
        countedUnits = root.Length;
        return countedPoints;
    }

    private void Check()
    {
        nextCheck = steps + StepsBetweenChecks;
        if (steps > limits.Steps)
        {
            throw TemplateException.Limit($"The template does more than {limits.Steps:N0} steps of work.");
        }

        if (Stopwatch.GetElapsedTime(startTime) > limits.Time)
        {
            throw TemplateException.Limit($"The template takes longer than {limits.Time.TotalMilliseconds:N0} ms.");
        }
    }
}

/// <summary>Text that grows, with a limit.</summary>
internal sealed class TextBuffer(int limit)
{
    private char[] units = new char[1024];

    public int Length { get; private set; }

    public void Append(string text)
    {
        var length = Length + text.Length;
        if (length > units.Length)
        {
            if (length > limit)
            {
                throw TemplateException.Limit($"The output of the template is longer than {limit:N0} characters.");
            }

            Array.Resize(ref units, Math.Max(length, units.Length * 2));
        }

        text.CopyTo(units.AsSpan(Length));
        Length = length;
    }

    public ReadOnlySpan<char> From(int start) => units.AsSpan(start, Length - start);

    public void Clear() => Length = 0;

    public override string ToString() => new(units, 0, Length);
}
