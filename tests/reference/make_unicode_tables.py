#!/usr/bin/env python3
"""Writes src/text/unicode_tables.cc: the character properties that Hugging Face `tokenizers` uses.

Its parts rest on different versions of Unicode (the Rust standard library, the crates
unicode_categories, unicode-normalization-alignments, unicode-segmentation and regex, and Oniguruma),
so each property is observed from the installed `tokenizers` over every code point, not taken from a
Unicode release. Run it with the version named in tests/reference/requirements when that changes:

    python tests/reference/make_unicode_tables.py > src/text/unicode_tables.cc
"""
import struct

import tokenizers
from tokenizers import Regex
from tokenizers import normalizers as N
from tokenizers import pre_tokenizers as P

CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
EVERYTHING = "".join(map(chr, CODE_POINTS))


def removed_by(normalizer):
    left = set(normalizer.normalize_str(EVERYTHING))
    return {c for c in CODE_POINTS if chr(c) not in left}


def onig(pattern):
    return removed_by(N.Replace(Regex(pattern), ""))


def bert(**on):
    flags = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return N.BertNormalizer(**{**flags, **on})


def splits(pre_tokenizer, make):
    """Code points whose text make(c) comes out of the pre-tokenizer in more than one piece."""
    return {c for c in CODE_POINTS if len(pre_tokenizer.pre_tokenize_str(make(chr(c)))) > 1}


def grapheme_counter():
    """A charsmap that turns every cluster under six bytes, and every other character, into one X."""
    units = [0] * 1024
    units[0] = 256 << 10
    for byte in range(1, 256):
        if byte != 0x0A:
            units[256 ^ byte] = ((256 ^ byte ^ 512) << 10) | (1 << 8) | byte
    units[512] = 1 << 31
    trie = struct.pack("<1024I", *units)
    blob = struct.pack("<I", len(trie)) + trie + b"X\0"
    return N.Precompiled(blob)


COUNTER = grapheme_counter()


def clusters(make):
    """For each code point, the number of X's that make(c) gives."""
    text = "\n".join("" if c in (0x0A, 0x0D) else make(chr(c)) for c in CODE_POINTS)
    return dict(zip(CODE_POINTS, map(len, COUNTER.normalize_str(text).split("\n"))))


def grapheme_classes():
    """Classes of Grapheme_Cluster_Break and the properties beside it, each told by a count."""
    acute, joiner, ka, virama, sign = "\u0300", "\u200d", "\u0915", "\u094d", "\u00a9"
    follows = clusters(lambda c: "a" + c)
    precedes = clusters(lambda c: c + "a")
    takes_marks = clusters(lambda c: c + joiner + acute)
    extend = clusters(lambda c: sign + c + joiner + sign + acute)
    pictograph = clusters(lambda c: sign + joiner + c + acute)
    linker = clusters(lambda c: ka + c + ka + acute)
    conjunct_extend = clusters(lambda c: ka + virama + c + ka + acute)
    consonant = clusters(lambda c: c + virama + ka + acute)
    vowel = clusters(lambda c: c + "\u1161" + acute)
    out = {"prepend": set(), "extend": set(), "spacing_mark": set(), "control": set(),
           "vowel": set(), "pictographic": set(), "linker": set(), "conjunct_extend": set(),
           "consonant": set()}
    for c in CODE_POINTS:
        if c in (0x0A, 0x0D, 0x200D):
            continue
        if follows[c] == 1:
            is_extend = extend[c] == 5
            out["extend" if is_extend else "spacing_mark"].add(c)
            if linker[c] == 4:
                out["linker"].add(c)
            elif is_extend and conjunct_extend[c] == 5:
                out["conjunct_extend"].add(c)
        elif precedes[c] == 1:
            out["prepend"].add(c)
        elif takes_marks[c] == 2:
            out["control"].add(c)
        else:
            if pictograph[c] == 4:
                out["pictographic"].add(c)
            if consonant[c] == 4:
                out["consonant"].add(c)
            if c > 0xFFFF and vowel[c] == 3:  # Hangul's own are in blocks for each class
                out["vowel"].add(c)
    return out


