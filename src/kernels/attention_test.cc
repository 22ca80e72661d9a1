#include "kernels/attention.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace kindred::kernels {
namespace {

std::vector<Isa> runnable_isas() {
  std::vector<Isa> isas;
  for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512})
    if (can_run(isa)) isas.push_back(isa);
  return isas;
}

struct Case {
  std::string name;
  std::size_t heads = 2, kv_heads = 2, head_dim = 32;
  std::vector<std::uint32_t> lengths;
  Reach reach = {};
  std::vector<std::uint32_t> prefix = {};
  Reach prefix_reach = {};
  float softcap = 0.0F;
  bool relative = false;
};

/// A case with random queries, keys and values in one fused matrix.
struct Problem {
  explicit Problem(const Case& c, unsigned seed = 7) {
    input.heads = c.heads;
    input.kv_heads = c.kv_heads;
    input.head_dim = c.head_dim;
    offsets = {0};
    std::uint32_t longest = 0;
    for (const std::uint32_t n : c.lengths) {
      offsets.push_back(offsets.back() + n);
      longest = std::max(longest, n);
    }
    input.ld = (c.heads + 2 * c.kv_heads) * c.head_dim;
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    qkv.resize(offsets.back() * input.ld);
    for (float& x : qkv) x = normal(random);
    input.scale = 1.0F / std::sqrt(static_cast<float>(c.head_dim));
    input.softcap = c.softcap;
    if (c.relative) {
      input.relative_span = longest + 3;
      bias.resize(c.heads * (2 * input.relative_span - 1));
      for (float& x : bias) x = normal(random);
    }
    input.reach = c.reach;
    prefix = c.prefix;
    input.prefix_reach = c.prefix_reach;
  }

  const AttentionInput& bind() {
    input.q = qkv.data();
    input.k = input.q + input.heads * input.head_dim;
    input.v = input.k + input.kv_heads * input.head_dim;
    input.offsets = offsets;
    input.prefix = prefix;
    if (!bias.empty()) input.relative_bias = bias.data();
    return input;
  }

  std::vector<float> run(Isa isa, ThreadPool& pool) {
    // One column more than needed on the right: nothing may be written there.
    const std::size_t ldo = input.heads * input.head_dim + 1;
    std::vector<float> out(offsets.back() * ldo, -77.0F);
    attention(bind(), out.data(), ldo, pool, isa);
    std::vector<float> dense;
    for (std::size_t r = 0; r < offsets.back(); ++r) {
      EXPECT_EQ(out[r * ldo + ldo - 1], -77.0F);
      dense.insert(dense.end(), out.begin() + static_cast<std::ptrdiff_t>(r * ldo),
                   out.begin() + static_cast<std::ptrdiff_t>((r + 1) * ldo - 1));
    }
    return dense;
  }

  AttentionInput input;
  std::vector<float> qkv, bias;
  std::vector<std::uint32_t> offsets, prefix;
};

bool within(const Reach& reach, std::size_t i, std::size_t j) {
  return (j > i || i - j <= reach.left) && (j < i || j - i <= reach.right);
}

std::vector<float> reference(Problem& problem) {
  const AttentionInput& in = problem.bind();
  const std::size_t columns = in.heads * in.head_dim;
  std::vector<float> out(problem.offsets.back() * columns);
  for (std::size_t b = 0; b + 1 < in.offsets.size(); ++b) {
    const std::size_t start = in.offsets[b], n = in.offsets[b + 1] - start;
    const std::size_t prefix = in.prefix.empty() ? 0 : in.prefix[b];
    for (std::size_t h = 0; h < in.heads; ++h) {
      const std::size_t kv = h / (in.heads / in.kv_heads);
      for (std::size_t i = 0; i < n; ++i) {
        std::vector<double> weights(n, 0.0);
        double sum = 0.0;
        for (std::size_t j = 0; j < n; ++j) {
          const bool visible =
              within(in.reach, i, j) || (i < prefix && j < prefix && within(in.prefix_reach, i, j));
          if (!visible) continue;
          double s = 0.0;
          for (std::size_t d = 0; d < in.head_dim; ++d)
            s += static_cast<double>(in.q[(start + i) * in.ld + h * in.head_dim + d]) *
                 in.k[(start + j) * in.ld + kv * in.head_dim + d];
          s *= in.scale;
          if (in.softcap > 0.0F) s = in.softcap * std::tanh(s / in.softcap);
          if (in.relative_bias != nullptr)
            s += in.relative_bias[h * (2 * in.relative_span - 1) + in.relative_span - 1 + j - i];
          sum += weights[j] = std::exp(s);
        }
        for (std::size_t d = 0; d < in.head_dim; ++d) {
          double x = 0.0;
          for (std::size_t j = 0; j < n; ++j)
            x += weights[j] / sum * in.v[(start + j) * in.ld + kv * in.head_dim + d];
          out[(start + i) * columns + h * in.head_dim + d] = static_cast<float>(x);
        }
      }
    }
  }
  return out;
}

