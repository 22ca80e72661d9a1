#include "torch/executor.h"

#include <gtest/gtest.h>

#include "io/expect_error.h"
#include "model/executor_cases_testing.h"

namespace kindred::torch {
namespace {

using model::Batch;
using model::Case;

void check(const Case& c, const Batch& batch, const model::ForwardOptions& options,
           const std::string& what) {
  const model::RandomModel random(c.spec, 11, c.biases,
                                  c.biases && c.spec.norm == model::NormKind::layer);
  ThreadPool pool(1);
  std::vector<float> out;
  make_executor(random.spec, random.weights, "torch", false)
      ->forward(batch.tokens(), options, pool, out);
  model::expect_reference(c, random, batch, options, out, what);
}

TEST(TorchExecutor, FamiliesAgreeWithTheReference) {
  for (const Case& c : model::cases())
    check(c, Batch({1, 19, 2, 70, 7, 19}, c.spec.vocab_size), model::all_layers(c.spec), "plain");
}

TEST(TorchExecutor, RandomSpecsAgreeWithTheReference) {
  for (unsigned seed = 1; seed <= 24; ++seed) {
    const Case c = model::random_case(seed);
    check(c, Batch({1, 19, 2, 70, 7}, c.spec.vocab_size), model::all_layers(c.spec), "random");
  }
}

TEST(TorchExecutor, PrefixAndBidirectionalLayers) {
  for (const Case& c : model::cases()) {
    Batch batch({12, 80, 12, 5}, c.spec.vocab_size);
    batch.prefix = {4, 63, 0, 0};
    model::ForwardOptions options = model::all_layers(c.spec);
    check(c, batch, options, "prefix");
    options.bidirectional = {0, 1, 1};
    check(c, batch, options, "bidirectional");
  }
}

TEST(TorchExecutor, NothingInGivesNothingOut) {
  const model::RandomModel random(model::bert(), 3, true, true);
  const auto executor = make_executor(random.spec, random.weights, "torch", false);
  ThreadPool pool(1);
  std::vector<float> out = {1.0F};
  const Batch empty({}, 97), empty_sequences({0, 0}, 97), one_empty({3, 0, 2}, 97);
  executor->forward(empty.tokens(), model::all_layers(random.spec), pool, out);
  EXPECT_TRUE(out.empty());
  executor->forward(empty_sequences.tokens(), model::all_layers(random.spec), pool, out);
  EXPECT_TRUE(out.empty());
  check({"one empty", model::bert(), true}, one_empty, model::all_layers(random.spec), "empty");
}

TEST(TorchExecutor, Bfloat16StaysClose) {
  const model::RandomModel random(model::llama(), 3, false, false);
  const Batch batch({9, 30}, 97);
  const model::ForwardOptions options{.layers = {3}, .bidirectional = {}};
  ThreadPool pool(1);
  std::vector<float> exact, rough;
  make_executor(random.spec, random.weights, "torch", false)
      ->forward(batch.tokens(), options, pool, exact);
  make_executor(random.spec, random.weights, "torch", true)
      ->forward(batch.tokens(), options, pool, rough);
  double dot = 0.0, a = 0.0, b = 0.0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    dot += double{exact[i]} * rough[i];
    a += double{exact[i]} * exact[i];
    b += double{rough[i]} * rough[i];
  }
  EXPECT_GT(dot / std::sqrt(a * b), 0.999);
  EXPECT_NE(exact, rough);
}

TEST(TorchExecutor, RefusesWhatTheModelDoesNotTake) {
  const model::RandomModel random(model::bert(), 3, true, true);
  const auto executor = make_executor(random.spec, random.weights, "torch", false);
  ThreadPool pool(1);
  std::vector<float> out;
  Batch batch({5, 513}, 97);
  const auto forward = [&] {
    executor->forward(batch.tokens(), {.layers = {3}, .bidirectional = {}}, pool, out);
  };
  EXPECT_KINDRED_ERROR(forward(), ErrorKind::bad_input, "513 tokens");
  batch = Batch({5}, 97);
  batch.ids[3] = 97;
  EXPECT_KINDRED_ERROR(forward(), ErrorKind::bad_input, "token id 97");
  EXPECT_KINDRED_ERROR(checked_device("tpu"), ErrorKind::bad_input, "\"tpu\"");
  EXPECT_KINDRED_ERROR(checked_device("cuda:x"), ErrorKind::bad_input, "cuda:x");
}

}  // namespace
}  // namespace kindred::torch
