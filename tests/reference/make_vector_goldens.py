#!/usr/bin/env python3
"""Writes tests/golden/vectors: what sentence-transformers makes of texts.

  texts.json              the texts: category titles in four languages (Shopify's product taxonomy, MIT) and nasty ones
  real.safetensors        vectors and hidden states of the real models in models/ (laid out by scripts/models)
  variants.safetensors    every pooling and choice of layers on small random models of tests/golden/models
  st-dense, st-dense-new  random sentence-transformers directories with Dense heads, old and new layout
  st-static               a random StaticEmbedding directory

Every text is run alone, in float32, so that no padding takes part. Tensor names:
  real:      <model>/<what>/vectors [n, d]; for the texts of <model>/hidden/texts: <model>/hidden/layers [l],
             <model>/hidden/ids [T], <model>/hidden/offsets [B + 1], <model>/hidden/states [l, T, d]
  variants:  <model>/<pooling>/<layers>  [n, d] of the texts in variants.json
  heads:     <directory>/<what>          [n, d], what they are is said in `heads`

Usage: make_vector_goldens.py [--titles TAXONOMY_CATEGORIES_TSV]   (needs sentence-transformers, transformers, gguf)
"""
import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import torch
import transformers
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling, StaticEmbedding, Transformer
from sentence_transformers.util.quantization import quantize_embeddings
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

ROOT = Path(__file__).resolve().parent.parent.parent
OUT = ROOT / "tests" / "golden" / "vectors"
SMALL = ROOT / "tests" / "golden" / "models"
MODELS = ROOT / "models"
TITLES_EACH = 32  # a language

NASTY = [
    "", " ", "\n", "a", "苹果", "The quick brown fox jumps over the lazy dog.", "ALL CAPITALS AND numbers 1234567890",
    "iPhone 15 Pro Max 256GB – titane naturel", "手机壳 适用于苹果15 透明防摔 全包镜头", "Café crème à la carte, naïve façade",
    "¿Dónde está el niño? ¡Aquí!", "L'été, c'est l'œuvre d'une fée", "emoji 👨‍👩‍👧‍👦 🏳️‍🌈 👍🏽", "e\u0301 combining a\u030a",
    "\u202eright to left\u202c", "ﬁne ﬂuﬀy ligatures ①②③ ㎏", "한국어 텍스트 ㄱㄴㄷ", "ภาษาไทยไม่มีช่องว่าง", "русский текст", "النص العربي",
    "𠀀𠀁 extension B", "zero\u200bwidth\u00a0space", "tab\tand\nnewline", "[CLS] [SEP] [MASK] <s> </s> <pad> <|endoftext|>",
    "http://example.com/a?b=c&d=%20e", "x" * 300, "!?.,;:" * 20, "１２３ＡＢＣ full width", "USB-C 3.2 (10Gb/s) 1m/3.3ft ±5% 240W",
    "long " * 700, "非常长的文本" * 200,
]

VARIANT_TEXTS = ["t5", "t5 t6", "t9 t8 t7 t6 t5 t4 t3", " ".join(f"t{i}" for i in range(3, 35))]
POOLINGS = {"cls": "cls", "max": "max", "mean": "mean", "sqrt": "mean_sqrt_len_tokens", "weighted": "weightedmean", "last": "lasttoken",
            "cls+mean": ["cls", "mean"], "max+last+mean": ["max", "lasttoken", "mean"]}
# Which hidden states (0: embeddings) each choice means for a model of n layers, and whether they are concatenated.
LAYERS = {
    "": lambda n: ([n], False), "2": lambda n: ([2], False), "0": lambda n: ([0], False), "2,3": lambda n: ([2, 3], False),
    "0.5,0.75": lambda n: ([round(0.5 * n), round(0.75 * n)], False), "last3": lambda n: (list(range(n - 2, n + 1)), False),
    "last4:concat": lambda n: (list(range(n - 3, n + 1)), True), "first-last": lambda n: ([1, n], False),
}


