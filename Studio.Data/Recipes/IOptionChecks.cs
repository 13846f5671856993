using Studio.Data.Validation;

namespace Studio.Data.Recipes;

/// <summary>An options record whose members must fit together; the ranges of single ones are checked without it.</summary>
public interface IOptionChecks
{
    /// <summary>What does not fit, with field names relative to the record.</summary>
    IEnumerable<Problem> Check();
}
