using Microsoft.JSInterop;

namespace Studio.Web.Components;

/// <summary>What a component holds in the browser.</summary>
internal static class BrowserParts
{
    /// <summary>Detaches the handle and lets go of it and of its module; the browser may have gone first.</summary>
    public static async ValueTask ReleaseAsync(IJSObjectReference? handle, IJSObjectReference? module)
    {
        try
        {
            if (handle is not null)
            {
                await handle.InvokeVoidAsync("detach");
                await handle.DisposeAsync();
            }

            if (module is not null)
            {
                await module.DisposeAsync();
            }
        }
        catch (JSDisconnectedException)
        {
            // Nothing is left to let go of.
        }
    }
}
