"""Tiny models of fastText and gensim, and the vectors and labels that those programs give for them.

    python tests/reference/make_static_vector_goldens.py

needs fasttext-wheel 0.9.2, gensim 4.4.0 and numpy. The corpus is made here, from word lists of this
file. Training runs on one thread, but fastText's floats may differ between
machines, so all files are written anew together.
"""

import json
import random
from pathlib import Path

import fasttext
import numpy as np
from gensim.models import FastText, KeyedVectors

FOLDER = Path(__file__).resolve().parent.parent / "golden" / "static_vectors"
fasttext.FastText.eprint = lambda *arguments: None

THINGS = {
    "en": "apple pear shoe phone lamp chair bottle shirt".split(),
    "fr": "pomme poire chaussure téléphone lampe chaise bouteille chemise".split(),
    "zh": "苹果 梨 鞋 手机 灯 椅子 瓶子 衬衫".split(),
    "ru": "яблоко груша обувь телефон лампа стул бутылка рубашка".split(),
}
COLOURS = {
    "en": "red blue green white".split(),
    "fr": "rouge bleue verte blanche".split(),
    "zh": "红 蓝 绿 白".split(),
    "ru": "красный синий зелёный белый".split(),
}
JOIN = {"en": "a {c} {t} and a {u}", "fr": "une {t} {c} et une {u}", "zh": "{c} {t} 和 {u}",
        "ru": "{c} {t} и {u}"}
PROBES = ["apple", "apples", "pomme", "pommeau", "苹果", "苹果手机", "яблоки", "x", "", "</s>", "été",
          "a b", "<", "naïve", "zz" * 20]
TEXTS = ["a red apple", "une chaise verte", "红 苹果 和 鞋", "белый стул", "apple", "unknownword",
         "a red apple and a blue phone and une lampe", "", "  ", "__label__en a lamp",
         "__label__xx a lamp", "a\tred\tpear", "xyzzy 苹果 ñandú"]


def sentences(count):
    draw = random.Random(7)
    for _ in range(count):
        language = draw.choice(sorted(THINGS))
        t, u = draw.sample(THINGS[language], 2)
        yield language, JOIN[language].format(c=draw.choice(COLOURS[language]), t=t, u=u)


def write_corpora(folder):
    rows = list(sentences(600))
    plain = folder / "plain.txt"
    plain.write_text("".join(text + "\n" for _, text in rows), encoding="utf-8")
    labelled = folder / "labelled.txt"
    labelled.write_text("".join(f"__label__{l} {t}\n" for l, t in rows), encoding="utf-8")
    many = folder / "many.txt"
    many.write_text("".join(f"__label__{i % 280} word{i % 280} {t}\n" for i, (_, t) in enumerate(rows)),
                    encoding="utf-8")
    return str(plain), str(labelled), str(many)


def floats(vector):
    return [float(v) for v in np.asarray(vector, dtype=np.float32)]


def describe(model):
    words = model.get_words()
    entry = {
        "words": len(words),
        "dimensions": model.get_dimension(),
        "vectors": {w: floats(model.get_word_vector(w)) for w in words[:6] + PROBES if "\n" not in w},
    }
    if model.f.getArgs().model == fasttext.FastText.fasttext.model_name.supervised:
        entry["labels"] = len(model.get_labels())
        entry["predictions"] = [
            [text, [[label, float(p)] for p, label in model.f.predict(text + "\n", 3, 0.0, "strict")]]
            for text in TEXTS
        ]
    return entry


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    work = FOLDER / "work"
    work.mkdir(exist_ok=True)
    plain, labelled, many = write_corpora(work)
    common = dict(dim=8, epoch=3, minCount=1, thread=1, verbose=0)
    models = {
        "skipgram.bin": fasttext.train_unsupervised(plain, model="skipgram", bucket=100, minn=2,
                                                    maxn=4, **common),
        "cbow_tree.bin": fasttext.train_unsupervised(plain, model="cbow", loss="hs", bucket=50, minn=3,
                                                     maxn=3, **common),
        "plain_words.bin": fasttext.train_unsupervised(plain, model="skipgram", minn=0, maxn=0,
                                                       **common),
        "softmax.bin": fasttext.train_supervised(labelled, loss="softmax", bucket=100, minn=2, maxn=3,
                                                 wordNgrams=3, lr=0.5, **common),
        "tree.bin": fasttext.train_supervised(many, loss="hs", bucket=60, minn=0, maxn=0, wordNgrams=2,
                                              lr=0.5, **(common | {"dim": 5})),
        "one_against_all.bin": fasttext.train_supervised(labelled, loss="ova", bucket=80, minn=1,
                                                         maxn=2, lr=0.5, **common),
        "negatives.bin": fasttext.train_supervised(labelled, loss="ns", minn=0, maxn=0, lr=0.5,
                                                   **common),
    }
    pruned = fasttext.train_supervised(labelled, loss="softmax", bucket=500, minn=2, maxn=3,
                                       wordNgrams=2, lr=0.5, **common)
    pruned.quantize(input=labelled, cutoff=300, qnorm=True, dsub=3, retrain=False)
    models["pruned.ftz"] = pruned
    both = fasttext.train_supervised(many, loss="hs", bucket=60, minn=0, maxn=0, wordNgrams=2, lr=0.5,
                                     **(common | {"dim": 5}))
    both.quantize(input=many, qout=True, qnorm=False, dsub=2)
    models["both_quantised.ftz"] = both
    expected = {}
    for name, model in models.items():
        model.save_model(str(FOLDER / name))
        expected[name] = describe(fasttext.load_model(str(FOLDER / name)))

    lines = [line.split() for line in Path(plain).read_text(encoding="utf-8").splitlines()]
    own = FastText(lines, vector_size=8, min_count=1, bucket=100, min_n=2, max_n=4, epochs=2, workers=1,
                   seed=3)
    from gensim.models.fasttext import save_facebook_model, load_facebook_vectors
    save_facebook_model(own, str(FOLDER / "gensim.bin"))
    loaded = load_facebook_vectors(str(FOLDER / "gensim.bin"))
    expected["gensim.bin"] = {
        "words": len(loaded), "dimensions": 8,
        "vectors": {w: floats(loaded[w]) for w in loaded.index_to_key[:6] + PROBES
                    if w not in ("", "</s>")},
    }
    for name, settings in (("gensim.w2v", {"binary": True}), ("gensim.txt", {}),
                           ("gensim_glove.txt", {"write_header": False})):
        own.wv.save_word2vec_format(str(FOLDER / name), **settings)
        read = KeyedVectors.load_word2vec_format(
            str(FOLDER / name), binary=settings.get("binary", False), no_header="write_header" in settings)
        expected[name] = {"words": len(read), "dimensions": 8,
                          "vectors": {w: floats(read[w]) for w in read.index_to_key[:8]}}
    text = json.dumps(expected, ensure_ascii=False, indent=0)
    (FOLDER / "expected.json").write_text(text + "\n", encoding="utf-8")
    for path in work.iterdir():
        path.unlink()
    work.rmdir()


if __name__ == "__main__":
    main()
