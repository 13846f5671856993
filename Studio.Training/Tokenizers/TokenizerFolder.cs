using System.Security.Cryptography;
using Studio.Training.Tokenizers.Decoders;
using Studio.Training.Tokenizers.Models;
using Studio.Training.Tokenizers.Normalizers;
using Studio.Training.Tokenizers.Patterns;
using Studio.Training.Tokenizers.PostProcessors;
using Studio.Training.Tokenizers.PreTokenizers;
using Studio.Training.Tokenizers.SentencePiece;

namespace Studio.Training.Tokenizers;

/// <summary>A model folder: its tokenizer.json, or what older models have instead.</summary>
internal static class TokenizerFolder
{
    private const string QwenWords = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public static Tokenizer Load(string folder)
    {
        var configuration = ModelConfiguration.Read(folder);
        foreach (var name in (ReadOnlySpan<string>)["tokenizer.json", "tokenizer.json.gz"])
        {
            var json = Path.Combine(folder, name);
            if (File.Exists(json))
            {
                return TokenizerFiles.ParseJson(TokenizerFiles.ReadAll(json), json, configuration.SpecialTokens);
            }
        }

        foreach (var name in (ReadOnlySpan<string>)["tokenizer.model", "spiece.model", "sentencepiece.bpe.model"])
        {
            var model = Path.Combine(folder, name);
            if (File.Exists(model))
            {
                return LoadSentencePiece(model, configuration);
            }
        }

        var vocabulary = Path.Combine(folder, "vocab.json");
        var merges = Path.Combine(folder, "merges.txt");
        return File.Exists(vocabulary) && File.Exists(merges) ? LoadBytePairs(vocabulary, merges, configuration)
            : Directory.GetFiles(folder, "*.gguf") is [var gguf] ? TokenizerFiles.Load(gguf)
            : throw new FileNotFoundException($"{folder}: holds no tokenizer; a tokenizer.json, a tokenizer.model, vocab.json with merges.txt, or one .gguf file is needed", folder);
    }

    /// <summary>GPT-2's two files: a JSON object of token to id, and a text of merges, one a line.</summary>
    public static Tokenizer LoadBytePairs(string vocabularyPath, string mergesPath, ModelConfiguration configuration)
    {
        var json = File.ReadAllBytes(vocabularyPath);
        using var document = TokenizerFiles.ParseDocument(json, vocabularyPath);
        var vocabulary = Vocabulary.Read(new JsonField(document.RootElement, vocabularyPath, ""));
        if (!File.Exists(mergesPath))
        {
            throw new FileNotFoundException($"{mergesPath}: the merges that belong to {vocabularyPath} are missing", mergesPath);
        }

        var merges = new List<(int, int, int)>();
        var lineNumber = 0;
        foreach (var line in File.ReadLines(mergesPath))
        {
            lineNumber++;
            if (line.Length == 0 || line.StartsWith("#version", StringComparison.Ordinal))
            {
                continue;
            }

            var number = lineNumber;
            Exception Error(string problem) => new TokenizerFormatException(mergesPath, $"line {number}", problem);
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            merges.Add(space < 0 || line.IndexOf(' ', space + 1) >= 0 ? throw Error("a merge is two tokens with a space between") : MergeList.Resolve(line.AsSpan(0, space), line.AsSpan(space + 1), vocabulary, "", Error));
        }

        var qwen = configuration.TokenizerClass?.StartsWith("Qwen2", StringComparison.Ordinal) == true;
        var roberta = configuration.TokenizerClass is { } name && (name.StartsWith("Roberta", StringComparison.Ordinal) || name.StartsWith("Bart", StringComparison.Ordinal) || name.StartsWith("Longformer", StringComparison.Ordinal));
        var prefix = configuration.AddPrefixSpace ?? false;
        Normalizer? normalizer = qwen ? new UnicodeForm(compatibility: false, compose: true) : null;
        PreTokenizer bytes = new ByteLevel(prefix, useRegex: !qwen);
        var added = Added(vocabulary, configuration);
        var model = new BytePairs(vocabulary, merges, new BytePairs.Options());
        var pipeline = new TokenizerPipeline(model, new AddedTokens(added, vocabulary, normalizer))
        {
            Normalizer = normalizer,
            PreTokenizer = qwen ? new PreTokenizerSequence([new SplitOnPattern(new Splitter(Pattern.OfRegex(QwenWords), SplitBehavior.Isolated)), bytes]) : bytes,
            PostProcessor = roberta ? Roberta(vocabulary, configuration, prefix) : Ends(vocabulary, configuration),
            Decoder = new ByteLevelDecoder(),
        };
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(json);
        hash.AppendData(File.ReadAllBytes(mergesPath));
        return new Tokenizer(pipeline, configuration.SpecialTokens, hash.GetHashAndReset(), vocabularyPath);
    }

