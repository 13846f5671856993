namespace Studio.Data.Preparation;

/// <summary>Categories of the sample pack of traps, in the order in which people choose them.</summary>
public static class RefusalCategories
{
    public static IReadOnlyList<string> All { get; } =
        ["illegal_acts", "violence", "self_harm", "weapons", "fraud", "hate", "sexual_content", "privacy", "malware", "medical_danger", "legal_danger", "company_policy"];
}
