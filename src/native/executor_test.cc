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
#include "native/random_model.h"
#include "native/reference_forward.h"

namespace kindred::native {
namespace {

using model::NormKind;
using model::NormPlacement;
using model::Positions;
using model::TransformerSpec;
using ::testing::HasSubstr;

std::vector<Isa> runnable_isas() {
  std::vector<Isa> isas;
  for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512, Isa::avx512bf16, Isa::amx})
    if (can_run(isa)) isas.push_back(isa);
  return isas;
}

TransformerSpec bert() {
  TransformerSpec s;
  s.family = "test";
  s.vocab_size = 97;
  s.hidden = 24;
  s.heads = s.kv_heads = 3;
  s.head_dim = 8;
  s.intermediate = 52;
  s.max_positions = 512;
  s.positions = Positions::learned;
  s.embedding_norm = true;
  s.attention_scale = 1.0F / std::sqrt(8.0F);
  s.layers.resize(3);
  return s;
}

model::RopeSpec rope(std::size_t half, float base, bool interleaved = false) {
  model::RopeSpec r;
  for (std::size_t i = 0; i < half; ++i)
    r.inverse_frequencies.push_back(
        std::pow(base, -static_cast<float>(i) / static_cast<float>(half)));
  r.interleaved = interleaved;
  return r;
}

void make_causal(TransformerSpec& s) {
  for (model::LayerSpec& layer : s.layers) layer.reach.right = 0;
}

TransformerSpec llama() {
  TransformerSpec s = bert();
  s.heads = 4;
  s.kv_heads = 2;
  s.head_dim = 10;  // 4 × 10 is not hidden
  s.attention_scale = 1.0F / std::sqrt(10.0F);
  s.max_positions = 0;
  s.positions = Positions::rotary;
  s.embedding_norm = false;
  s.norm = NormKind::rms;
  s.norm_eps = 1e-6F;
  s.placement = NormPlacement::pre;
  s.final_norm = true;
  s.activation = model::Activation::silu;
  s.gated = true;
  s.ropes = {rope(5, 10000.0F)};
  make_causal(s);
  return s;
}

struct Case {
  std::string name;
  TransformerSpec spec;
  bool biases = true;
};

Case changed(std::string name, TransformerSpec spec,
             const std::function<void(TransformerSpec&)>& change, bool biases = true) {
  change(spec);
  return {std::move(name), std::move(spec), biases};
}

std::vector<Case> cases() {
  std::vector<Case> all;
  all.push_back({"bert", bert(), true});
  all.push_back(changed("roberta", bert(), [](auto& s) {
    s.position_offset = 2;
    s.activation = model::Activation::gelu_tanh;
  }));
  all.push_back(changed("mpnet", bert(), [](auto& s) {
    s.positions = Positions::relative_bias;
    s.relative_buckets = 32;
    s.relative_max_distance = 128;
    s.activation = model::Activation::relu;
  }));
  all.push_back({"llama", llama(), false});
  all.push_back(changed(
      "interleaved", llama(),
      [](auto& s) {
        s.ropes = {rope(5, 500.0F, true)};
        s.ropes[0].attention_factor = 1.2F;
      },
      false));
  all.push_back(changed("partial rotary", llama(), [](auto& s) { s.ropes = {rope(2, 100.0F)}; }));
  all.push_back(changed(
      "qwen3", llama(), [](auto& s) { s.qk_norm = true; }, false));
  all.push_back(changed(
      "modernbert", llama(),
      [](auto& s) {
        s.norm = NormKind::layer;
        s.embedding_norm = true;
        s.activation = model::Activation::gelu_erf;
        s.kv_heads = s.heads;
        s.ropes = {rope(5, 160000.0F), rope(5, 10000.0F)};
        for (std::size_t l = 0; l < s.layers.size(); ++l) {
          s.layers[l] = {};
          if (l > 0) s.layers[l].reach = s.layers[l].bidirectional_reach = {4, 4};
          s.layers[l].rope = l > 0 ? 1 : 0;
        }
        s.layers[0].has_attention_norm = false;
      },
      false));
  all.push_back(changed(
      "gemma", llama(),
      [](auto& s) {
        s.norm = NormKind::rms_one_plus;
        s.placement = NormPlacement::sandwich;
        s.embedding_scale = std::sqrt(24.0F);
        s.qk_norm = true;
        s.attention_softcap = 3.0F;
        s.activation = model::Activation::gelu_tanh;
        s.kv_heads = 1;
        s.layers[1].reach.left = 6;
        s.layers[1].bidirectional_reach = {6, 6};
      },
      false));
  return all;
}

