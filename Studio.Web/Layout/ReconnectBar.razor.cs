using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Studio.Web.Resources;

namespace Studio.Web.Layout;

/// <summary>A thin bar while the circuit is away; it connects again by itself.</summary>
public sealed partial class ReconnectBar
{
    [Inject]
    private IStringLocalizer<Text> L { get; set; } = null!;
}
