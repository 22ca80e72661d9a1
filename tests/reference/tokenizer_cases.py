"""Texts and small tokenizers for make_tokenizer_goldens.py and compare_tokenizers.py."""
import base64
import json
import struct

# --- Texts -----------------------------------------------------------------------------------------

UNICODE_TEXTS = [
    "", "a", " ", "  ", "\t", "\r\n", " a", "a ", "  a  b  ", "a\tb\r\nc\n\nd\n \n e", "\0", "a\0b",
    "\r\n\r\n  \r\n x \n\n\n", "the-final--countdown", "a_b-c/d\\e|f{g}[h](i)<j>.", "...a..b.",
    "\u0301", "e\u0301 e\u0323\u0301 \u0301e", "ÀÉÎõü ÅÅ A\u030a \ufb01 \ufb03 ½ ² ™ ㈱ ｶﾞ ｱ ｘｙｚ",
    "👨\u200d👩\u200d👧\u200d👦 🇫🇷🇩🇪🇺 👍🏽 ❤\ufe0f ©\u200d© 🏴\U000e0067\U000e007f",
    "\u202bעברית\u202c \u200fשלום\u200e مَرْحَبًا", "𠀀𠮷野家 㐀 豈 更 \U0002f800 \U0002b820 \U0002ceb0 \U00030000",
    "ภาษาไทย สวัสดีครับ นํ้า ที่", "한국어 각 \u1100\u1161\u11a8 \u1100\u11a8 가\u0300", "देवनागरी क्ष्म क्\u200c षि र\u200d्य हिन्दी",
    "日本語のテキスト、カタカナ。ー゛か\u309a", "İstanbul ŁÓDŹ ΣΊΣΥΦΟΣ ẞß ǅ Ǆ",
    "'s 'S '\u017f 'T 're 'RE 'Ll don't WE'LL it'S 'x ' s ''", "1234567890 ١٢٣ Ⅷ ½ ②③ 12.5% 1,000",
    "\u00a0a\u3000b\u2003c\u2028d\u2029e\u0085f\x0bg\x0ch\u1680i\u180ej", "\ufeffbom \ufffd \ue000 \U0010ffff \U000e0001",
    "▁a▁ ▁▁b", "\u200ba\u200cb\u200dc\u2060d\u00ade", "\u0f40\u0f71\u0f72\u0f74 \ufdfa", "\u1e9b\u0323 s\u0323\u0307 s\u0307\u0323",
    "\U0001d15e \U0001d1bc\U0001d165", "\u0344 \u0345 \u037a \u2126 \u212a \u212b", "\U0001d178\u200d\u0318",
    "\U00016d63\u1161\u0300 \U00011003\u094d\u0915\u0300", "x\u0301 x\u0301\u0302 \u3000\u0301 \u0600a ab\u0301c",
    "[CLS] [SEP]x[MASK]y [PAD]z <s></s> <mask>a <x> <X> < x > ab<long><longer>abc <lon",
    "hello WORLD Hello world héllo helloworld hello-world  hello  ", "day Day DAY DÄY d\u0061\u0308y dayday",
    "query: how much protein", "passage: 苹果 iPhone 15 Pro Max 256GB 原色钛金属", "Zapatillas Nike – tamaño 42, ¡oferta!",
    "l'élève à l’école « œuvre » 12€", "a" * 120 + " " + "é" * 40, "ab1 " * 30, "日" * 40,
]
BROKEN_TEXTS = [
    b"\xff", b"a\xffb", b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"\xed\xa0\x80", b"\xc0\xaf",
    b"a\xe2\x82b\xf4\x90\x80\x80", b"\x80\x80", b"\xf0\x9f\x98\x80\xf0\x9f\x98", b"\xe0\x80\x80 \xef\xbf\xbd",
]
TEXTS = [text.encode() for text in UNICODE_TEXTS] + BROKEN_TEXTS
# Made by the test itself: (text, times).
LONG_TEXTS = [b"x" * 100_000, "日".encode() * 20_000, b"ab1 " * 5_000, b" " * 5_000 + b"x", "é".encode() * 3_000]

