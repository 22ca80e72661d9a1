#include "native/executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "kindred/error.h"
#include "model/executor_cases_testing.h"

namespace kindred::native {
namespace {

using model::all_layers;
using model::Batch;
using model::bert;
using model::Case;
using model::cases;
using model::expect_reference;
using model::ForwardOptions;
using model::llama;
using model::NormKind;
using model::random_case;
using model::RandomModel;
using ::testing::HasSubstr;

std::vector<Isa> runnable_isas() {
  std::vector<Isa> isas;
  for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512, Isa::avx512bf16, Isa::amx})
    if (can_run(isa)) isas.push_back(isa);
  return isas;
}

void check_case(const Case& c) {
  const RandomModel random(c.spec, 11, c.biases, c.biases && c.spec.norm == NormKind::layer);
  const Batch batch({1, 19, 2, 70, 7}, c.spec.vocab_size);
  const ForwardOptions options = all_layers(c.spec);
  ThreadPool pool(1);
  for (const Isa isa : runnable_isas()) {
    const auto executor = Executor::create(random.spec, random.weights, Precision::fp32, pool, isa);
    std::vector<float> out;
    executor->forward(batch.tokens(), options, pool, out);
    expect_reference(c, random, batch, options, out, std::string(to_string(isa)));
  }
}

TEST(Executor, FamiliesAgreeWithTheReference) {
  for (const Case& c : cases()) check_case(c);
}

TEST(Executor, RandomSpecsAgreeWithTheReference) {
  for (unsigned seed = 1; seed <= 24; ++seed) check_case(random_case(seed));
}

TEST(Executor, PrefixAndBidirectionalLayers) {
  ThreadPool pool(1);
  for (const Case& c : cases()) {
    const RandomModel random(c.spec, 3, c.biases, false);
    Batch batch({12, 40, 5}, c.spec.vocab_size);
    batch.prefix = {4, 33, 0};
    ForwardOptions options = all_layers(c.spec);
    const auto executor = Executor::create(random.spec, random.weights, Precision::fp32, pool);
    std::vector<float> out;
    executor->forward(batch.tokens(), options, pool, out);
    expect_reference(c, random, batch, options, out, "prefix");
    options.bidirectional = {0, 1, 1};
    executor->forward(batch.tokens(), options, pool, out);
    expect_reference(c, random, batch, options, out, "bidirectional");
  }
}

TEST(Executor, LayersAreChosenByNumber) {
  ThreadPool pool(1);
  const RandomModel random(llama(), 3, false, false);
  const Batch batch({6, 9}, 97);
  const auto executor = Executor::create(random.spec, random.weights, Precision::fp32, pool);
  std::vector<float> all, some;
  executor->forward(batch.tokens(), all_layers(random.spec), pool, all);
  executor->forward(batch.tokens(), {.layers = {1, 3}, .bidirectional = {}}, pool, some);
  const std::size_t matrix = 15 * 24;
  ASSERT_EQ(some.size(), 2 * matrix);
  EXPECT_TRUE(std::equal(some.begin(), some.begin() + matrix, all.begin() + matrix));
  EXPECT_TRUE(std::equal(some.begin() + matrix, some.end(), all.begin() + 3 * matrix));
}

TEST(Executor, BatchAndThreadsDoNotChangeBits) {
  ThreadPool one(1), three(3);
  for (const Case& c : cases()) {
    for (const Precision precision : {Precision::fp32, Precision::bf16, Precision::int8}) {
      const RandomModel random(c.spec, 3, c.biases, false);
      const auto executor = Executor::create(random.spec, random.weights, precision, three);
      const ForwardOptions options{.layers = {3}, .bidirectional = {}};
      // More than one slice and more than one block of rows.
      std::vector<std::size_t> lengths = {5, 300, 1, 21, 0, 64};
      for (int i = 0; i < 60; ++i) lengths.push_back(40);
      const Batch batch(lengths, c.spec.vocab_size);
      std::vector<float> serial, parallel;
      executor->forward(batch.tokens(), options, one, serial);
      executor->forward(batch.tokens(), options, three, parallel);
      ASSERT_EQ(serial, parallel) << c.name;
      for (const std::size_t b : {0, 1, 3, 50}) {
        const std::vector<std::uint32_t> ids = batch.sequence(b);
        const std::vector<std::uint32_t> offsets = {0, static_cast<std::uint32_t>(ids.size())};
        std::vector<float> alone;
        executor->forward({ids, offsets, {}}, options, one, alone);
        ASSERT_TRUE(std::equal(alone.begin(), alone.end(),
                               serial.begin() + batch.offsets[b] * c.spec.hidden))
            << c.name << " sequence " << b;
      }
    }
  }
}

