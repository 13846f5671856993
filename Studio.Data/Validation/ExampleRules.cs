using Studio.Data.Validation.Rules;

namespace Studio.Data.Validation;

/// <summary>The list of rules; each import makes a fresh set.</summary>
public static class ExampleRules
{
    public static IReadOnlyList<Func<Rule>> All { get; } =
    [
        () => new UnknownRole(),
        () => new RoleOrder(),
        () => new NoAssistantTurn(),
        () => new EmptyAssistantTurn(),
        () => new EmptyPrompt(),
        () => new EmptyText(),
        () => new WeightRange(),
        () => new NothingTrained(),
        () => new ToolCallName(),
        () => new ToolCallArguments(),
        () => new ToolResultWithoutCall(),
        () => new EqualAnswers(),
        () => new ControlCharacters(),
        () => new ReplacementCharacters(),
        () => new ChatMarkup(),
        () => new Placeholder(),
        () => new VeryLong(),
        () => new Duplicate(),
        () => new LabelBalance(),
        () => new FewRows(),
        () => new NoValidRows(),
    ];
}