RANGES = [
    (0x20, 0x7E), (0x20, 0x7E), (0x20, 0x20), (0x61, 0x7A), (0xA0, 0x24F), (0x300, 0x36F), (0x300, 0x345), (0x370, 0x52F),
    (0x590, 0x6FF), (0x900, 0xD7F), (0x915, 0x94D), (0xE00, 0xE7F), (0x1100, 0x11FF), (0x1E00, 0x20FF), (0x200B, 0x200F),
    (0x94D, 0x94D), (0x3000, 0x31FF), (0x4E00, 0x4E80), (0xAC00, 0xAC80), (0xF900, 0xFB0F), (0xFE70, 0xFFFF), (0x9, 0xD),
    (0x1F1E6, 0x1F1FF), (0x1F300, 0x1F680), (0x1D100, 0x1D1FF), (0x2F800, 0x2FA1F), (0x0, 0xD7FF), (0x10000, 0x10FFFF),
]


def random_texts(count, seed=0x9E3779B97F4A7C15):
    """Texts of up to 24 characters: xorshift64 chooses a range, then a character in it."""
    mask, state, texts = (1 << 64) - 1, seed, []

    def below(limit):
        nonlocal state
        state ^= state << 13 & mask
        state ^= state >> 7
        state ^= state << 17 & mask
        return (state >> 11) % limit

    for _ in range(count):
        text = []
        for _ in range(below(25)):
            first, last = RANGES[below(len(RANGES))]
            text.append(chr(first + below(last - first + 1)))
        texts.append("".join(text))
    return texts


def every_character():
    """Every code point behind an 'a', 64 in a text."""
    texts = []
    for first in range(0, 0x110000, 64):
        if not 0xD800 <= first <= 0xDFFF:
            texts.append("".join("a" + chr(c) for c in range(first, first + 64)))
    return texts


def with_added_tokens(tokens):
    """Every added token alone, in words, in spaces and next to itself."""
    out = []
    for token in tokens:
        out += [token, f"a{token}b", f" {token} ", f"x {token}{token}\n{token.upper()}", token[:-1] + " " + token[1:]]
    return out


# --- Parts of tokenizers ---------------------------------------------------------------------------


def charsmap(replacements):
    """SentencePiece's precompiled map: a Darts-clone double array, placed first fit."""
    blob, values = b"", {}
    for key, value in sorted((k.encode(), v.encode()) for k, v in replacements.items()):
        values[key] = len(blob)
        blob += value + b"\0"
    units, used = {}, set()

    def place(node, prefix):
        children = sorted({key[len(prefix)] for key in values if key.startswith(prefix) and len(key) > len(prefix)})
        leaf = prefix in values
        labels = ([0] if leaf else []) + children
        base = next(b for b in range(1, 1 << 20) if (b ^ node) < 1 << 20 and all((b ^ c) not in used and (b ^ c) != 0 for c in labels))
        used.update(base ^ c for c in labels)
        units[node] = units.get(node, 0) | (base ^ node) << 10 | int(leaf) << 8
        if leaf:
            units[base] = 1 << 31 | values[prefix]
        for c in children:
            units[base ^ c] = c
        for c in children:
            place(base ^ c, prefix + bytes([c]))

    used.add(0)
    units[0] = 0
    place(0, b"")
    size = (max(units) | 255) + 1
    trie = struct.pack(f"<{size}I", *(units.get(i, 0) for i in range(size)))
    return base64.b64encode(struct.pack("<I", len(trie)) + trie + blob).decode()


CHARSMAP = charsmap({
    "é": "e", "ﬁ": "fi", "\u3000": " ", "x\u0301": "X!", "\t": " ", "½": "1\u20442", "\n": " ", "\r": " ", "\u200b": "",
    "ｘ": "x", "\u00ad": "", "日": "日本", "\u0915": "k", "👍": "+1", "\u1100": "G", "\ufdfa": "sixteen and more characters",
    "\u0318": "_", "\u0300": "`", "\x0b": "",
})


def bert(clean, chinese, accents, lower):
    return {"type": "BertNormalizer", "clean_text": clean, "handle_chinese_chars": chinese, "strip_accents": accents,
            "lowercase": lower}


def replace(content, **pattern):
    return {"type": "Replace", "pattern": pattern, "content": content}


