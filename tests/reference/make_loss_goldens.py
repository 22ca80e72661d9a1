#!/usr/bin/env python3
"""Values and gradients of sentence-transformers' losses over given vectors: tests/golden/losses.json.

Usage: make_loss_goldens.py   (pip install torch sentence-transformers==6.2.0)

Each case has columns (a text of each row: the anchor first), their vectors in float64, what the loss gave, and
its gradient by every column. Single texts with classes are one column and labels.
"""
import json
import warnings
from pathlib import Path

import numpy as np
import torch
from sentence_transformers.sentence_transformer import losses
from sentence_transformers.util import pairwise_cos_sim

OUT = Path(__file__).resolve().parent.parent / "golden" / "losses.json"
torch.set_num_threads(1)
warnings.filterwarnings("ignore")


class Given(torch.nn.Module):
    """A model whose vectors are given: the features of a column are its number."""

    def __init__(self, columns):
        super().__init__()
        self.columns = columns

    def forward(self, features):
        return {"sentence_embedding": self.columns[int(features["column"])]}

    def get_embedding_dimension(self):
        return self.columns[0].shape[1]


def vectors(random, rows, dimensions):
    return torch.tensor(np.round(random.normal(size=(rows, dimensions)), 3), requires_grad=True)


def case(name, columns, value, **more):
    value.backward()
    gradients = [c.grad.tolist() for c in columns]
    for c in columns:
        c.grad = None
    return {"name": name, "columns": [c.tolist() for c in columns], "value": value.item(),
            "gradients": [[[round(x, 12) for x in row] for row in g] for g in gradients], **more}


def ranking(random):
    a, p, n, m = (vectors(random, 6, 5) for _ in range(4))
    ranked = losses.MultipleNegativesRankingLoss
    four = ("query_to_doc", "query_to_query", "doc_to_doc")
    yield case("ranking", [a, p], ranked(Given([]), scale=20).compute_loss_from_embeddings([a, p], None))
    yield case("ranking, two negatives", [a, p, n, m],
               ranked(Given([]), scale=10).compute_loss_from_embeddings([a, p, n, m], None))
    yield case("ranking, both directions", [a, p],
               losses.MultipleNegativesSymmetricRankingLoss(Given([]), scale=20).compute_loss_from_embeddings([a, p], None))
    yield case("ranking, both directions, a negative", [a, p, n],
               losses.MultipleNegativesSymmetricRankingLoss(Given([]), scale=20).compute_loss_from_embeddings([a, p, n], None))
    yield case("ranking, texts of each side too", [a, p, n],
               ranked(Given([]), scale=20, directions=four).compute_loss_from_embeddings([a, p, n], None))
    model = Given([a, p])
    loss = losses.MatryoshkaLoss(model, ranked(model, scale=20), [5, 3, 2], [1, 0.5, 0.25])
    features = [{"column": torch.tensor(0)}, {"column": torch.tensor(1)}]
    yield case("ranking, Matryoshka", [a, p], loss(features, None))
    yield guided(a, p, [vectors(random, 6, 3) for _ in range(2)])


def guided(a, p, guide):
    """GISTEmbedLoss wants two whole models with tokenizers: its forward, over given vectors."""
    loss = losses.GISTEmbedLoss.__new__(losses.GISTEmbedLoss)
    torch.nn.Module.__init__(loss)
    loss.model, loss.guide, loss.must_retokenize = Given([a, p]), Given([g.detach() for g in guide]), False
    loss.similarity_fct, loss.temperature = torch.nn.CosineSimilarity(dim=-1), 0.05
    loss.margin_strategy, loss.margin, loss.gather_across_devices = "absolute", 0.05, False
    loss.contrast_anchors = loss.contrast_positives = True
    loss.cross_entropy_loss = torch.nn.CrossEntropyLoss()
    features = [{"column": torch.tensor(0)}, {"column": torch.tensor(1)}]
    return case("guided", [a, p], loss(features, None), guide=[g.tolist() for g in guide])


def graded(random):
    a, p = vectors(random, 8, 4), vectors(random, 8, 4)
    scores = torch.tensor([0, 0.25, 1, 0.5, 0.25, 1, 0.75, 0], dtype=torch.float64)
    for name, loss in (("cosent", losses.CoSENTLoss(Given([]))), ("cosine", losses.CosineSimilarityLoss(Given([])))):
        yield case(name, [a, p], loss.compute_loss_from_embeddings([a, p], scores), scores=scores.tolist())
    a, p, n, m = (vectors(random, 5, 4) for _ in range(4))
    teacher = torch.tensor(np.round(random.normal(size=(5, 3)) * 3, 2))
    yield case("margin_mse", [a, p, n, m],
               losses.MarginMSELoss(Given([])).compute_loss_from_embeddings([a, p, n, m], teacher), scores=teacher.tolist())
    yield case("kl", [a, p, n, m],
               losses.DistillKLDivLoss(Given([]), pairwise_cos_sim, student_temperature=0.1, teacher_temperature=2.0)
               .compute_loss_from_embeddings([a, p, n, m], teacher), scores=teacher.tolist())
    goal = [vectors(random, 5, 4).detach() for _ in range(2)]
    for metric in ("mse", "cosine"):
        yield case(f"vectors, {metric}", [a, p],
                   losses.EmbedDistillLoss(Given([]), metric).compute_loss_from_embeddings([a, p], goal),
                   teacher=[g.tolist() for g in goal])


def triplets(random):
    a, p, n = (vectors(random, 6, 4) for _ in range(3))
    metric = losses.TripletDistanceMetric
    yield case("triplet, euclidean", [a, p, n],
               losses.TripletLoss(Given([]), metric.EUCLIDEAN, 5).compute_loss_from_embeddings([a, p, n], None), margin=5)
    yield case("triplet, cosine", [a, p, n],
               losses.TripletLoss(Given([]), metric.COSINE, 0.3).compute_loss_from_embeddings([a, p, n], None), margin=0.3)
    x = vectors(random, 9, 4)
    labels = torch.tensor([0, 1, 2, 0, 1, 2, 0, 1, 0])
    distance = losses.BatchHardTripletLossDistanceFunction
    for kind, loss in (("hard", losses.BatchHardTripletLoss), ("semi_hard", losses.BatchSemiHardTripletLoss),
                       ("all", losses.BatchAllTripletLoss)):
        yield case(f"batch {kind}, euclidean", [x],
                   loss(Given([]), distance.euclidean_distance, 1.5).compute_loss_from_embeddings([x], labels),
                   labels=labels.tolist(), margin=1.5)
        yield case(f"batch {kind}, cosine", [x],
                   loss(Given([]), distance.cosine_distance, 0.3).compute_loss_from_embeddings([x], labels),
                   labels=labels.tolist(), margin=0.3)


def main():
    random = np.random.default_rng(0)
    cases = [*ranking(random), *graded(random), *triplets(random)]
    OUT.write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")


if __name__ == "__main__":
    main()
