using Studio.Data.Reviews;

namespace Studio.Web.Components.Review;

/// <summary>A reviewer's word on one item or on many at once; <see cref="ReviewState.Open"/> takes an earlier word back.</summary>
public sealed record ReviewDecision<TItem>(IReadOnlyList<TItem> Items, ReviewState State);

/// <summary>A text that a reviewer put in the place of the proposed one.</summary>
public sealed record ReviewEdit<TItem>(TItem Item, string Text);
