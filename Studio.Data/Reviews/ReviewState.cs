namespace Studio.Data.Reviews;

/// <summary>What a reviewer made of an item.</summary>
public enum ReviewState
{
    Open,
    Accepted,
    Rejected,
}