def script_runs():
    scripts = P.UnicodeScripts()
    same = lambda a, b: len(scripts.pre_tokenize_str(a + b)) == 1
    anything = {c for c in CODE_POINTS if same("a", chr(c)) and same("\u044f", chr(c))}
    representatives, runs = [], []
    for c in CODE_POINTS:
        if c in anything:
            continue
        if runs and runs[-1][1] == c - 1 and same(chr(c - 1), chr(c)):
            runs[-1][1] = c
            continue
        for number, other in enumerate(representatives):
            if same(other, chr(c)):
                break
        else:
            number = len(representatives)
            representatives.append(chr(c))
        runs.append([c, c, number + 1])
    return runs


def lower_runs():
    """(first, last, stride, delta) of characters that become one other character."""
    lower, runs = N.Lowercase(), []
    for c in CODE_POINTS:
        mapped = lower.normalize_str(chr(c))
        if mapped == chr(c):
            continue
        if len(mapped) > 1:
            assert (c, mapped) == (0x130, "i\u0307"), "a second character lowercases to several"
            continue
        delta = ord(mapped) - c
        if runs and runs[-1][3] == delta:
            first, last, stride, _ = runs[-1]
            if c - last == stride or (first == last and c - last <= 2):
                runs[-1][1:3] = [c, c - last]
                continue
        runs.append([c, c, 1, delta])
    return runs


def ranges(points):
    out = []
    for c in sorted(points):
        if out and out[-1][1] == c - 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return out


def emit(kind, name, rows):
    print(f"\nconst {kind} {name}[] = {{")
    line = "   "
    for row in rows:
        item = " {" + ",".join(hex(v) if v > 9 else str(v) for v in row) + "},"
        if len(line) + len(item) > 100:
            print(line)
            line = "   "
        line += item
    print(line)
    print("};")
    print(f"const std::size_t {name}Count = {len(rows)};")


def main():
    changed = {c for c in CODE_POINTS if N.NFD().normalize_str(chr(c)) != chr(c)}
    clean = bert(clean_text=True)
    cleaned = removed_by(clean)
    space, word = P.WhitespaceSplit(), P.Whitespace()
    white = {c for c in CODE_POINTS if space.pre_tokenize_str("a" + chr(c) + "a")[0][0] == "a"}
    properties = {
        "kWhiteRanges": white,
        "kBertRemovedRanges": {c for c in cleaned if clean.normalize_str("a" + chr(c) + "a") == "aa"},
        "kBertMarkRanges": removed_by(bert(strip_accents=True)) - changed,
        "kAccentRanges": removed_by(N.StripAccents()),
        "kNumericRanges": splits(P.Digits(individual_digits=False), lambda c: "a" + c),
        "kPunctuationRanges": splits(P.Punctuation("isolated"), lambda c: "a" + c),
        "kWordRanges": {c for c in CODE_POINTS if word.pre_tokenize_str("a" + chr(c))[0][0] != "a"},
        "kOnigLetterRanges": onig(r"\p{L}"),
        "kOnigNumberRanges": onig(r"\p{N}"),
        "kOnigMarkRanges": onig(r"\p{M}"),
        "kOnigPunctuationRanges": onig(r"\p{P}"),
        "kOnigSymbolRanges": onig(r"\p{S}"),
        "kOnigUpperRanges": onig(r"\p{Lu}"),
        "kOnigLowerRanges": onig(r"\p{Ll}"),
        "kOnigDigitRanges": onig(r"\d"),
        "kOnigWordRanges": onig(r"\w"),
    }
    assert onig(r"\s") == white == onig(r"\p{White_Space}")
    print(f"// Character properties as Hugging Face tokenizers {tokenizers.__version__} has them.")
    print("// Generated by tests/reference/make_unicode_tables.py: do not edit.")
    print("// clang-format off")
    print('#include "text/unicode_tables.h"\n\nnamespace kindred::text {')
    for name, points in properties.items():
        emit("CodeRange", name, ranges(points))
    for name, points in grapheme_classes().items():
        camel = "".join(word.capitalize() for word in name.split("_"))
        emit("CodeRange", f"kGrapheme{camel}Ranges", ranges(points))
    emit("ScriptRange", "kScriptRanges", script_runs())
    emit("LowerRange", "kLowerRanges", lower_runs())
    print("\n}  // namespace kindred::text")


main()