/// Any combination of features, odd sizes included.
Case random_case(unsigned seed) {
  std::mt19937 random(seed);
  const auto pick = [&](std::size_t from, std::size_t to) {
    return std::uniform_int_distribution<std::size_t>(from, to)(random);
  };
  TransformerSpec s = pick(0, 1) == 0 ? bert() : llama();
  s.kv_heads = pick(1, 3);
  s.heads = s.kv_heads * pick(1, 3);
  s.head_dim = 2 * pick(1, 24);
  s.hidden = pick(13, 70);  // fewer, and a layer norm may blow rounding errors up
  s.intermediate = pick(3, 130);
  s.attention_scale = 1.0F / std::sqrt(static_cast<float>(s.head_dim));
  s.norm = static_cast<NormKind>(pick(0, 2));
  s.norm_eps = 1e-5F;
  s.placement = static_cast<NormPlacement>(pick(0, 2));
  s.final_norm = pick(0, 1) == 1;
  s.activation = static_cast<model::Activation>(pick(0, 3));
  s.gated = pick(0, 1) == 1;
  s.qk_norm = pick(0, 2) == 0;
  s.attention_softcap = pick(0, 3) == 0 ? 4.0F : 0.0F;
  if (s.positions == Positions::rotary)
    s.ropes = {rope(pick(1, s.head_dim / 2), 1000.0F, pick(0, 1) == 1)};
  for (model::LayerSpec& layer : s.layers) {
    if (pick(0, 1) == 0) layer.reach.left = static_cast<std::uint32_t>(pick(0, 20));
    if (pick(0, 2) > 0) layer.reach.right = static_cast<std::uint32_t>(pick(0, 2));
    layer.bidirectional_reach.left = layer.bidirectional_reach.right = layer.reach.left;
  }
  return {"random " + std::to_string(seed), std::move(s), pick(0, 1) == 1};
}

struct Batch {
  Batch(const std::vector<std::size_t>& lengths, std::size_t vocabulary, unsigned seed = 5) {
    std::mt19937 random(seed);
    std::uniform_int_distribution<std::uint32_t> id(0, static_cast<std::uint32_t>(vocabulary - 1));
    for (const std::size_t n : lengths) {
      for (std::size_t i = 0; i < n; ++i) ids.push_back(id(random));
      offsets.push_back(static_cast<std::uint32_t>(ids.size()));
    }
  }
  PackedTokens tokens() const { return {ids, offsets, prefix}; }
  std::vector<std::uint32_t> sequence(std::size_t b) const {
    return {ids.begin() + offsets[b], ids.begin() + offsets[b + 1]};
  }

  std::vector<std::uint32_t> ids, offsets = {0}, prefix;
};

ForwardOptions all_layers(const TransformerSpec& spec) {
  ForwardOptions options;
  for (std::uint32_t l = 0; l <= spec.layers.size(); ++l) options.layers.push_back(l);
  return options;
}

void expect_reference(const Case& c, const RandomModel& random, const Batch& batch,
                      const ForwardOptions& options, const std::vector<float>& out,
                      const std::string& what) {
  const ReferenceForward reference(random.spec, random.weights);
  const std::size_t hidden = c.spec.hidden;
  for (std::size_t b = 0; b + 1 < batch.offsets.size(); ++b) {
    const std::size_t prefix = batch.prefix.empty() ? 0 : batch.prefix[b];
    const auto states = reference.run(batch.sequence(b), prefix, options.bidirectional);
    for (std::size_t i = 0; i < options.layers.size(); ++i) {
      const Matrix& expected = states[options.layers[i]];
      for (std::size_t t = 0; t < expected.size(); ++t)
        for (std::size_t d = 0; d < hidden; ++d) {
          const float got = out[(i * batch.ids.size() + batch.offsets[b] + t) * hidden + d];
          ASSERT_NEAR(got, expected[t][d], 2e-5 * (1.0 + std::abs(expected[t][d])))
              << c.name << " " << what << " sequence " << b << " layer " << options.layers[i]
              << " token " << t << " dimension " << d;
        }
    }
  }
}