def split(behavior, invert=False, **pattern):
    return {"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert}


def sequence(kind, *parts):
    return {"type": "Sequence", kind: list(parts)}


def byte_level(prefix, regex, trim=True):
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": trim, "use_regex": regex}


def metaspace(scheme, cut, replacement="▁"):
    return {"type": "Metaspace", "replacement": replacement, "prepend_scheme": scheme, "split": cut}


def added(content, special=False, **flags):
    token = {"id": 0, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
             "normalized": not special, "special": special}
    return {**token, **flags}


def template(single, pair, **tokens):
    def piece(text):
        name, type_id = text.rsplit(":", 1)
        if name.startswith("$"):
            return {"Sequence": {"id": name[1:], "type_id": int(type_id)}}
        return {"SpecialToken": {"id": name, "type_id": int(type_id)}}
    return {"type": "TemplateProcessing", "single": [piece(p) for p in single.split()],
            "pair": [piece(p) for p in pair.split()],
            "special_tokens": {name: {"id": name, "ids": ids, "tokens": [f"{name}{i}" for i in ids]}
                               for name, ids in tokens.items()}}


def truncation(length, strategy="LongestFirst", direction="Right"):
    return {"max_length": length, "strategy": strategy, "stride": 0, "direction": direction}


# "bytes" shows the normalised text byte by byte, "words" one token for each pre-token.
MODELS = {
    "bytes": {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None,
              "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": True, "ignore_merges": False,
              "vocab": {"<unk>": 0, **{f"<0x{b:02X}>": b + 1 for b in range(256)}}, "merges": []},
    "words": {"type": "WordLevel", "unk_token": "?",
              "vocab": {w: i for i, w in enumerate(["?", "a", "b", "Ġ", "Ġa", "▁", "▁a", ".", "-", " ", "hello", "Day"])}},
}

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
QWEN = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|"
        r"\s+(?!\S)|\s+")
LLAMA3 = QWEN.replace(r"\p{N}|", r"\p{N}{1,3}|", 1)
CL100K = (r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|"
          r"\s+(?!\S)|\s+")
# The same with a group around it, which no scanner knows: the general engine must agree with the scanner.
REGEXES = [GPT2, QWEN, LLAMA3, CL100K, f"(?:{GPT2})", f"(?:{QWEN})", f"(?:{LLAMA3})", f"(?:{CL100K})",
           r"\s", r"\d+", r"[^a-z]+", r"\p{Lu}\p{Ll}*", r"(?<=a)b|c(?=d)", r"[\p{P}\p{S}]", r"a*", r"\bw?o", r"^.|.$",
           r"[[:alpha:]&&[^aeiou]]+", r"\x{65e5}|\u672c|[ａ-ｚ]", r"(?i)HELLO", r"(?<word>l)\h{1,2}", r"\p{^L}", r"\P{L}+",
           r" {2,}", r"[\r\n]|[a\-z]", r"(?m:a.b)", r".{3}", r"\R", r"\w+|[^\w\s]+", r"\p{Han}|\p{Hiragana}|\p{Greek}+",
           r"\p{M}", r"\A\s+|\s+\z", r"(?>a+)b|\.{2}+", r"[^\n]\n?", r"-|\/|\."]


def case(name, model, every_character=False, **parts):
    tokenizer = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
                 "pre_tokenizer": None, "post_processor": None, "decoder": None, "model": model}
    return {"name": name, "every_character": every_character, "tokenizer": {**tokenizer, **parts}}


