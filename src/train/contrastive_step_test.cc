// The gradient does not depend on chunks, processes or recomputation, and the vectors are the
// encoder's.
#include "train/contrastive_step.h"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

#include "encode/encoder_impl.h"
#include "encode/pooler.h"
#include "train/info_nce.h"
#include "train/optimizer.h"
#include "train/pooling.h"
#include "train/processes_testing.h"

namespace kindred::train {
namespace {

const std::string kModel = std::string(KINDRED_MODELS) + "/all-MiniLM-L6-v2";

recipe::Batch make_batch() {
  recipe::Batch batch;
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {"red shoes", "a pair of red running shoes for men"},
      {"usb cable", "cable"},
      {"kettle", "an electric kettle of steel, 1.7 l, switches itself off when the water boils"},
      {"hat", "blue hat"},
      {"green tea", "tea from the first harvest of the year, loose leaves"}};
  for (std::uint32_t i = 0; i < pairs.size(); ++i) {
    batch.anchors.push_back({pairs[i].first, "query: "});
    batch.passages.push_back({pairs[i].second, ""});
    batch.positives.push_back({i});
  }
  batch.passages.push_back({"a shirt", ""});
  batch.negatives.assign(5, {5});
  return batch;
}

TrainedEncoder open(recipe::TuningMode mode = recipe::TuningMode::full,
                    recipe::ModelRecipe model = {}) {
  model.base = kModel;
  recipe::TuningRecipe tuning;
  tuning.mode = mode;
  tuning.targets = {"q", "v"};
  return {model, tuning, recipe::EmbeddingUpdate::dense, at::kCPU, 1};
}

using Gradients = std::map<std::string, at::Tensor>;

/// Gradients of all parameters, added up over processes as the optimiser does it.
Gradients gradients(TrainedEncoder& encoder, const StepOptions& options, Processes& processes,
                    double& loss) {
  ThreadPool pool(1);
  const InfoNce info_nce{InfoNceOptions{}};
  const StepReport report =
      accumulate_gradient(encoder, info_nce, make_batch(), options, processes, pool);
  loss = report.loss;
  Gradients result;
  for (Parameter& p : encoder.parameters()) {
    at::Tensor g = p.value.grad().defined() ? p.value.grad().clone() : p.value.detach().mul(0.0);
    processes.sum(g);
    p.value.mutable_grad() = at::Tensor();
    result[p.name] = g;
  }
  torch::EmbeddingTable& table = encoder.transformer().weights().word_embeddings;
  if (!table.trained()) return result;
  const torch::EmbeddingTable::Gradient g = table.take_gradient();
  at::Tensor dense = table.weight().mul(0.0);
  if (g.ids.defined()) dense.index_copy_(0, g.ids, g.rows);
  processes.sum(dense);
  result["word_embeddings"] = dense;
  return result;
}

void expect_equal(const Gradients& a, const Gradients& b) {
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, gradient] : a) {
    const double largest = std::max(gradient.abs().max().item<double>(), 1e-3);
    EXPECT_LT(b.at(name).sub(gradient).abs().max().item<double>() / largest, 1e-4) << name;
  }
}

class ContrastiveStep : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kModel)) GTEST_SKIP() << "scripts/models makes " << kModel;
  }
};

TEST_F(ContrastiveStep, GivesTheVectorsOfTheEncoder) {
  recipe::ModelRecipe model;
  for (const char* pooling : {"mean", "cls", "max", "sqrt", "weighted", "last", "cls+mean"}) {
    model.pooling = pooling;
    model.layers = "3,6";
    const TrainedEncoder trained = open(recipe::TuningMode::full, model);
    EncoderOptions options;
    options.pooling = pooling;
    options.layers = "3,6";
    options.threads = 1;
    const Encoder encoder = Encoder::open(kModel, options);
    const std::vector<std::string> texts = {"red shoes", "", "a longer text, of some more words"};
    std::vector<recipe::BatchText> batch;
    std::vector<const recipe::BatchText*> pointers;
    for (const std::string& text : texts) batch.push_back({text, "query: "});
    for (const auto& text : batch) pointers.push_back(&text);
    ThreadPool pool(1);
    const std::vector<TextTokens> tokens = trained.tokenise(pointers, pool);
    std::vector<const TextTokens*> views;
    for (const TextTokens& t : tokens) views.push_back(&t);
    const at::NoGradGuard no_graph;
    const at::Tensor vectors = trained.encode(views, {});
    EncodeOptions call;
    call.prompt = "query: ";
    const Embeddings expected = encoder.encode(texts, call);
    ASSERT_EQ(static_cast<std::size_t>(vectors.numel()), expected.values.size());
    const float* got = vectors.const_data_ptr<float>();
    for (std::size_t i = 0; i < expected.values.size(); ++i)
      ASSERT_NEAR(got[i], expected.values[i], 1e-5) << pooling << ' ' << i;
  }
}

