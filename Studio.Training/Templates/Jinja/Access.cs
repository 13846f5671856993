using Studio.Training.Templates.Python;

namespace Studio.Training.Templates.Jinja;

/// <summary>Attribute and item access: <c>x.name</c> looks for an attribute first, <c>x['name']</c> for an item first.</summary>
internal static class Access
{
    public static object? Attribute(RenderState state, object? owner, string name)
    {
        if (owner is UndefinedValue undefined)
        {
            throw undefined.Failure();
        }

        return PythonMethods.TryGetAttribute(owner, name, out var value) ? Safe(owner, name, value)
            : owner is DictValue dict && dict.TryGet(name, out value) ? value
            : UndefinedValue.Member(owner, name);
    }

    public static object? Item(RenderState state, object? owner, object? key)
    {
        switch (owner)
        {
            case UndefinedValue undefined:
                throw undefined.Failure();
            case DictValue dict when key is string name ? dict.TryGet(name, out var value) : PythonComparison.IsHashable(key) && dict.TryGetAny(key, out value):
                return value;
            case SequenceValue sequence when key is long or bool:
                var place = Numbers.Index(key);
                place = place < 0 ? place + sequence.Count : place;
                return place >= 0 && place < sequence.Count ? sequence.Items[place] : UndefinedValue.Member(owner, key);
            case string text when key is long or bool:
                return CodePoints.At(text, Numbers.Index(key)) ?? (object)UndefinedValue.Member(owner, key);
            case Markup markup when key is long or bool:
                return CodePoints.At(markup.Text, Numbers.Index(key)) is { } one ? new Markup(one) : UndefinedValue.Member(owner, key);
            case RangeValue range when key is long or bool:
                var at = Numbers.Index(key);
                at = at < 0 ? at + range.Count : at;
                return at >= 0 && at < range.Count ? range[(int)at] : UndefinedValue.Member(owner, key);
        }

        return PythonText.AsText(key) is { } attribute && PythonMethods.TryGetAttribute(owner, attribute, out var found)
            ? Safe(owner, attribute, found)
            : UndefinedValue.Member(owner, key);
    }

    public static object? Slice(RenderState state, object? owner, object? start, object? stop, object? step)
    {
        switch (owner)
        {
            case string text:
                return CodePoints.Slice(text, start, stop, step);
            case Markup markup:
                return new Markup(CodePoints.Slice(markup.Text, start, stop, step));
            case ListValue list:
                state.CheckItems(list.Count);
                return new ListValue(Slices.Of(list.Items, start, stop, step));
            case TupleValue tuple:
                state.CheckItems(tuple.Count);
                return new TupleValue(Slices.Of(tuple.Items, start, stop, step));
            case RangeValue range:
                var (first, length, stride) = Slices.Resolve(range.Count, start, stop, step);
                var from = range.Start + (first * range.Step);
                return new RangeValue(from, from + (length * stride * range.Step), stride * range.Step);
            case UndefinedValue undefined:
                throw undefined.Failure();
            case DictValue:
                throw TemplateException.Type("unhashable type: 'slice'");
            default:
                throw TemplateException.Type($"'{PythonTypes.NameOf(owner)}' object is not subscriptable");
        }
    }

    public static object? Call(RenderState state, object? callee, Arguments arguments) => callee switch
    {
        CallableValue callable => callable.Call(state, arguments),
        UndefinedValue undefined => throw undefined.Failure(),
        _ => throw TemplateException.Type($"'{PythonTypes.NameOf(callee)}' object is not callable"),
    };

    private static object? Safe(object? owner, string name, object? value) => name.StartsWith('_') && value is not UndefinedValue ? UndefinedValue.Unsafe(owner, name) : value;
}
