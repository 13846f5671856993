using System.Numerics;
using Studio.Training.Templates.Jinja;

namespace Studio.Training.Templates.Python;

/// <summary>Names of types as Python's error messages give them.</summary>
internal static class PythonTypes
{
    public static string NameOf(object? value) => value switch
    {
        null => "NoneType",
        bool => "bool",
        long or BigInteger => "int",
        double => "float",
        string => "str",
        Markup => "Markup",
        ListValue => "list",
        GroupValue => "_GroupTuple",
        TupleValue => "tuple",
        DictValue => "dict",
        UndefinedValue => "Undefined",
        RangeValue => "range",
        IteratorValue iterator => iterator.TypeName,
        DictView view => view.Kind switch { DictViewKind.Keys => "dict_keys", DictViewKind.Values => "dict_values", _ => "dict_items" },
        NamespaceValue => "Namespace",
        MacroValue => "Macro",
        LoopContext => "LoopContext",
        CyclerValue => "Cycler",
        JoinerValue => "Joiner",
        DictClass => "type",
        MethodValue => "builtin_function_or_method",
        FunctionValue => "function",
        SelfReference => "TemplateReference",
        _ => "object",
    };
}
