#!/usr/bin/env python3
"""Writes tests/golden/tokenizer_config.json: small directories (a tokenizer.json and the files beside
it) and the ids that AutoTokenizer of transformers gives for some texts.

    python tests/reference/make_tokenizer_config_goldens.py [CASES [OUTPUT]]

Needs requirements-reference.txt."""
import json
import pathlib
import random
import sys
import tempfile

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import AutoTokenizer
from transformers.utils import logging

logging.set_verbosity_error()
OUTPUT = pathlib.Path(__file__).parents[1] / "golden" / "tokenizer_config.json"

TEXTS = [
    "Hello world",
    "hello  the world's café, naïve ÉTÉ 中文 x",
    "a<s>b</s> <mask> [MASK]x [CLS] [SEP]y <pad> <unk>",
    " <ent> tail<ent>tail  <Ent> big one two",
    "\tOne\nTWO  three <|endoftext|> <|im_start|>user\n",
    "12 345 don't WON'T",
    "",
    "   ",
]
WORDS = ["hello", "Hello", "world", "the", "cafe", "café", "naive", "naïve", "ete", "one", "One",
         "two", "tail", "three", "x", "y", "a", "b", "big", "user", "12", "345", "s", "don", "t",
         "##s", "##x", "中", "文", "中文", "'", ",", "[", "]", "<", ">", "|", "/"]


def word_piece(specials):
    vocab = {}
    for token in specials + WORDS + [f"##{c}" for c in "abcdefghijklmnopqrstuvwxyz"] + list("abcdefghijklmnopqrstuvwxyzHTWO"):
        vocab.setdefault(token, len(vocab))
    return models.WordPiece(vocab, unk_token=specials[1])


def byte_bpe(specials):
    vocab = {token: i for i, token in enumerate(specials)}
    for c in sorted(pre_tokenizers.ByteLevel.alphabet()):
        vocab.setdefault(c, len(vocab))
    merges = []
    for left, right in [("h", "e"), ("l", "l"), ("he", "ll"), ("hell", "o"), ("Ġ", "w"), ("o", "r"),
                        ("Ġw", "or"), ("t", "h"), ("th", "e"), ("Ġ", "the"), ("'", "s"), ("1", "2"), ("Ġ", "t"),
                        ("O", "n"), ("H", "e"), ("Ġ", "Ġ")]:
        merges.append((left, right))
        vocab.setdefault(left + right, len(vocab))
    return models.BPE(vocab, merges)


def piece_bpe(specials, bytes_=True):
    vocab = {token: i for i, token in enumerate(specials)}
    if bytes_:
        for i in range(256):
            vocab.setdefault(f"<0x{i:02X}>", len(vocab))
    for c in "▁abcdefghijklmnopqrstuvwxyzHTWOEC,.'12345\n":
        vocab.setdefault(c, len(vocab))
    merges = []
    for left, right in [("h", "e"), ("l", "l"), ("he", "ll"), ("hell", "o"), ("▁", "hello"), ("▁", "w"), ("o", "r"),
                        ("▁w", "or"), ("▁", "▁"), ("t", "h"), ("▁", "th"), ("▁th", "e"), ("H", "e"), ("▁", "He")]:
        merges.append((left, right))
        vocab.setdefault(left + right, len(vocab))
    return models.BPE(vocab, merges, unk_token=specials[0], byte_fallback=bytes_, fuse_unk=True)


def unigram(specials):
    vocab = [(token, 0.0) for token in specials]
    for i, piece in enumerate(["▁", "▁hello", "▁Hello", "▁the", "▁world", "▁one", "▁x", "▁café", "▁naive", "▁tail", "'s"]
                              + list("abcdefghijklmnopqrstuvwxyzHTWOEÉé,'12345")):
        vocab.append((piece, -1.0 - i * 0.13))
    return models.Unigram(vocab, unk_id=specials.index("<unk>") if "<unk>" in specials else 1)


BERT = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
ROBERTA = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
MPNET = ["<s>", "[UNK]", "<pad>", "</s>", "<mask>"]
LLAMA = ["<unk>", "<s>", "</s>"]
GEMMA = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
QWEN = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