def texts_of(titles: Path | None) -> list[str]:
    stored = OUT / "texts.json"
    if titles is None:
        return json.loads(stored.read_text())
    rows = [line.split("\t") for line in titles.read_text().splitlines()[1:]]
    texts = []
    for language in range(1, 5):
        for row in rows[37 * language::len(rows) // TITLES_EACH][:TITLES_EACH]:
            texts.append(row[language].split(" > ")[-1] if language % 2 else row[language])
    texts += NASTY
    stored.write_text(json.dumps(texts, ensure_ascii=False, indent=0) + "\n")
    return texts


def encode(model: SentenceTransformer, texts: list[str], **options) -> torch.Tensor:
    return torch.tensor(np.stack([model.encode(text, convert_to_numpy=True, show_progress_bar=False, **options) for text in texts]))


@torch.no_grad()
def all_states(model: torch.nn.Module, ids: list[int]) -> list[torch.Tensor]:
    return [state[0] for state in model(input_ids=torch.tensor([ids]), output_hidden_states=True).hidden_states]


def add_hidden(out: dict, name: str, model: torch.nn.Module, tokens: list[list[int]], texts: list[int], layers: list[int]) -> None:
    states = [all_states(model, ids) for ids in tokens]
    out[f"{name}/hidden/texts"] = torch.tensor(texts, dtype=torch.int32)
    out[f"{name}/hidden/layers"] = torch.tensor(layers, dtype=torch.int32)
    out[f"{name}/hidden/ids"] = torch.tensor(sum(tokens, []), dtype=torch.int32)
    out[f"{name}/hidden/offsets"] = torch.tensor(np.cumsum([0] + [len(ids) for ids in tokens]), dtype=torch.int32)
    out[f"{name}/hidden/states"] = torch.stack([torch.cat([s[layer] for s in states]) for layer in layers]).contiguous()


def real_models(texts: list[str]) -> dict[str, torch.Tensor]:
    out = {}
    hidden_texts = [8, texts.index(NASTY[7]), texts.index(NASTY[8])]
    half = list(range(0, len(texts), 2))
    out["half"] = torch.tensor(half, dtype=torch.int32)
    for name, directory, layers in (("minilm", "all-MiniLM-L6-v2", [0, 3, 6]), ("e5", "multilingual-e5-small", [1, 12])):
        model = SentenceTransformer(str(MODELS / directory), device="cpu", model_kwargs={"dtype": torch.float32})
        if name == "minilm":
            out["minilm/plain/vectors"] = encode(model, texts)
        else:
            out["e5/passage/vectors"] = encode(model, texts, prompt_name="passage")
            out["e5/query/vectors"] = encode(model, [texts[i] for i in half], prompt_name="query")
        tokens = [model.tokenizer(texts[i])["input_ids"] for i in hidden_texts]
        add_hidden(out, name, model[0].auto_model, tokens, hidden_texts, layers)
    add_smollm(out, texts, hidden_texts)
    return out


def add_smollm(out: dict, texts: list[str], hidden_texts: list[int]) -> None:
    file = "SmolLM2-135M-Instruct.Q4_1.gguf"
    directory = MODELS / "smollm2-135m-instruct"
    model = transformers.AutoModel.from_pretrained(directory, gguf_file=file, dtype=torch.float32, attn_implementation="eager").eval()
    tokenizer = smollm_tokenizer(directory / file)
    chosen = [i for i in range(0, len(texts), 3) if texts[i]]
    states = [all_states(model, tokenizer.encode(texts[i]).ids[:1000])[-1] for i in chosen]
    out["smollm2/texts"] = torch.tensor(chosen, dtype=torch.int32)
    out["smollm2/mean/vectors"] = torch.stack([s.mean(0) for s in states])
    out["smollm2/last/vectors"] = torch.stack([s[-1] for s in states])
    add_hidden(out, "smollm2", model, [tokenizer.encode(texts[i]).ids for i in hidden_texts], hidden_texts, [1, 30])


def smollm_tokenizer(path: Path) -> Tokenizer:
    """SmolLM2's own tokenizer.json, made of the tokens and merges in the GGUF file."""
    import gguf
    fields = gguf.GGUFReader(path).fields

    def strings(key: str) -> list[str]:
        field = fields[key]
        return [bytes(field.parts[i]).decode() for i in field.data]

    tokens = strings("tokenizer.ggml.tokens")
    merges = [tuple(merge.split(" ")) for merge in strings("tokenizer.ggml.merges")]
    tokenizer = Tokenizer(models.BPE({token: i for i, token in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True),
                                                       pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    kinds = [fields["tokenizer.ggml.token_type"].parts[i][0] for i in fields["tokenizer.ggml.token_type"].data]
    tokenizer.add_special_tokens([token for token, kind in zip(tokens, kinds) if kind == 3])
    return tokenizer


def pooled(mode: str | list[str], states: torch.Tensor) -> torch.Tensor:
    features = {"token_embeddings": states[None], "attention_mask": torch.ones(1, len(states), dtype=torch.int64)}
    return Pooling(states.shape[1], pooling_mode=mode)(features)["sentence_embedding"][0]


def pooling_variants() -> dict[str, torch.Tensor]:
    out = {}
    for name in ("modernbert", "gemma3", "roberta"):
        model = transformers.AutoModel.from_pretrained(SMALL / name, dtype=torch.float32, attn_implementation="eager").eval()
        states = [all_states(model, [int(token[1:]) for token in text.split()]) for text in VARIANT_TEXTS]
        count = len(states[0]) - 1
        for pooling, mode in POOLINGS.items():
            for choice, select in LAYERS.items():
                if (pooling != "mean" and choice != "") or (name == "roberta" and choice != ""):
                    if not (pooling == "max" and choice in ("last4:concat", "2,3") and name == "gemma3"):
                        continue
                layers, concatenate = select(count)
                combined = [torch.cat([s[i] for i in layers], 1) if concatenate else torch.stack([s[i] for i in layers]).mean(0)
                            for s in states]
                out[f"{name}/{pooling}/{choice or 'model'}"] = torch.stack([pooled(mode, c) for c in combined])
    return out


# ---- small sentence-transformers directories ----

def toy_tokenizer(template: bool) -> transformers.PreTrainedTokenizerFast:
    vocab = {"t0": 0, "<s>": 1, "</s>": 2} | {f"t{i}": i for i in range(3, 101)}
    tokenizer = Tokenizer(models.WordLevel(vocab, unk_token="t0"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC()])
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    if template:
        tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", pair="<s> $A </s> $B </s>",
                                                                special_tokens=[("<s>", 1), ("</s>", 2)])
        tokenizer.add_special_tokens(["<s>", "</s>"])
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, cls_token="<s>", sep_token="</s>", pad_token="t0", unk_token="t0",
                                                model_max_length=40)


def randomised(module: torch.nn.Module, seed: int) -> None:
    random = np.random.default_rng(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            values = random.standard_normal(parameter.shape) * (1.2 / np.sqrt(parameter.shape[-1]))
            parameter.copy_(torch.from_numpy(values.astype(np.float32)))


def as_old_layout(directory: Path) -> None:
    """The files as sentence-transformers before 5.4 wrote them."""
    modules = json.loads((directory / "modules.json").read_text())
    for module in modules:
        module["type"] = "sentence_transformers.models." + module["type"].split(".")[-1]
        module.pop("kwargs", None)
        config = directory / module["path"] / "config.json"
        if module["type"].endswith("Pooling"):
            new = json.loads(config.read_text())
            modes = new["pooling_mode"] if isinstance(new["pooling_mode"], list) else [new["pooling_mode"]]
            old = {"word_embedding_dimension": new["embedding_dimension"]}
            for key, mode in (("cls_token", "cls"), ("mean_tokens", "mean"), ("max_tokens", "max"), ("mean_sqrt_len_tokens", "mean_sqrt_len_tokens"),
                              ("weightedmean_tokens", "weightedmean"), ("lasttoken", "lasttoken")):
                old[f"pooling_mode_{key}"] = mode in modes
            config.write_text(json.dumps(old | {"include_prompt": new["include_prompt"]}, indent=1) + "\n")
        if module["type"].endswith("Dense"):
            new = json.loads(config.read_text())
            config.write_text(json.dumps({key: new[key] for key in ("in_features", "out_features", "bias", "activation_function")}, indent=1) + "\n")
    (directory / "modules.json").write_text(json.dumps(modules, indent=1) + "\n")
    (directory / "sentence_bert_config.json").write_text('{"max_seq_length": 38, "do_lower_case": false}\n')


def dense_directory(name: str, pooling: list[str], include_prompt: bool, heads: list[torch.nn.Module], truncate_dim: int | None) -> Path:
    directory = OUT / name
    shutil.rmtree(directory, ignore_errors=True)
    scratch = directory / "transformer"
    scratch.mkdir(parents=True)
    config = transformers.BertConfig(vocab_size=101, hidden_size=24, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
                                     max_position_embeddings=40, type_vocab_size=1)
    model = transformers.BertModel(config, add_pooling_layer=False)
    randomised(model, 7)
    model.save_pretrained(scratch)
    toy_tokenizer(template=True).save_pretrained(scratch)
    transformer = Transformer(str(scratch), max_seq_length=38)
    modules = [transformer, Pooling(24, pooling_mode=pooling, include_prompt=include_prompt), *heads]
    prompts = {"query": "t11 t12 ", "passage": "t13 "}
    SentenceTransformer(modules=modules, prompts=prompts, truncate_dim=truncate_dim, device="cpu").save_pretrained(str(directory), create_model_card=False)
    shutil.rmtree(scratch)
    return directory


def heads() -> dict[str, torch.Tensor]:
    """st-dense: old layout, cls+mean, prompts pooled, Dense 48→32 tanh, Dense 32→20, Normalize.
    st-dense-new: new layout, weighted mean, prompts left out of pooling, Dense 24→24 gelu without bias, truncate_dim 16."""
    out = {}
    plans = [("st-dense", ["cls", "mean"], True, [Dense(48, 32, activation_function=torch.nn.Tanh()),
                                                   Dense(32, 20, activation_function=torch.nn.Identity()), Normalize()], None),
             ("st-dense-new", ["weightedmean"], False, [Dense(24, 24, bias=False, activation_function=torch.nn.GELU())], 16)]
    for name, pooling, include_prompt, modules, truncate_dim in plans:
        for seed, module in enumerate(modules):
            randomised(module, seed + 20)
        directory = dense_directory(name, pooling, include_prompt, modules, truncate_dim)
        if name == "st-dense":
            as_old_layout(directory)
        model = SentenceTransformer(str(directory), device="cpu", model_kwargs={"dtype": torch.float32})
        texts = VARIANT_TEXTS + [""] + [" ".join(f"t{i}" for i in range(3, 90))]
        out[f"{name}/plain"] = encode(model, texts)
        out[f"{name}/query"] = encode(model, texts, prompt_name="query")
        out[f"{name}/passage"] = encode(model, texts, prompt_name="passage")
        out[f"{name}/prompt"] = encode(model, texts, prompt="t20 t21 t22 ")
        out[f"{name}/truncated-8"] = encode(model, texts, truncate_dim=8)
        out[f"{name}/truncated-8-renormalised"] = encode(model, texts, truncate_dim=8, normalize_embeddings=True)
        vectors = out[f"{name}/plain"].numpy()
        for kind in ("int8", "uint8"):
            out[f"{name}/{kind}"] = torch.tensor(quantize_embeddings(vectors, precision=kind, calibration_embeddings=vectors))
        for kind in ("binary", "ubinary"):
            out[f"{name}/{kind}"] = torch.tensor(quantize_embeddings(vectors[:, :16], precision=kind))
    out |= static_directory()
    return out


def static_directory() -> dict[str, torch.Tensor]:
    directory = OUT / "st-static"
    shutil.rmtree(directory, ignore_errors=True)
    weights = np.random.default_rng(3).standard_normal((101, 24)).astype(np.float32)
    tokenizer = toy_tokenizer(template=False).backend_tokenizer
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=weights)], device="cpu").save_pretrained(str(directory), create_model_card=False)
    model = SentenceTransformer(str(directory), device="cpu")
    return {"st-static/plain": encode(model, VARIANT_TEXTS)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--titles", type=Path, help="a table of categories to draw the titles from; else texts.json is used again")
    parser.add_argument("--small", action="store_true", help="only what needs no real models")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "variants.json").write_text(json.dumps(VARIANT_TEXTS) + "\n")
    tensors = pooling_variants() | heads()
    save_file({name: value.contiguous() for name, value in tensors.items()}, OUT / "variants.safetensors")
    if not options.small:
        texts = texts_of(options.titles)
        save_file({name: value.contiguous() for name, value in real_models(texts).items()}, OUT / "real.safetensors")
    for file in sorted(OUT.rglob("*.safetensors")):
        print(f"{file.relative_to(OUT)}: {file.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
