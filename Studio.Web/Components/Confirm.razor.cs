namespace Studio.Web.Components;

/// <summary>Asks once before something that cannot be undone: <c>if (await confirm.AskAsync(...))</c>.</summary>
public sealed partial class Confirm
{
    private bool open;
    private bool danger;
    private string title = "";
    private string text = "";
    private string verb = "";
    private TaskCompletionSource<bool>? answer;

    /// <param name="title">Names the object: "Delete the dataset Harbour support?"</param>
    /// <param name="text">What is lost.</param>
    /// <param name="verb">The word on the button.</param>
    public Task<bool> AskAsync(string title, string text, string verb, bool danger = true)
    {
        answer?.TrySetResult(false);
        (this.title, this.text, this.verb, this.danger) = (title, text, verb, danger);
        answer = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        open = true;
        StateHasChanged();
        return answer.Task;
    }

    private void Answer(bool yes)
    {
        open = false;
        answer?.TrySetResult(yes);
    }
}