TEST_F(ContrastiveStep, ChunksDoNotChangeTheGradient) {
  for (const recipe::TuningMode mode :
       {recipe::TuningMode::full, recipe::TuningMode::lora, recipe::TuningMode::adapters}) {
    TrainedEncoder encoder = open(mode);
    const std::unique_ptr<Processes> alone = single_process();
    double whole_loss = 0.0, loss = 0.0;
    const Gradients whole = gradients(encoder, {}, *alone, whole_loss);
    EXPECT_GT(whole_loss, 0.0);
    for (const std::size_t tokens : {1, 20, 37}) {
      StepOptions options;
      options.chunk_tokens = tokens;
      expect_equal(whole, gradients(encoder, options, *alone, loss));
      EXPECT_NEAR(loss, whole_loss, 1e-5);
      options.pass.recompute = true;
      expect_equal(whole, gradients(encoder, options, *alone, loss));
    }
  }
}

TEST_F(ContrastiveStep, EncodesTheFullestChunkOnce) {
  TrainedEncoder encoder = open();
  const std::unique_ptr<Processes> alone = single_process();
  ThreadPool pool(1);
  const InfoNce loss{InfoNceOptions{}};
  const StepReport whole = accumulate_gradient(encoder, loss, make_batch(), {}, *alone, pool);
  EXPECT_EQ(whole.chunks, 1U);
  EXPECT_EQ(whole.repeated_tokens, 0U);
  // Room for all but the last, shortest text.
  StepOptions options;
  options.chunk_tokens = whole.tokens - 1;
  const StepReport cut = accumulate_gradient(encoder, loss, make_batch(), options, *alone, pool);
  EXPECT_EQ(cut.chunks, 2U);
  EXPECT_GT(cut.repeated_tokens, 0U);
  EXPECT_LT(cut.repeated_tokens, whole.tokens / 2);
}

TEST_F(ContrastiveStep, DropoutIsTheSameInBothPasses) {
  TrainedEncoder encoder = open();
  const std::unique_ptr<Processes> alone = single_process();
  StepOptions options;
  options.chunk_tokens = 30;
  options.pass.dropout = {0.1, 5};
  double first = 0.0, again = 0.0, other = 0.0;
  const Gradients a = gradients(encoder, options, *alone, first);
  expect_equal(a, gradients(encoder, options, *alone, again));
  EXPECT_EQ(first, again);
  options.pass.recompute = true;
  expect_equal(a, gradients(encoder, options, *alone, again));
  options.pass.dropout.seed = 6;
  gradients(encoder, options, *alone, other);
  EXPECT_NE(first, other);
}

TEST_F(ContrastiveStep, ProcessesDoNotChangeTheGradient) {
  TrainedEncoder encoder = open();
  const std::unique_ptr<Processes> alone = single_process();
  double whole_loss = 0.0;
  const Gradients whole = gradients(encoder, {}, *alone, whole_loss);
  for (const int size : {2, 4}) {
    run_as_processes(size, [&](Processes& processes) {
      TrainedEncoder mine = open();
      StepOptions options;
      options.chunk_tokens = 25;
      double loss = 0.0;
      const Gradients shared = gradients(mine, options, processes, loss);
      EXPECT_NEAR(loss, whole_loss, 1e-5);
      if (processes.first()) expect_equal(whole, shared);
    });
  }
}

TEST_F(ContrastiveStep, ShardedUpdatesAreThoseOfOneProcess) {
  for (const recipe::EmbeddingUpdate embeddings :
       {recipe::EmbeddingUpdate::dense, recipe::EmbeddingUpdate::lazy}) {
    recipe::OptimizerRecipe options;
    options.learning_rate = 1e-3;
    options.embeddings = embeddings;
    options.layer_decay = 0.9;
    const auto train = [&](Processes& processes, bool shard) {
      TrainedEncoder encoder = open();
      torch::EmbeddingTable& table = encoder.transformer().weights().word_embeddings;
      Optimizer optimizer(encoder.parameters(), table, 6, options, shard, processes);
      ThreadPool pool(1);
      const InfoNce info_nce{InfoNceOptions{}};
      for (int step = 0; step < 3; ++step) {
        accumulate_gradient(encoder, info_nce, make_batch(), {}, processes, pool);
        optimizer.update(1.0);
      }
      Gradients values;
      for (const Parameter& p : encoder.parameters()) values[p.name] = p.value.detach().clone();
      values["word_embeddings"] = table.weight().clone();
      return values;
    };
    const Gradients one = train(*single_process(), false);
    run_as_processes(2, [&](Processes& processes) {
      const Gradients two = train(processes, true);
      if (!processes.first()) return;
      for (const auto& [name, value] : one)
        // Adam divides by the root of squares: where a gradient is rounding alone its sign is too.
        EXPECT_LT(two.at(name).sub(value).abs().mean().item<double>(), 2e-5) << name;
    });
  }
}

}  // namespace
}  // namespace kindred::train
