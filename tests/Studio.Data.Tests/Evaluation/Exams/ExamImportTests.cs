using Studio.Data.Evaluation.Exams;
using Studio.Data.Tests.Support;

namespace Studio.Data.Tests.Evaluation.Exams;

public sealed class ExamImportTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("exam-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void MmluWithoutHeader()
    {
        Write("dev/high_school_physics_dev.csv", "\"Which unit, if any, has force?\",metre,newton,second,gram,B\n");
        Write("test/high_school_physics_test.csv", "What is 2 + 2?,3,4,5,6,B\n\"Say \"\"ah\"\"\nplease\",a,b,c,d,D\n");
        Write("val/high_school_physics_val.csv", "Not asked?,1,2,3,4,A\n");
        Write("auxiliary_train/science.csv", "Trained?,1,2,3,4,A\n");
        var exam = ExamImport.Read(root);
        Assert.Equal(["dev", "test", "test"], exam.Questions.Select(q => q.Split));
        Assert.All(exam.Questions, q => Assert.Equal(("high_school_physics", "STEM", 4), (q.Subject, q.Category, q.Choices.Count)));
        Assert.Equal("Say \"ah\"\nplease", exam.Questions[2].Question);
        Assert.Equal(3, exam.Questions[2].Answer);
        Assert.Equal(1, exam.Skipped["validation_part"]);
        Assert.Equal(1, exam.Skipped["training_part"]);
    }

    [Fact]
    public void CEvalWithHeaderAndTestAnswersKeptBack()
    {
        Write("dev/logic_dev.csv", "id,question,A,B,C,D,answer,explanation\n0,逻辑学研究什么？,思维,石头,天气,鱼,A,因为如此\n");
        Write("val/logic_val.csv", "id,question,A,B,C,D,answer\n0,下列哪项为真？,甲,乙,丙,丁,C\n");
        Write("test/logic_test.csv", "id,question,A,B,C,D\n0,没有答案？,甲,乙,丙,丁\n");
        Write("test/law_test.csv", "id,question,A,B,C,D\n0,没有答案？,甲,乙,丙,丁\n");
        Write("val/law_val.csv", "id,question,A,B,C,D,answer\n0,哪个？,甲,乙,丙,丁,D\n");
        var exam = ExamImport.Read(root);
        Assert.Equal([("logic", "dev", 0), ("law", "test", 3), ("logic", "test", 2)], exam.Questions.Select(q => (q.Subject, q.Split, q.Answer)));
        Assert.Equal("Humanities", exam.Questions[2].Category);
        Assert.Equal(2, exam.Skipped["no_answer"]);
    }

    [Fact]
    public void CmmluWithCapitalHeader()
    {
        Write("test/agronomy.csv", ",Question,A,B,C,D,Answer\n0,种子的水分是多少？,1,2,3,4,B\n");
        Write("dev/agronomy.csv", ",Question,A,B,C,D,Answer\n0,种子需要什么？,水,油,糖,盐,A\n");
        var exam = ExamImport.Read(root);
        Assert.Equal([("agronomy", "dev", "Other"), ("agronomy", "test", "Other")], exam.Questions.Select(q => (q.Subject, q.Split, q.Category)));
    }

    [Fact]
    public void AgiEvalWithPassagesSeveralAnswersAndItsShots()
    {
        Write("lsat-rc.jsonl", """
            {"passage": "A text.", "question": "What is it?", "options": ["(A)A text", "(B)A fish"], "label": "A", "answer": null, "other": null}
            {"passage": null, "question": "Both?", "options": ["(A)x", "(B)y"], "label": ["A", "B"]}
            {"passage": null, "question": "Cloze?", "options": null, "label": null, "answer": "2"}
            not json
            """);
        Write("few_shot_prompts.csv", ",lsat-rc\nsample 1,\"{'passage': \"\"It's here.\"\", 'question': 'Where\\n?', 'options': ['(A)Here', '(B)There'], 'label': 'B', 'answer': None}\"\nexplanation 1,Because.\n");
        var exam = ExamImport.Read(root);
        Assert.Equal(2, exam.Questions.Count);
        var shot = exam.Questions.Single(q => q.Split == "dev");
        Assert.Equal(("It's here.", "Where\n?", 1, "lsat-rc"), (shot.Passage, shot.Question, shot.Answer, shot.Subject));
        var asked = exam.Questions.Single(q => q.Split == "test");
        Assert.Equal(["A text", "A fish"], asked.Choices);
        Assert.Equal("Reasoning", asked.Category);
        Assert.Equal([("bad_row", 1), ("no_choices", 1), ("several_answers", 1)], exam.Skipped.Select(s => (s.Key, s.Value)));
    }

    [Fact]
    public void DatasetHubLines()
    {
        Write("mine.jsonl", """{"question": "Which?", "subject": "anatomy", "choices": ["bone", "leaf"], "answer": 1}""");
        var question = Assert.Single(ExamImport.Read(Path.Combine(root, "mine.jsonl")).Questions);
        Assert.Equal(("anatomy", 1, "test"), (question.Subject, question.Answer, question.Split));
        var row = question.ToRow();
        Assert.Equal("B", (string)row["answer"]!);
    }

    [Fact]
    public void NothingToAskIsRefusedWithWhatWasFound()
    {
        Write("x.csv", "id,question,A,B\n0,q,1,2\n");
        Assert.Contains("no_answer: 1", Assert.Throws<InvalidDataException>(() => ExamImport.Read(root)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{'a': [1, 'x\\'y', None, True], \"b\": (2.5,)}", """{"a":[1,"x'y",null,true],"b":[2.5]}""")]
    [InlineData("'\\u4e2d\\x41' 'b'", "\"中Ab\"")]
    [InlineData("{'a': ", null)]
    [InlineData("__import__('os')", null)]
    public void PythonLiterals(string text, string? json) => Assert.Equal(json, PythonLiteral.TryRead(text)?.ToJsonString(StudioJson.Options));

    [SkippableFact]
    public void PublishedAgiEvalFiles()
    {
        var exam = ExamImport.Read(PublicData.Need("agieval"));
        var asked = exam.Questions.Where(q => q.Split == "test").ToList();
        Assert.Equal(254, asked.Count(q => q.Subject == "aqua-rat"));
        Assert.All(asked.Where(q => q.Subject == "lsat-lr"), q => Assert.Equal(5, q.Choices.Count));
        Assert.InRange(exam.Skipped["no_choices"], 1118, 1140);
        Assert.InRange(exam.Questions.Count(q => q.Split == "dev"), 60, 105);
        Assert.All(exam.Questions, q => Assert.NotNull(q.Category));
    }

    private void Write(string name, string text)
    {
        var path = Path.Combine(root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
