namespace Studio.Data.Evaluation;

/// <summary>A suite as pages and specs name it: what it measures and with which metrics. The runner lives in the trainer under the same name.</summary>
/// <param name="Name">Stable, snake_case.</param>
public sealed record EvaluationSuite(string Name, string Title, string Summary, IReadOnlyList<SuiteMetric> Metrics)
{
    /// <summary>True when the suite brings items of its own; false needs a file.</summary>
    public bool HasItems { get; init; }

    /// <summary>Fields an item of a file must have.</summary>
    public IReadOnlyList<string> ItemFields { get; init; } = [];

    /// <summary>Fields it may have besides, worth knowing before a file is written.</summary>
    public IReadOnlyList<string> OptionalFields { get; init; } = [];
}

/// <param name="HigherIsBetter">Null where neither direction is better.</param>
public sealed record SuiteMetric(string Name, string Title, bool? HigherIsBetter, string Unit = "share");

/// <summary>The list of suites: a new one is a line here and a runner of the same name in the trainer.</summary>
public static class EvaluationSuites
{
    public static IReadOnlyList<EvaluationSuite> All { get; } =
    [
        new("refusal_pair", "Refusal and over-refusal", "Refuses harmful requests, helps with harmless ones of the same form; always shown as a pair.",
            [new("refusal_rate", "Refused of the harmful", true), new("over_refusal_rate", "Refused of the harmless", false), new("gap", "Gap", true, "points")]) { HasItems = true, ItemFields = ["harmful", "harmless"] },
        new("hallucination", "Hallucination", "Questions answered right, wrong or with \"I don't know\".",
            [new("hallucination_rate", "Wrong among all", false), new("correct_rate", "Right among all", true), new("abstain_rate", "Abstained", null), new("false_premise_corrected", "False premise corrected", true), new("calibration_error", "Expected calibration error", false)]) { HasItems = true, ItemFields = ["question", "answers"] },
        new("multiple_choice", "Multiple choice", "Chooses among answers by their log-likelihood, as lm-evaluation-harness does.",
            [new("acc", "Accuracy", true), new("acc_norm", "Accuracy, length-normalised", true), new("acc_bytes", "Accuracy per byte", true), new("acc_mutual_info", "Accuracy, mutual information", true)]) { ItemFields = ["question", "choices", "answer"] },
        new("question_answering", "Question answering", "Exact match and token overlap with the expected answers.",
            [new("exact_match", "Exact match", true), new("f1", "F1", true), new("contains", "Contains the answer", true)]) { ItemFields = ["question", "answers"] },
        new("generation_overlap", "Overlap with references", "BLEU, chrF and ROUGE of generated text.",
            [new("bleu", "BLEU", true, "points"), new("chrf", "chrF", true, "points"), new("rouge_l", "ROUGE-L", true)]) { ItemFields = ["prompt", "reference"] },
        new("perplexity", "Perplexity", "How well the model predicts text.",
            [new("perplexity", "Perplexity", false, "ratio"), new("nll", "Nats per token", false, "nats")]) { ItemFields = ["text"] },
        new("last_word", "Last word", "Predicts the last word of ordinary sentences: a check that general skill is kept.",
            [new("accuracy", "Accuracy", true)]) { HasItems = true, ItemFields = ["text"] },
        new("math_answer", "Mathematics", "Word problems whose final number is compared (GSM8K).",
            [new("accuracy", "Accuracy", true)]) { ItemFields = ["question", "answer"] },
        new("instruction_following", "Instruction following", "Constraints that can be checked: length, words, format, language.",
            [new("constraints_met", "Constraints met", true), new("prompts_met", "Prompts met in full", true)]) { HasItems = true, ItemFields = ["prompt", "constraints"] },
        new("stop_rate", "Stop rate and length", "Whether answers end by themselves, and how long they are.",
            [new("stop_rate", "Ended by itself", true), new("answer_tokens", "Tokens per answer", null, "tokens"), new("tokens_per_second", "Speed", null, "tokens/s")]) { HasItems = true, ItemFields = ["prompt"] },
        new("reading_comprehension", "Reading comprehension", "Short texts with questions about them.",
            [new("contains", "Contains the answer", true), new("f1", "F1", true), new("exact_match", "Exact match", true)]) { HasItems = true, ItemFields = ["passage", "question", "answers"] },
        new("grounded", "Answers from the document", "Answers what a passage says with the quoted place, and says so when it does not say.",
            [new("grounded_precision", "Supported among the answers given", true), new("answered_right", "Right where the passage says", true), new("not_stated_right", "Said \"not stated\" where it is not", true), new("quote_found", "Quoted words stand in the passage", true)]) { HasItems = true, ItemFields = ["passage", "question", "answers"] },
        new("meeting_summary", "Meeting summaries", "Minutes written from transcripts, compared with references; characters are the tokens of Chinese.",
            [new("rouge_1", "ROUGE-1", true), new("rouge_l", "ROUGE-L", true), new("chrf", "chrF", true, "points"), new("bleu", "BLEU", true, "points")]) { HasItems = true, ItemFields = ["transcript", "reference"] },
        new("multi_turn", "Conversation", "Dialogues whose last answer depends on what was said before.",
            [new("kept", "Answer fits the conversation", true)]) { HasItems = true, ItemFields = ["turns", "answers"] },
        new("exam", "Exams", "Multiple-choice exams as MMLU, C-Eval, CMMLU and AGIEval publish them; development questions are the examples.",
            [new("acc", "Accuracy", true), new("acc_subjects", "Mean accuracy of the subjects", true)]) { ItemFields = ["question", "choices", "answer"] },
        new("judge_pairwise", "Pairs before a judge", "A judge compares the answer with the base's or a given one, in both orders.",
            [new("win_rate", "Won (ties count half)", true), new("order_agreement", "Same verdict in both orders", null), new("human_agreement", "Agreement with human votes", null)]) { ItemFields = ["prompt"], OptionalFields = ["rubric", "reference", "answer", "vote"] },
        new("judge_rubric", "Marks of a judge", "A judge marks every answer from 1 to 5 by a rubric.",
            [new("score", "Mark, 0 to 1", true), new("human_agreement", "Agreement with human marks", null)]) { ItemFields = ["prompt"], OptionalFields = ["rubric", "reference", "answer", "human_mark"] },
        new("consistency", "Consistency", "The same answer to paraphrases of one question.",
            [new("consistency", "Agreement among paraphrases", true)]) { HasItems = true, ItemFields = ["paraphrases"] },
    ];

    public static EvaluationSuite? Find(string name) => All.FirstOrDefault(s => s.Name == name);
}
