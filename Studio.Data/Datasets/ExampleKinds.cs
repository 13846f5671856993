using Studio.Data.Examples;

namespace Studio.Data.Datasets;

/// <summary>The kind of an example.</summary>
public static class ExampleKinds
{
    public static ExampleKind Of(Example example) => example switch
    {
        ChatExample => ExampleKind.Chat,
        CompletionExample => ExampleKind.Completion,
        TextExample => ExampleKind.Text,
        PreferenceExample => ExampleKind.Preference,
        FeedbackExample => ExampleKind.Feedback,
        PromptExample => ExampleKind.Prompt,
        StepwiseExample => ExampleKind.Stepwise,
        _ => throw new ArgumentOutOfRangeException(nameof(example), example.GetType().Name, "Unknown kind of example."),
    };
}
