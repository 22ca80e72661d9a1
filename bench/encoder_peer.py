"""One peer of bench/encoders.py: loads a model, then runs once for each line on stdin.

Usage: encoder_peer.py PEER MODEL FILE THREADS throughput|latency|prepare|vectors CACHE

`vectors` writes the texts' vectors to CACHE/vectors.npy: the reference of the others' cosines.
`prepare` only converts the model into CACHE, so that a measured process's memory is that of serving.
Peers get token ids made beforehand (their tokenisation is not timed); sentence-transformers and
llama.cpp take texts, as their interfaces do. Mean pooling and normalisation belong to the timed work.
Each peer first tries its batch sizes and thread layouts on a fifth of the texts and keeps the quickest.
"""
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

BATCH_SIZES = (8, 16, 32, 64)


def normalise(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def padded(batch):
    width = max(map(len, batch))
    ids = np.zeros((len(batch), width), np.int64)
    mask = np.zeros((len(batch), width), np.int64)
    for row, tokens in enumerate(batch):
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
    return ids, mask


def mean_pool(hidden, mask):
    weights = mask[:, :, None].astype(np.float32)
    return normalise((hidden * weights).sum(1) / np.maximum(weights.sum(1), 1e-9))


def pooled_torch_model(path):
    """transformers' model with mean pooling and normalisation in the graph, so that peers fuse them."""
    import torch
    from transformers import AutoModel

    class Pooled(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.body = AutoModel.from_pretrained(path, attn_implementation="eager").eval()

        def forward(self, input_ids, attention_mask):
            hidden = self.body(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            weights = attention_mask.unsqueeze(-1).to(hidden.dtype)
            pooled = (hidden * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(pooled, dim=1)

    example = {"input_ids": torch.ones((2, 7), dtype=torch.int64), "attention_mask": torch.ones((2, 7), dtype=torch.int64)}
    return Pooled().eval(), example


class OpenVino:
    """Asynchronous requests, one stream a thread or one for all."""

    def __init__(self, path, threads, latency, cache, precision):
        import openvino as ov

        self.ov, self.threads, self.latency = ov, threads, latency
        core = ov.Core()
        name = "int8" if precision == "int8" else "fp32"
        file = cache / f"openvino-{name}.xml"
        if not file.exists():
            model, example = pooled_torch_model(path)
            converted = ov.convert_model(model, example_input=example)
            if name == "int8":
                import nncf

                converted = nncf.quantize(converted, nncf.Dataset(list(calibration(path))), model_type=nncf.ModelType.TRANSFORMER)
            ov.save_model(converted, file, compress_to_fp16=False)
        self.compiled = {}
        for streams in (1,) if latency else (1, threads):
            self.compiled[streams] = core.compile_model(core.read_model(file), "CPU", {
                "PERFORMANCE_HINT": "LATENCY" if latency else "THROUGHPUT", "NUM_STREAMS": streams,
                "INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "bf16" if precision == "bf16" else "f32"})
        self.layouts = list(self.compiled)
        self.version = ov.__version__

    def run(self, batches, layout):
        model = self.compiled[layout]
        if self.latency:
            request = model.create_infer_request()
            return [request.infer(dict(zip(("input_ids", "attention_mask"), padded(batch))))[0] for batch in batches]
        queue = self.ov.AsyncInferQueue(model, 2 * layout)
        vectors = [None] * len(batches)
        queue.set_callback(lambda request, at: vectors.__setitem__(at, request.get_output_tensor(0).data.copy()))
        for at, batch in enumerate(batches):
            ids, mask = padded(batch)
            queue.start_async({"input_ids": ids, "attention_mask": mask}, at)
        queue.wait_all()
        return vectors


def calibration(path):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(Path(path) / "tokenizer.json"))
    tokenizer.no_padding()
    lines = [f"{colour} {thing} with {extra}, pack of {count}" for colour in ("red", "navy", "black") for thing in ("cotton shirt", "phone case", "steel bottle", "desk lamp") for extra in ("free delivery", "two year warranty", "USB charger") for count in (1, 3)]
    for line in lines:
        ids, mask = padded([tokenizer.encode(line).ids])
        yield {"input_ids": ids, "attention_mask": mask}


class OnnxRuntime:
    """The graph optimised by onnxruntime's own transformer optimiser; int8: dynamic quantisation."""

    def __init__(self, path, threads, latency, cache, precision):
        import onnxruntime as ort

        plain, optimised, quantised = (cache / f"onnx-{kind}.onnx" for kind in ("plain", "fp32", "int8"))
        if not optimised.exists():
            import torch
            from onnxruntime.transformers import optimizer
            from transformers import AutoConfig

            model, example = pooled_torch_model(path)
            axes = {0: "batch", 1: "width"}
            torch.onnx.export(model, tuple(example.values()), str(plain), input_names=list(example), output_names=["vector"],
                              dynamic_axes={"input_ids": axes, "attention_mask": axes, "vector": {0: "batch"}}, opset_version=17, dynamo=False)
            config = AutoConfig.from_pretrained(path)
            optimizer.optimize_model(str(plain), model_type="bert", num_heads=config.num_attention_heads, hidden_size=config.hidden_size, opt_level=1).save_model_to_file(str(optimised))
        if precision == "int8" and not quantised.exists():
            from onnxruntime.quantization import QuantType, quantize_dynamic

            # Without VNNI, eight-bit products would saturate.
            saturates = "vnni" not in Path("/proc/cpuinfo").read_text()
            quantize_dynamic(str(optimised), str(quantised), weight_type=QuantType.QInt8, per_channel=True, reduce_range=saturates, extra_options={"DefaultTensorType": 1})
        self.sessions = {}
        for workers in (1,) if latency else (1, threads):
            options = ort.SessionOptions()
            options.intra_op_num_threads = threads // workers
            options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
            self.sessions[workers] = ort.InferenceSession(str(quantised if precision == "int8" else optimised), options, providers=["CPUExecutionProvider"])
        self.layouts = list(self.sessions)
        self.version = ort.__version__

    def run(self, batches, layout):
        session = self.sessions[layout]

        def one(batch):
            ids, mask = padded(batch)
            return session.run(None, {"input_ids": ids, "attention_mask": mask})[0]

        return in_parallel(one, batches, layout)


class CTranslate2:
    def __init__(self, path, threads, latency, cache, precision):
        import ctranslate2

        target = cache / "ctranslate2"
        if not target.exists():
            ctranslate2.converters.TransformersConverter(path).convert(str(target))
        kind = {"fp32": "float32", "int8": "int8"}[precision]
        self.encoders = {workers: ctranslate2.Encoder(str(target), device="cpu", compute_type=kind, inter_threads=workers, intra_threads=threads // workers) for workers in ((1,) if latency else (1, threads))}
        self.layouts = list(self.encoders)
        self.version = ctranslate2.__version__

    def run(self, batches, layout):
        encoder = self.encoders[layout]

        def one(batch):
            hidden = np.asarray(encoder.forward_batch(batch).last_hidden_state)
            lengths = np.array([len(tokens) for tokens in batch])
            return mean_pool(hidden, np.arange(hidden.shape[1])[None, :] < lengths[:, None])

        return in_parallel(one, batches, layout)


def in_parallel(function, batches, workers):
    if workers == 1:
        return [function(batch) for batch in batches]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(function, batches))


class SentenceTransformers:
    takes_texts = True
    layouts = [1]

    def __init__(self, path, threads, latency, cache, precision):
        import sentence_transformers
        import torch

        torch.set_num_threads(threads)
        self.model = sentence_transformers.SentenceTransformer(path, device="cpu")
        self.version = sentence_transformers.__version__

    def run(self, batches, layout):
        return [self.model.encode(batch, batch_size=len(batch), show_progress_bar=False) for batch in batches]


class LlamaCpp:
    """Takes one GGUF file that bench/minilm_gguf.py writes from the same weights."""

    takes_texts = True
    layouts = [1]

    def __init__(self, path, threads, latency, cache, precision):
        import llama_cpp

        kind = {"fp32": "f32", "int8": "q8_0"}[precision]
        file = cache / f"llama-{kind}.gguf"
        if not file.exists():
            import minilm_gguf

            minilm_gguf.convert(Path(path), file, kind)
        self.model = llama_cpp.Llama(str(file), embedding=True, n_threads=threads, n_threads_batch=threads, n_ctx=2048, n_batch=2048, n_ubatch=2048, n_seq_max=64, pooling_type=llama_cpp.LLAMA_POOLING_TYPE_MEAN, verbose=False)
        self.version = llama_cpp.__version__

    def run(self, batches, layout):
        return [np.asarray(self.model.embed(batch, normalize=True)) for batch in batches]


PEERS = {"openvino": OpenVino, "onnxruntime": OnnxRuntime, "ctranslate2": CTranslate2, "sentence-transformers": SentenceTransformers, "llama.cpp": LlamaCpp}


def peak_memory_mb():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def main():
    peer, path, file, threads, mode, cache = sys.argv[1:]
    name, precision = peer.rsplit("-", 1)
    threads, latency = int(threads), mode == "latency"
    cache = Path(cache)
    cache.mkdir(parents=True, exist_ok=True)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    from tokenizers import Tokenizer

    texts = Path(file).read_text().split("\n")[:-1]
    tokenizer = Tokenizer.from_file(str(Path(path) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    ids = [encoding.ids for encoding in tokenizer.encode_batch_fast(texts)]
    contender = PEERS[name](path, threads, latency, cache, precision)
    if mode == "prepare":
        return
    items = texts if getattr(contender, "takes_texts", False) else ids

    def batches(size, every=1):
        order = sorted(range(0, len(items), every), key=lambda i: -len(ids[i]))
        return [[items[i] for i in order[at : at + size]] for at in range(0, len(order), size)]

    def timed(size, layout, every=1):
        work = batches(size, every)
        start = time.perf_counter()
        contender.run(work, layout)
        return time.perf_counter() - start

    def vectors():
        return np.concatenate(contender.run([[item] for item in items], contender.layouts[0]))

    if mode == "vectors":
        np.save(cache / "vectors.npy", vectors())
        return

    if latency:
        contender.run([[item] for item in items], contender.layouts[0])
        setting = None
    else:
        trials = {(size, layout): min(timed(size, layout, every=5) for _ in range(2)) for size in BATCH_SIZES for layout in contender.layouts}
        setting = min(trials, key=trials.get)
    answer = lambda value: print(json.dumps(value), flush=True)
    answer({"ready": True, "version": contender.version, "setting": setting, "cosine": None if latency else float((vectors() * np.load(cache / "vectors.npy")).sum(1).mean())})
    for _ in sys.stdin:
        if latency:
            took = []
            for item in items:
                start = time.perf_counter()
                contender.run([[item]], contender.layouts[0])
                took.append((time.perf_counter() - start) * 1e3)
            answer({"latencies_ms": took})
        else:
            seconds = timed(*setting)
            answer({"seconds": seconds, "tokens": sum(map(len, ids)), "memory_mb": peak_memory_mb()})


if __name__ == "__main__":
    main()
