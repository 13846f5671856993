namespace Studio.Web.Components;

/// <summary>What a state means for the reader; each has a colour and an icon.</summary>
public enum Tone
{
    Neutral,
    Running,
    Good,
    Attention,
    Bad,
}
