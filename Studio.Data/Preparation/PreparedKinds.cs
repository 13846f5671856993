using Studio.Data.Datasets;
using Studio.Data.Recipes;

namespace Studio.Data.Preparation;

/// <summary>Which kind of example prepared rows become for a method.</summary>
public static class PreparedKinds
{
    private static readonly ExampleKind[] Possible = [ExampleKind.Chat, ExampleKind.Preference, ExampleKind.Feedback, ExampleKind.Prompt];

    /// <summary>Null where the method cannot use prepared rows.</summary>
    public static ExampleKind? For(MethodDescription method) => Possible.Select(kind => (ExampleKind?)kind).FirstOrDefault(kind => method.Needs.Contains(kind!.Value));
}
