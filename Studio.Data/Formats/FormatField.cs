namespace Studio.Data.Formats;

/// <summary>What a field of a format may hold.</summary>
public enum FieldShape
{
    /// <summary>A text (numbers count as text).</summary>
    Text,

    /// <summary>A list of turns with role and content.</summary>
    Messages,

    /// <summary>A list of turns with from and value.</summary>
    Turns,

    /// <summary>A text or a list of turns of either kind, or one turn.</summary>
    TextOrMessages,

    /// <summary>An object.</summary>
    Object,

    /// <summary>true or false, or 1 or 0.</summary>
    Flag,

    Any,
}

/// <summary>A field of a dataset format and the column names it goes by.</summary>
/// <param name="Name">Name in the format; what a column mapping maps.</param>
/// <param name="Aliases">Other names that are taken for it, a little less surely.</param>
public sealed record FormatField(string Name, FieldShape Shape, bool Required, params string[] Aliases);