void check_case(const Case& c) {
  const RandomModel random(c.spec, 11, c.biases, c.biases && c.spec.norm == NormKind::layer);
  const Batch batch({1, 19, 2, 70, 7}, c.spec.vocab_size);
  const ForwardOptions options = all_layers(c.spec);
  ThreadPool pool(1);
  for (const Isa isa : runnable_isas()) {
    const Executor executor =
        Executor::create(random.spec, random.weights, Precision::fp32, pool, isa);
    std::vector<float> out;
    executor.forward(batch.tokens(), options, pool, out);
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
    const Executor executor = Executor::create(random.spec, random.weights, Precision::fp32, pool);
    std::vector<float> out;
    executor.forward(batch.tokens(), options, pool, out);
    expect_reference(c, random, batch, options, out, "prefix");
    options.bidirectional = {0, 1, 1};
    executor.forward(batch.tokens(), options, pool, out);
    expect_reference(c, random, batch, options, out, "bidirectional");
  }
}

TEST(Executor, LayersAreChosenByNumber) {
  ThreadPool pool(1);
  const RandomModel random(llama(), 3, false, false);
  const Batch batch({6, 9}, 97);
  const Executor executor = Executor::create(random.spec, random.weights, Precision::fp32, pool);
  std::vector<float> all, some;
  executor.forward(batch.tokens(), all_layers(random.spec), pool, all);
  executor.forward(batch.tokens(), {.layers = {1, 3}, .bidirectional = {}}, pool, some);
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
      const Executor executor = Executor::create(random.spec, random.weights, precision, three);
      const ForwardOptions options{.layers = {3}, .bidirectional = {}};
      // More than one slice and more than one block of rows.
      std::vector<std::size_t> lengths = {5, 300, 1, 21, 0, 64};
      for (int i = 0; i < 60; ++i) lengths.push_back(40);
      const Batch batch(lengths, c.spec.vocab_size);
      std::vector<float> serial, parallel;
      executor.forward(batch.tokens(), options, one, serial);
      executor.forward(batch.tokens(), options, three, parallel);
      ASSERT_EQ(serial, parallel) << c.name;
      for (const std::size_t b : {0, 1, 3, 50}) {
        const std::vector<std::uint32_t> ids = batch.sequence(b);
        const std::vector<std::uint32_t> offsets = {0, static_cast<std::uint32_t>(ids.size())};
        std::vector<float> alone;
        executor.forward({ids, offsets, {}}, options, one, alone);
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
            .forward(batch.tokens(), options, pool, out);
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
  const Executor executor = Executor::create(random.spec, random.weights, Precision::fp32, pool);
  std::vector<float> out = {1.0F};
  const Batch empty({}, 97), empty_sequences({0, 0}, 97);
  executor.forward(empty.tokens(), all_layers(random.spec), pool, out);
  EXPECT_TRUE(out.empty());
  executor.forward(empty_sequences.tokens(), all_layers(random.spec), pool, out);
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
  const Executor executor = Executor::create(random.spec, random.weights, Precision::fp32, pool);
  std::vector<float> out;
  Batch batch({5, 513}, 97);
  const auto forward = [&] {
    executor.forward(batch.tokens(), {.layers = {3}, .bidirectional = {}}, pool, out);
  };
  EXPECT_THAT(message_of(ErrorKind::bad_input, forward),
              HasSubstr("text 1 of the batch has 513 tokens"));
  batch = Batch({5}, 97);
  batch.ids[3] = 97;
  EXPECT_THAT(message_of(ErrorKind::bad_input, forward), HasSubstr("token id 97"));
  batch = Batch({5}, 97);
  EXPECT_THAT(message_of(ErrorKind::bad_input,
                         [&] {
                           executor.forward(batch.tokens(), {.layers = {4}, .bidirectional = {}},
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