def normalizer_cases():
    plain = ["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt", "ByteLevel"]
    parts = {name: {"type": name} for name in plain}
    for left, right in ((True, True), (True, False), (False, True), (False, False)):
        parts[f"Strip-{left}-{right}"] = {"type": "Strip", "strip_left": left, "strip_right": right}
    for flags in ((True, True, None, True), (True, True, False, True), (False, True, True, False),
                  (True, False, True, True), (False, False, False, True), (True, False, False, False)):
        parts[f"Bert-{flags}"] = bert(*flags)
    parts["Prepend"] = {"type": "Prepend", "prepend": "▁x"}
    parts["Precompiled"] = {"type": "Precompiled", "precompiled_charsmap": CHARSMAP}
    for content, text in (("▁", " "), ("", "a"), ("xyz", "ll"), ("-", ""), ("é", "e")):
        parts[f"Replace-{text}"] = replace(content, String=text)
    for number, regex in enumerate([r"\s+", r"\p{L}", r"[0-9]*", r"^\s*", r"(a)(b)?", r" {2,}"]):
        parts[f"Replace-regex-{number}"] = replace("_", Regex=regex)
    nfd, accents, lower = parts["NFD"], parts["StripAccents"], parts["Lowercase"]
    parts["Sequence-unaccent"] = sequence("normalizers", nfd, accents, lower)
    parts["Sequence-llama"] = sequence("normalizers", parts["Prepend"], replace("▁", String=" "))
    parts["Sequence-t5"] = sequence("normalizers", parts["Precompiled"], parts["Strip-False-True"], replace("▁", Regex=" {2,}"))
    parts["Sequence-nfkd-bert"] = sequence("normalizers", parts["NFKD"], bert(True, True, True, True))
    parts["Sequence-none"] = sequence("normalizers")
    return [case(f"normalizer {name}", "bytes", not name.startswith("Replace"), normalizer=part) for name, part in parts.items()]


def pre_tokenizer_cases():
    parts = {name: {"type": name} for name in ("BertPreTokenizer", "Whitespace", "WhitespaceSplit", "UnicodeScripts")}
    for digits in (True, False):
        parts[f"Digits-{digits}"] = {"type": "Digits", "individual_digits": digits}
    behaviors = ("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous")
    for behavior in behaviors:
        parts[f"Punctuation-{behavior}"] = {"type": "Punctuation", "behavior": behavior}
        for invert in (False, True):
            parts[f"Split-{behavior}-{invert}"] = split(behavior, invert, String="-")
            parts[f"Split-regex-{behavior}-{invert}"] = split(behavior, invert, Regex=r"\s+|[a-c]")
    parts["Split-nothing"] = split("MergedWithNext", String="")
    for number, regex in enumerate(REGEXES):
        parts[f"Split-regex-{number}"] = split("Isolated", Regex=regex)
    for prefix in (True, False):
        for regex in (True, False):
            parts[f"ByteLevel-{prefix}-{regex}"] = byte_level(prefix, regex)
    for scheme in ("first", "always", "never"):
        for cut in (True, False):
            parts[f"Metaspace-{scheme}-{cut}"] = metaspace(scheme, cut)
    parts["Metaspace-underscore"] = metaspace("always", True, "_")
    parts["Metaspace-legacy"] = {"type": "Metaspace", "replacement": "▁", "add_prefix_space": True}
    parts["CharDelimiterSplit"] = {"type": "CharDelimiterSplit", "delimiter": "-"}
    parts["FixedLength-3"] = {"type": "FixedLength", "length": 3}
    parts["Punctuation-default"] = {"type": "Punctuation"}
    parts["Sequence-smollm"] = sequence("pretokenizers", parts["Digits-True"], byte_level(False, True))
    parts["Sequence-xlnet"] = sequence("pretokenizers", parts["WhitespaceSplit"], metaspace("always", True))
    parts["Sequence-first"] = sequence("pretokenizers", parts["WhitespaceSplit"], metaspace("first", True))
    parts["Sequence-bytes-digits"] = sequence("pretokenizers", byte_level(True, False), parts["Digits-False"])
    everywhere = ("BertPreTokenizer", "Whitespace", "WhitespaceSplit", "UnicodeScripts", "Digits-True", "Punctuation-Isolated",
                  "Split-regex-0", "Split-regex-1", "Split-regex-4", "Split-regex-5", "ByteLevel-True-True")
    return [case(f"pre-tokenizer {name}", "words", name in everywhere, pre_tokenizer=part) for name, part in parts.items()]


def post_processor_cases():
    trimmed = byte_level(True, True)
    one = template("A:0 $A:3 B:1", "A:0 $A:0 B:0 $B:1 B:1", A=[7], B=[8, 9])
    parts = {
        "Bert": {"type": "BertProcessing", "cls": ["C", 7], "sep": ["S", 8]},
        "Template": one,
        "Template-twice": template("$A:1 $A:2 X:3", "$B:1 X:5 $A:2", X=[6, 6]),
        "ByteLevel": byte_level(True, True, trim=True), "ByteLevel-no": byte_level(False, True, trim=False),
        "ByteLevel-trim": byte_level(False, True, trim=True),
        "Sequence": sequence("processors", byte_level(True, True, trim=True), one),
    }
    for trim in (True, False):
        for prefix in (True, False):
            parts[f"Roberta-{trim}-{prefix}"] = {"type": "RobertaProcessing", "cls": ["C", 7], "sep": ["S", 8],
                                                 "trim_offsets": trim, "add_prefix_space": prefix}
    return [case(f"post-processor {name}", "words", post_processor=part, pre_tokenizer=trimmed) for name, part in parts.items()]