double mean_cosine(const std::vector<float>& a, const std::vector<float>& b, std::size_t n) {
  double total = 0.0;
  for (std::size_t r = 0; r < a.size() / n; ++r) {
    double ab = 0.0, aa = 0.0, bb = 0.0;
    for (std::size_t i = r * n; i < (r + 1) * n; ++i) {
      ab += static_cast<double>(a[i]) * b[i];
      aa += static_cast<double>(a[i]) * a[i];
      bb += static_cast<double>(b[i]) * b[i];
    }
    total += ab / std::sqrt(aa * bb);
  }
  return total / static_cast<double>(a.size() / n);
}

TEST(Executor, LowerPrecisionsStayClose) {
  ThreadPool pool(1);
  for (const Case& c : cases()) {
    const RandomModel random(c.spec, 3, c.biases, false);
    const Batch batch({30, 8}, c.spec.vocab_size);
    const ForwardOptions options{.layers = {3}, .bidirectional = {}};
    for (const Isa isa : runnable_isas()) {
      std::vector<float> exact, bf16, int8;
      const auto run = [&](Precision precision, std::vector<float>& out) {
        Executor::create(random.spec, random.weights, precision, pool, isa)
            ->forward(batch.tokens(), options, pool, out);
      };
      run(Precision::fp32, exact);
      run(Precision::bf16, bf16);
      run(Precision::int8, int8);
      EXPECT_GT(mean_cosine(exact, bf16, c.spec.hidden), 0.9999) << c.name << to_string(isa);
      EXPECT_GT(mean_cosine(exact, int8, c.spec.hidden), 0.999) << c.name << to_string(isa);
      EXPECT_NE(exact, int8);
    }
  }
}

TEST(Executor, NothingInGivesNothingOut) {
  ThreadPool pool(1);
  const RandomModel random(bert(), 3, true, true);
  const auto executor = Executor::create(random.spec, random.weights, Precision::fp32, pool);
  std::vector<float> out = {1.0F};
  const Batch empty({}, 97), empty_sequences({0, 0}, 97);
  executor->forward(empty.tokens(), all_layers(random.spec), pool, out);
  EXPECT_TRUE(out.empty());
  executor->forward(empty_sequences.tokens(), all_layers(random.spec), pool, out);
  EXPECT_TRUE(out.empty());
}

/// The message of the Error of this kind that `run` throws.
std::string message_of(ErrorKind kind, const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no error";
  return "";
}

TEST(Executor, RefusesIdsAndLengthsOutsideTheModel) {
  ThreadPool pool(1);
  const RandomModel random(bert(), 3, true, true);
  const auto executor = Executor::create(random.spec, random.weights, Precision::fp32, pool);
  std::vector<float> out;
  Batch batch({5, 513}, 97);
  const auto forward = [&] {
    executor->forward(batch.tokens(), {.layers = {3}, .bidirectional = {}}, pool, out);
  };
  EXPECT_THAT(message_of(ErrorKind::bad_input, forward),
              HasSubstr("text 1 of the batch has 513 tokens"));
  batch = Batch({5}, 97);
  batch.ids[3] = 97;
  EXPECT_THAT(message_of(ErrorKind::bad_input, forward), HasSubstr("token id 97"));
  batch = Batch({5}, 97);
  EXPECT_THAT(message_of(ErrorKind::bad_input,
                         [&] {
                           executor->forward(batch.tokens(), {.layers = {4}, .bidirectional = {}},
                                             pool, out);
                         }),
              HasSubstr("hidden state 4"));
}

TEST(Executor, NamesTensorsOfTheWrongShape) {
  ThreadPool pool(1);
  RandomModel random(llama(), 3, false, false);
  const auto create = [&] { Executor::create(random.spec, random.weights, Precision::fp32, pool); };
  random.weights.layers[1].key.weight.shape = {24, 20};
  const std::string message = message_of(ErrorKind::corrupt, create);
  EXPECT_THAT(message, HasSubstr("layer1.key.weight"));
  EXPECT_THAT(message, HasSubstr("[24, 20]"));
  EXPECT_THAT(message, HasSubstr("[20, 24]"));
  random.weights.layers[1].key.weight = {};
  EXPECT_THAT(message_of(ErrorKind::corrupt, create), HasSubstr("no tensor for a key projection"));
}

}  // namespace
}  // namespace kindred::native