    /// <summary>A SentencePiece model; begin and end tokens and added tokens are those of the configuration beside it.</summary>
    public static Tokenizer LoadSentencePiece(string path, ModelConfiguration configuration)
    {
        var bytes = File.ReadAllBytes(path);
        var model = SentencePieceModel.Read(bytes, path);
        var table = Vocabulary.OfList([.. model.Pieces.Select(piece => piece.Text)]);
        int[] Id(string? token) => token is null ? [] : configuration.Added.Where(added => added.Token.Content == token).Select(added => (int?)added.Id).FirstOrDefault() is { } id ? [id] : table.IdOf(token) is { } own ? [own] : [];
        var llama = configuration.TokenizerClass?.StartsWith("Llama", StringComparison.Ordinal) == true || configuration.TokenizerClass?.StartsWith("Gemma", StringComparison.Ordinal) == true;
        var t5 = configuration.TokenizerClass?.StartsWith("T5", StringComparison.Ordinal) == true;
        var engine = new SentencePieceEngine(model, path)
        {
            Added = configuration.Added.Count == 0 ? null : new AddedTokens(configuration.Added),
            Begin = configuration.AddBos ?? llama ? Id(configuration.SpecialTokens.Bos ?? "<s>") : [],
            End = configuration.AddEos ?? t5 ? Id(configuration.SpecialTokens.Eos ?? "</s>") : [],
            PrefixEveryStretch = configuration.Legacy ?? true,
        };
        return new Tokenizer(engine, configuration.SpecialTokens, SHA256.HashData(bytes), path);
    }

    private static List<AddedToken> Added(Vocabulary vocabulary, ModelConfiguration configuration)
    {
        var added = configuration.Added.OrderBy(pair => pair.Id).Select(pair => pair.Token).ToList();
        foreach (var name in ModelConfiguration.Named(configuration.SpecialTokens).Where(name => !added.Exists(token => token.Content == name)))
        {
            added.Add(new AddedToken(name, false, false, false, false, true));
        }

        // Files without any configuration are GPT-2's own.
        const string EndOfText = "<|endoftext|>";
        if (added.Count == 0 && vocabulary.IdOf(EndOfText) is not null)
        {
            added.Add(new AddedToken(EndOfText, false, false, false, false, true));
        }

        return added;
    }

    private static RobertaProcessor? Roberta(Vocabulary vocabulary, ModelConfiguration configuration, bool prefix)
    {
        var (bos, eos) = (configuration.SpecialTokens.Cls ?? configuration.SpecialTokens.Bos ?? "<s>", configuration.SpecialTokens.Sep ?? configuration.SpecialTokens.Eos ?? "</s>");
        return vocabulary.IdOf(bos) is { } bosId && vocabulary.IdOf(eos) is { } eosId ? new RobertaProcessor((bosId, bos), (eosId, eos), true, prefix) : null;
    }

    private static Template? Ends(Vocabulary vocabulary, ModelConfiguration configuration)
    {
        Template.Part? Part(bool? wanted, string? token) => wanted == true && token is not null && vocabulary.IdOf(token) is { } id ? new Template.Part(-1, 0, [(id, token)]) : null;
        var begin = Part(configuration.AddBos, configuration.SpecialTokens.Bos);
        var end = Part(configuration.AddEos, configuration.SpecialTokens.Eos);
        if (begin is null && end is null)
        {
            return null;
        }

        var text = new[] { begin, new Template.Part(0, 0, []), end }.OfType<Template.Part>().ToList();
        return new Template(text, [.. text, .. new[] { begin, new Template.Part(1, 1, []), end }.OfType<Template.Part>()]);
    }
}