def truncation_cases():
    processor = {"type": "BertProcessing", "cls": ["C", 7], "sep": ["S", 8]}
    out = []
    for length in (3, 4, 7, 8):
        for direction in ("Right", "Left"):
            out.append(case(f"truncation {length} {direction}", "bytes", post_processor=processor,
                            truncation=truncation(length, direction=direction)))
    out.append(case("truncation OnlyFirst", "bytes", post_processor=processor, truncation=truncation(6, "OnlyFirst")))
    out.append(case("truncation bare", "bytes", truncation=truncation(5)))
    return out


def added_token_cases():
    parts = {
        "plain": [added("hello"), added("<x>", special=True), added("<long>"), added("<longer>"), added("day")],
        "strip": [added("<x>", lstrip=True), added("<X>", rstrip=True), added("hello", lstrip=True, rstrip=True), added(" ", special=True)],
        "word": [added("hello", single_word=True), added("day", single_word=True, special=True), added("a", single_word=True, lstrip=True)],
        "spaces": [added("  "), added("a "), added(" b", rstrip=True)],
    }
    lower = sequence("normalizers", {"type": "NFD"}, {"type": "StripAccents"}, {"type": "Lowercase"})
    out = []
    for name, tokens in parts.items():
        out.append(case(f"added {name}", "words", added_tokens=tokens, pre_tokenizer={"type": "Whitespace"}))
        out.append(case(f"added {name} lower", "bytes", added_tokens=[t for t in tokens if t["content"] != "<X>"], normalizer=lower,
                        pre_tokenizer=metaspace("first", True)))
        out.append(case(f"added {name} bytes", "words", added_tokens=tokens, pre_tokenizer=byte_level(True, True),
                        post_processor=byte_level(True, True)))
    out.append(case("added charsmap", "bytes", added_tokens=[added("fi"), added("1", lstrip=True)], pre_tokenizer=metaspace("first", False),
                    normalizer={"type": "Precompiled", "precompiled_charsmap": CHARSMAP}))
    out.append(case("added prepend", "bytes", added_tokens=[added("▁xh"), added("▁xq", special=True)],
                    normalizer={"type": "Prepend", "prepend": "▁x"}))
    return out


CASES = (normalizer_cases() + pre_tokenizer_cases() + post_processor_cases() + truncation_cases() + added_token_cases())


# --- Real tokenizers -------------------------------------------------------------------------------


def smollm2(path):
    """The tokenizer.json that the GGUF file's metadata stands for."""
    import gguf
    fields = gguf.GGUFReader(path).fields
    strings = lambda key: fields[key].contents()
    assert strings("tokenizer.ggml.model") == "gpt2" and strings("tokenizer.ggml.pre") == "smollm"
    tokens, kinds = strings("tokenizer.ggml.tokens"), strings("tokenizer.ggml.token_type")
    special = [added(token, special=True) for token, kind in zip(tokens, kinds) if kind == 3]
    merges = strings("tokenizer.ggml.merges")
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": special, "normalizer": None,
            "pre_tokenizer": sequence("pretokenizers", {"type": "Digits", "individual_digits": True}, byte_level(False, True)),
            "post_processor": None, "decoder": None,
            "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
                      "fuse_unk": False, "byte_fallback": False, "vocab": {t: i for i, t in enumerate(tokens)}, "merges": merges}}


def real_tokenizers(models):
    for name in ("all-MiniLM-L6-v2", "multilingual-e5-small", "tokenizer-qwen2.5", "tokenizer-qwen3", "smollm2-135m-instruct"):
        directory = models / name
        if (directory / "tokenizer.json").exists():
            yield name, json.loads((directory / "tokenizer.json").read_text())
        else:
            for path in sorted(directory.glob("*.gguf")):
                yield name, smollm2(path)