def base(kind, rng):
    """A tokenizer in the shape that its class's published files have."""
    if kind in ("bert", "distilbert"):
        tokenizer = Tokenizer(word_piece(BERT))
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=rng.random() < 0.5)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
        specials = BERT
    elif kind == "mpnet":
        tokenizer = Tokenizer(word_piece(MPNET))
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=rng.random() < 0.5)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        tokenizer.post_processor = processors.RobertaProcessing(("</s>", 3), ("<s>", 0))
        specials = MPNET
    elif kind in ("roberta", "gpt2", "qwen2", "qwen3", "modernbert", "gpt_neox"):
        specials = {"roberta": ROBERTA, "modernbert": BERT}.get(kind, QWEN)
        tokenizer = Tokenizer(byte_bpe(specials))
        if rng.random() < 0.5:
            tokenizer.normalizer = normalizers.NFC()
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=rng.random() < 0.5)
        if kind == "roberta":
            tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
        elif rng.random() < 0.5:
            last = specials[-1]
            tokenizer.post_processor = processors.TemplateProcessing(
                single=f"$A {last}", pair=f"$A $B {last}", special_tokens=[(last, len(specials) - 1)])
        else:
            tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    elif kind in ("xlm-roberta", "camembert", "albert", "deberta-v2"):
        specials = {"albert": ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"],
                    "deberta-v2": ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"]}.get(kind, ROBERTA)
        tokenizer = Tokenizer(unigram(specials))
        tokenizer.normalizer = normalizers.Sequence([normalizers.Replace(" ", " "), normalizers.NFKC()])
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=rng.choice(["always", "never", "first"]))
        first, end = (specials[2], specials[3]) if kind == "albert" else (specials[1], specials[2]) if kind == "deberta-v2" else ("<s>", "</s>")
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{first} $A {end}", pair=f"{first} $A {end} $B {end}",
            special_tokens=[(first, specials.index(first)), (end, specials.index(end))])
    else:  # llama, gemma, mistral
        specials = GEMMA if kind.startswith("gemma") else LLAMA
        tokenizer = Tokenizer(piece_bpe(specials))
        if rng.random() < 0.5:
            tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
        else:
            tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
        bos = "<bos>" if specials is GEMMA else "<s>"
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{bos} $A", pair=f"{bos} $A {bos} $B", special_tokens=[(bos, specials.index(bos))])
    from tokenizers import AddedToken
    listed = [s for s in specials if rng.random() < 0.9]
    tokenizer.add_special_tokens([AddedToken(s, lstrip=s in ("<mask>", "[MASK]") and rng.random() < 0.5, normalized=False,
                                             special=True) for s in listed])
    if rng.random() < 0.3:
        tokenizer.add_tokens([AddedToken("<ent>", rstrip=rng.random() < 0.5)])
    if rng.random() < 0.3:
        tokenizer.enable_truncation(5, direction=rng.choice(["left", "right"]))
    return tokenizer, specials


CLASSES = {
    "bert": ["BertTokenizer", "BertTokenizerFast", "PreTrainedTokenizerFast", None, "XYZTokenizer"],
    "distilbert": ["DistilBertTokenizer", "BertTokenizer", None],
    "mpnet": ["MPNetTokenizer", None, "PreTrainedTokenizerFast"],
    "roberta": ["RobertaTokenizer", "RobertaTokenizerFast", None, "PreTrainedTokenizerFast"],
    "gpt2": ["GPT2Tokenizer", None], "gpt_neox": ["GPTNeoXTokenizer", None, "GPTNeoXTokenizerFast"],
    "qwen2": ["Qwen2Tokenizer", None, "PreTrainedTokenizerFast"], "qwen3": ["Qwen2Tokenizer", None, "Qwen2TokenizerFast", "PreTrainedTokenizerFast"],
    "modernbert": ["PreTrainedTokenizerFast", None, "BertTokenizer"],
    "xlm-roberta": ["XLMRobertaTokenizer", "XLMRobertaTokenizerFast", None, "PreTrainedTokenizerFast"],
    "camembert": ["CamembertTokenizer", None], "albert": ["AlbertTokenizer", None], "deberta-v2": ["DebertaV2Tokenizer", None],
    "llama": ["LlamaTokenizer", "LlamaTokenizerFast", "PreTrainedTokenizerFast", None],
    "gemma3_text": ["GemmaTokenizer", None, "GemmaTokenizerFast", "PreTrainedTokenizerFast"],
    "mistral": ["LlamaTokenizer", None],
}


