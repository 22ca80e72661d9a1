"""The peer of bench/train_table: sentence-transformers' trainer on the same pairs with the same mathematics.

usage: sentence_transformers_peer.py PAIRS.jsonl OUT --steps N [--seed N] [--rate R] [--prompt WORDS]
                                     [--loss batch|cached|guided] [--mined N]
batch: MultipleNegativesRankingLoss; cached: its GradCache form; guided: CachedGISTEmbedLoss with the model as it
began for a guide. Scale 20 (temperature .05), batches of 64 grouped by length as the trainer pads them, fused AdamW,
linear warm-up over a tenth, no dropout, float32, 2 threads. --mined N: negatives found once by mine_hard_negatives
(relative margin .05) among the pairs that are trained on. Prints a JSON object.
"""
import argparse
import json
import resource
import time

import torch
from datasets import Dataset
from datasets.table import InMemoryTable
from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments
from sentence_transformers.losses import (
    CachedGISTEmbedLoss, CachedMultipleNegativesRankingLoss, MultipleNegativesRankingLoss)
from sentence_transformers.util import mine_hard_negatives
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


def open_model() -> SentenceTransformer:
    model = SentenceTransformer("models/multilingual-e5-small", device="cpu")
    model.max_seq_length = 128
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return model


def make_loss(name: str, model: SentenceTransformer) -> torch.nn.Module:
    if name == "cached":
        return CachedMultipleNegativesRankingLoss(model, scale=20.0, mini_batch_size=32)
    if name == "guided":
        return CachedGISTEmbedLoss(model, guide=open_model(), temperature=0.05, mini_batch_size=32)
    return MultipleNegativesRankingLoss(model, scale=20.0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("pairs")
    parser.add_argument("out")
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=2e-5)
    parser.add_argument("--prompt", default="query: ")
    parser.add_argument("--loss", choices=["batch", "cached", "guided"], default="batch")
    parser.add_argument("--mined", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(2)
    torch.manual_seed(options.seed)
    model = open_model()
    with open(options.pairs, encoding="utf-8") as lines:
        pairs = [json.loads(line) for line in lines][: options.steps * 64 * 2]
    columns = {name: [options.prompt + pair[name] for pair in pairs] for name in ("anchor", "positive")}
    # A fingerprint of our own: hashing the table pickles classes of pyarrow that cannot be.
    data = Dataset(InMemoryTable.from_pydict(columns), fingerprint="pairs")
    if options.mined:
        mined = mine_hard_negatives(data, model, num_negatives=options.mined, range_max=50, relative_margin=0.05,
                                    output_format="n-tuple", verbose=False)
        data = Dataset(InMemoryTable.from_pydict(mined.to_dict()), fingerprint="mined")
    loss = make_loss(options.loss, model)
    clock = Clock()
    arguments = SentenceTransformerTrainingArguments(
        output_dir=options.out + "/run", max_steps=options.steps, per_device_train_batch_size=64, learning_rate=options.rate,
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
