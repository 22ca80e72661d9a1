// Gradients: of attention, of the whole transformer, with layers run again, of embedding rows.
#include "torch/transformer.h"

#include <ATen/Context.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "model/executor_cases_testing.h"
#include "model/weights.h"
#include "torch/attention.h"

namespace kindred::torch {
namespace {

using model::Batch;
using model::Case;

double farthest(const at::Tensor& a, const at::Tensor& b) {
  if (!a.defined() && !b.defined()) return 0.0;
  return a.sub(b).abs().max().item<double>();
}

/// A transformer whose weights all want gradients, in double precision.
Transformer trained(const Case& c) {
  const model::RandomModel random(c.spec, 11, c.biases,
                                  c.biases && c.spec.norm == model::NormKind::layer);
  Weights weights = load_weights(random.weights, at::kCPU);
  weights.word_embeddings = EmbeddingTable(weights.word_embeddings.weight().to(at::kDouble));
  weights.word_embeddings.train(true);
  for_each_weight(weights, [](at::Tensor& tensor, std::size_t) {
    tensor = tensor.to(at::kDouble).requires_grad_(true);
  });
  return {c.spec, std::move(weights)};
}

/// The sum of the last hidden states of the first `tokens` tokens, each value with a weight of its
/// own, after taking its gradient.
double run(const Transformer& transformer, const Batch& batch, const PassOptions& pass,
           std::int64_t tokens) {
  const PackedBatch packed =
      PackedBatch::make(batch.tokens(), transformer.spec().position_offset, at::kCPU);
  const auto depth = static_cast<std::uint32_t>(transformer.spec().layers.size());
  const at::Tensor states =
      transformer.forward(packed, {.layers = {depth}, .bidirectional = {}}, pass)[0];
  const at::Tensor values =
      states.index_select(0, packed.row_of_token).narrow(0, 0, tokens).reshape({-1});
  const at::Tensor weights =
      at::arange(values.numel(), at::TensorOptions(at::kDouble)).mul(0.7).sin();
  const at::Tensor loss = values.dot(weights);
  loss.backward();
  return loss.item<double>();
}

std::vector<at::Tensor> take_gradients(Transformer& transformer) {
  std::vector<at::Tensor> result;
  for_each_weight(transformer.weights(), [&](at::Tensor& tensor, std::size_t) {
    result.push_back(tensor.grad().defined() ? tensor.grad().clone() : at::Tensor());
    if (tensor.grad().defined()) tensor.mutable_grad() = at::Tensor();
  });
  result.push_back(transformer.weights().word_embeddings.take_gradient().rows);
  return result;
}

void expect_near(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_LT(farthest(a[i], b[i]), 1e-9) << i;
}

TEST(PackedAttention, HasTheGradientOfTheGraph) {
  for (const bool relative : {false, true})
    for (const double softcap : {0.0, 3.0})
      for (const bool prefix : {false, true})
        for (const std::uint32_t right : {model::AttentionReach::kUnbounded, 0U, 3U}) {
          Batch batch({3, 9, 3, 70, 1, 70}, 50);
          if (prefix) batch.prefix = {2, 0, 3, 40, 0, 0};
          const PackedBatch packed = PackedBatch::make(batch.tokens(), 0, at::kCPU);
          AttentionShape shape;
          shape.heads = 6;
          shape.kv_heads = 2;
          shape.head_dim = 5;
          shape.scale = 0.4;
          shape.softcap = softcap;
          shape.reach.right = right;
          shape.relative_max_distance = 20;
          const auto make = [&](std::int64_t columns) {
            return at::randn({packed.tokens(), columns}).requires_grad_(true);
          };
          const at::Tensor q = make(30), k = make(10), v = make(10);
          const at::Tensor bias = relative ? at::randn({8, 6}).requires_grad_(true) : at::Tensor();
          const at::Tensor weights = at::randn({packed.tokens(), 30});
          const auto gradients = [&](auto&& attention) {
            const at::Tensor out = attention(q, k, v, bias, shape, packed);
            out.mul(weights).sum().backward();
            std::vector<at::Tensor> result = {out.detach()};
            for (at::Tensor t : {q, k, v, bias}) {
              if (!t.defined()) continue;
              result.push_back(t.grad().clone());
              t.mutable_grad() = at::Tensor();
            }
            return result;
          };
          const auto ours = gradients(attend), graph = gradients(attend_by_graph);
          for (std::size_t i = 0; i < ours.size(); ++i)
            EXPECT_LT(farthest(ours[i], graph[i]), 2e-5)
                << i << ' ' << relative << ' ' << softcap << ' ' << prefix << ' ' << right;
        }
}

TEST(Transformer, HasTheGradientOfFiniteDifferences) {
  at::Generator generator = at::globalContext().defaultGenerator(at::kCPU);
  generator.set_current_seed(1);
  for (Case c : model::cases()) {
    SCOPED_TRACE(c.name);
    // A corner within a step of a value has no difference that could be compared.
    if (c.spec.activation == model::Activation::relu)
      c.spec.activation = model::Activation::gelu_erf;
    Transformer transformer = trained(c);
    const Batch batch({4, 7, 4}, c.spec.vocab_size);
    const auto tokens = static_cast<std::int64_t>(batch.ids.size());
    run(transformer, batch, {}, tokens);
    const std::vector<at::Tensor> gradients = take_gradients(transformer);
    std::size_t place = 0;
    for_each_weight(transformer.weights(), [&](at::Tensor& tensor, std::size_t) {
      const at::Tensor gradient = gradients[place++];
      if (!gradient.defined()) return;
      // Along a random direction, so that one number tells of all the tensor's values.
      const at::Tensor direction = at::randn(tensor.sizes(), at::TensorOptions(at::kDouble));
      const double step = 1e-5;
      const auto shifted = [&](double by) {
        const at::Tensor kept = tensor;
        tensor = kept.detach().add(direction, by).requires_grad_(true);
        const double value = run(transformer, batch, {}, tokens);
        tensor = kept;
        return value;
      };
      const double measured = (shifted(step) - shifted(-step)) / (2 * step);
      EXPECT_NEAR(gradient.mul(direction).sum().item<double>(), measured,
                  1e-3 * (1.0 + gradient.norm().item<double>()));
    });
  }
}

TEST(Transformer, LayersThatAreRunAgainHaveTheSameGradients) {
  for (const Case& c : model::cases()) {
    SCOPED_TRACE(c.name);
    Transformer transformer = trained(c);
    const Batch batch({4, 7, 70, 4}, c.spec.vocab_size);
    PassOptions pass;
    pass.dropout = {0.2, 7};
    const double value = run(transformer, batch, pass, 85);
    const std::vector<at::Tensor> kept = take_gradients(transformer);
    pass.recompute = true;
    EXPECT_EQ(run(transformer, batch, pass, 85), value);
    expect_near(kept, take_gradients(transformer));
    pass.dropout.seed = 8;
    EXPECT_NE(run(transformer, batch, pass, 85), value);
  }
}

TEST(Transformer, SequencesDoNotTouchEachOther) {
  for (const Case& c : model::cases()) {
    SCOPED_TRACE(c.name);
    Transformer transformer = trained(c);
    const Batch together({4, 70, 4, 9}, c.spec.vocab_size);
    Batch alone({}, c.spec.vocab_size);
    alone.ids = together.sequence(0);
    alone.offsets = {0, 4};
    const double value = run(transformer, alone, {}, 4);
    const std::vector<at::Tensor> gradients = take_gradients(transformer);
    EXPECT_NEAR(run(transformer, together, {}, 4), value, 1e-9);
    std::vector<at::Tensor> again = take_gradients(transformer);
    // The embedding rows of the other sequences have gradients of zero.
    EXPECT_NEAR(again.back().norm().item<double>(), gradients.back().norm().item<double>(), 1e-9);
    again.back() = gradients.back();
    expect_near(gradients, again);
  }
}

TEST(EmbeddingTable, SumsTheRowsOfAllPasses) {
  EmbeddingTable table(at::randn({6, 2}));
  EXPECT_FALSE(table.rows(indices({1, 2}, at::kCPU)).requires_grad());
  table.train(true);
  EXPECT_FALSE(table.take_gradient().ids.defined());
  table.rows(indices({4, 1, 4}, at::kCPU)).sum().backward();
  table.rows(indices({0, 4}, at::kCPU)).mul(2.0).sum().backward();
  const EmbeddingTable::Gradient gradient = table.take_gradient();
  EXPECT_TRUE(at::equal(gradient.ids, indices({0, 1, 4}, at::kCPU)));
  EXPECT_EQ(gradient.rows[0][0].item<double>(), 2.0);
  EXPECT_EQ(gradient.rows[1][1].item<double>(), 1.0);
  EXPECT_EQ(gradient.rows[2][0].item<double>(), 4.0);
  EXPECT_FALSE(table.take_gradient().ids.defined());
}

TEST(Weights, AreWrittenBackAsTheyWere) {
  for (const Case& c : model::cases()) {
    const model::RandomModel random(c.spec, 11, c.biases, false);
    Weights weights = load_weights(random.weights, at::kCPU);
    std::vector<at::Tensor> kept;
    model::TransformerWeights views = merged_views(weights, random.weights, kept);
    std::vector<io::TensorView> before, after;
    model::for_each_tensor(random.weights,
                           [&](const io::TensorView& v, bool) { before.push_back(v); });
    model::for_each_tensor(views, [&](const io::TensorView& v, bool) { after.push_back(v); });
    ASSERT_EQ(before.size(), after.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
      EXPECT_EQ(before[i].name, after[i].name);
      EXPECT_EQ(before[i].to_floats(), after[i].to_floats()) << before[i].name;
    }
    // A low-rank change is added.
    weights.layers[0].query.low_rank = {
        at::randn({2, static_cast<std::int64_t>(c.spec.hidden)}),
        at::randn({static_cast<std::int64_t>(c.spec.heads * c.spec.head_dim), 2}), 0.5};
    views = merged_views(weights, random.weights, kept);
    EXPECT_NE(views.layers[0].query.weight.to_floats(),
              random.weights.layers[0].query.weight.to_floats());
  }
}

}  // namespace
}  // namespace kindred::torch
