"""The peer of bench/train_table: sentence-transformers' trainer on the same pairs with the same mathematics.

usage: sentence_transformers_peer.py PAIRS.jsonl OUT --steps N --seed N [--cached TOKENS]
MultipleNegativesRankingLoss (scale 20: temperature .05), batches of 64 grouped by length as the trainer pads them,
fused AdamW, rate 2e-5 with linear warm-up over a tenth, no dropout, float32, 2 threads. Prints a JSON object.
"""
import argparse
import json
import resource
import time

import torch
from datasets import Dataset
from datasets.table import InMemoryTable
from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments
from sentence_transformers.losses import CachedMultipleNegativesRankingLoss, MultipleNegativesRankingLoss
from transformers import TrainerCallback


class Clock(TrainerCallback):
    """Times the steps alone, the first one left out."""

    def __init__(self):
        self.times, self.losses = [], []

    def on_step_end(self, args, state, control, **kwargs):
        self.times.append(time.monotonic())

    def on_log(self, args, state, control, logs=None, **kwargs):
        if logs and "loss" in logs:
            self.losses.append(logs["loss"])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("pairs")
    parser.add_argument("out")
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cached", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(2)
    torch.manual_seed(options.seed)
    model = SentenceTransformer("models/multilingual-e5-small", device="cpu")
    model.max_seq_length = 128
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    with open(options.pairs, encoding="utf-8") as lines:
        pairs = [json.loads(line) for line in lines][: options.steps * 64 * 2]
    columns = {"anchor": ["query: " + p["anchor"] for p in pairs], "positive": ["query: " + p["positive"] for p in pairs]}
    # A fingerprint of our own: hashing the table pickles classes of pyarrow that cannot be.
    data = Dataset(InMemoryTable.from_pydict(columns), fingerprint="pairs")
    loss = MultipleNegativesRankingLoss(model, scale=20.0)
    if options.cached:
        loss = CachedMultipleNegativesRankingLoss(model, scale=20.0, mini_batch_size=options.cached)
    clock = Clock()
    arguments = SentenceTransformerTrainingArguments(
        output_dir=options.out + "/run", max_steps=options.steps, per_device_train_batch_size=64, learning_rate=2e-5,
        warmup_steps=max(1, options.steps // 10), lr_scheduler_type="linear", weight_decay=0.01, optim="adamw_torch_fused",
        max_grad_norm=1.0, seed=options.seed, save_strategy="no", logging_steps=1, report_to="none", use_cpu=True,
        disable_tqdm=True)
    SentenceTransformerTrainer(model=model, args=arguments, train_dataset=data, loss=loss, callbacks=[clock]).train()
    model.save(options.out + "/model")
    spent = clock.times[-1] - clock.times[0]
    print(json.dumps({"steps": options.steps, "seconds": spent, "pairs_per_second": 64 * (len(clock.times) - 1) / spent,
                      "loss": sum(clock.losses[-10:]) / len(clock.losses[-10:]), "losses": clock.losses,
                      "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


if __name__ == "__main__":
    main()
