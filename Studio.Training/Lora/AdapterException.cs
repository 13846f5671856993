namespace Studio.Training.Lora;

/// <summary>An adapter folder that cannot be used; the message says what is wrong and what would be right.</summary>
public sealed class AdapterException(string message) : Exception(message);