std::vector<Case> cases() {
  const Reach causal{Reach::kUnbounded, 0};
  return {
      {.name = "short", .heads = 12, .kv_heads = 12, .lengths = {1, 20, 7, 13, 24, 25, 31, 2}},
      {.name = "empty between", .lengths = {3, 0, 5}},
      {.name = "odd head", .head_dim = 20, .lengths = {1, 9, 130}},
      {.name = "tiny head", .head_dim = 2, .lengths = {5, 17}},
      {.name = "wide head", .heads = 2, .kv_heads = 1, .head_dim = 256, .lengths = {40, 150}},
      {.name = "grouped", .heads = 6, .kv_heads = 2, .head_dim = 40, .lengths = {3, 129, 300}},
      {.name = "long", .lengths = {127, 128, 129, 400, 611}},
      {.name = "causal", .heads = 4, .lengths = {1, 30, 250, 520}, .reach = causal},
      {.name = "window", .lengths = {50, 300, 700}, .reach = {16, 16}},
      {.name = "uneven window", .lengths = {50, 700}, .reach = {130, 1}},
      {.name = "narrow window", .lengths = {9, 300}, .reach = {0, 0}},
      {.name = "causal window", .lengths = {270, 500}, .reach = {140, 0}},
      {.name = "prefix", .lengths = {20, 300, 40, 9}, .reach = causal, .prefix = {5, 200, 0, 100}},
      {.name = "prefix with windows",
       .lengths = {300, 400},
       .reach = {20, 0},
       .prefix = {150, 260},
       .prefix_reach = {40, 33}},
      {.name = "soft cap", .lengths = {33, 200}, .reach = causal, .softcap = 2.5F},
      {.name = "relative bias",
       .heads = 3,
       .kv_heads = 3,
       .lengths = {1, 6, 200},
       .relative = true},
  };
}

TEST(Attention, AgreesWithDoublePrecision) {
  ThreadPool pool(1);
  for (const Case& c : cases()) {
    Problem problem(c);
    const std::vector<float> expected = reference(problem);
    for (const Isa isa : runnable_isas()) {
      const std::vector<float> got = problem.run(isa, pool);
      for (std::size_t i = 0; i < got.size(); ++i)
        ASSERT_NEAR(got[i], expected[i], 5e-6) << c.name << " " << to_string(isa) << " at " << i;
    }
  }
}

TEST(Attention, ThreadsDoNotChangeBits) {
  ThreadPool one(1), four(4);
  for (const Case& c : cases()) {
    Problem problem(c);
    for (const Isa isa : runnable_isas())
      EXPECT_EQ(problem.run(isa, one), problem.run(isa, four)) << c.name << " " << to_string(isa);
  }
}

TEST(Attention, NeighboursDoNotChangeBits) {
  ThreadPool pool(2);
  Problem batch({.name = "", .lengths = {19, 301, 40}});
  for (const Isa isa : runnable_isas()) {
    const std::vector<float> together = batch.run(isa, pool);
    Problem alone({.name = "", .lengths = {301}});
    std::copy_n(batch.qkv.begin() + static_cast<std::ptrdiff_t>(19 * batch.input.ld),
                301 * batch.input.ld, alone.qkv.begin());
    const std::vector<float> single = alone.run(isa, pool);
    EXPECT_TRUE(std::equal(single.begin(), single.end(), together.begin() + 19 * 64))
        << to_string(isa);
  }
}

TEST(Attention, LargeScoresStayFinite) {
  ThreadPool pool(1);
  Problem problem({.name = "", .lengths = {300}});
  for (float& x : problem.qkv) x *= 30.0F;
  for (const Isa isa : runnable_isas())
    for (const float x : problem.run(isa, pool)) ASSERT_TRUE(std::isfinite(x)) << to_string(isa);
}

}  // namespace
}  // namespace kindred::kernels