def added(content, rng, typed=False):
    token = {"content": content, "lstrip": rng.random() < 0.3, "rstrip": rng.random() < 0.3,
             "single_word": rng.random() < 0.2, "normalized": rng.random() < 0.5}
    if typed:
        token["__type"] = "AddedToken"
    return token


def configuration(kind, specials, rng):
    config = {}
    cls = rng.choice(CLASSES[kind])
    if cls:
        config["tokenizer_class"] = cls
    for key in ("do_lower_case", "tokenize_chinese_chars", "add_prefix_space", "legacy", "add_bos_token",
                "add_eos_token", "keep_accents", "split_by_punct", "clean_up_tokenization_spaces"):
        if rng.random() < 0.35:
            config[key] = rng.random() < 0.5
    if rng.random() < 0.4:
        config["strip_accents"] = rng.choice([True, False, None])
    if rng.random() < 0.1:
        config["split_special_tokens"] = True
    if rng.random() < 0.3:
        config["truncation_side"] = rng.choice(["left", "right"])
    if rng.random() < 0.4:
        config["model_max_length"] = rng.choice([8, 1e30])
    for key in ("additional_special_tokens", "extra_special_tokens"):
        if rng.random() < 0.25:
            config[key] = rng.sample(["<ent>", "one", "<new>", "<|im_start|>", "tail"], rng.randint(0, 3))
    if rng.random() < 0.1:
        config["extra_special_tokens"] = {"image_token": "<ent>", "video_token": "two"}
    if rng.random() < 0.1:
        config["image_token"] = "<ent>"
    names = {"mask_token": ["<mask>", "[MASK]"], "unk_token": specials, "pad_token": specials}
    for key, choices in names.items():
        if rng.random() < 0.2:
            choice = rng.choice([c for c in choices if c in specials] or specials)
            config[key] = added(choice, rng, typed=True) if rng.random() < 0.3 else choice
    if rng.random() < 0.4:
        tokens = {str(i): {**added(s, rng), "special": True} for i, s in enumerate(specials) if rng.random() < 0.8}
        for i, content in enumerate(rng.sample(["<ent>", "three", "one", "<new>"], rng.randint(0, 2))):
            tokens[str(900 - i)] = {**added(content, rng), "special": rng.random() < 0.5}
        config["added_tokens_decoder"] = tokens
    return config


def make(number):
    rng = random.Random(number)
    kind = sorted(CLASSES)[number % len(CLASSES)]
    tokenizer, specials = base(kind, rng)
    files = {"tokenizer.json": json.loads(tokenizer.to_str()), "config.json": {"model_type": kind}}
    if rng.random() < 0.85:
        files["tokenizer_config.json"] = configuration(kind, specials, rng)
    if rng.random() < 0.25:
        chosen = {key: token for key, token in [("unk_token", specials[1]), ("additional_special_tokens", ["<ent>"]),
                                                ("mask_token", added(specials[-1], rng))] if rng.random() < 0.6}
        files["special_tokens_map.json"] = chosen
    if rng.random() < 0.2:
        files["added_tokens.json"] = {"<ent>": 950, "one": 949}
    case = {"name": f"{number}-{kind}", "files": files}
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (pathlib.Path(folder) / name).write_text(json.dumps(content))
        try:
            reference = AutoTokenizer.from_pretrained(folder)
            case["class"] = type(reference).__name__
            case["ids"] = [reference(t)["input_ids"] for t in TEXTS]
            case["cut"] = [reference(t, truncation="longest_first", max_length=6)["input_ids"] for t in TEXTS]
        except Exception as error:  # what the reference refuses is not compared
            print(case["name"], type(error).__name__, str(error)[:120], file=sys.stderr)
            return None
    return case


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 96
    output = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else OUTPUT
    cases = [case for number in range(count) if (case := make(number))]
    output.write_text(json.dumps({"texts": TEXTS, "cases": cases}, ensure_ascii=False, indent=None,
                                 separators=(",", ":")) + "\n")
    print(len(cases), "cases", output.stat().st_size, "bytes")


main()
