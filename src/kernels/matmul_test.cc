// Every instruction set and kind of weights against double precision, and int8 against the portable
// arithmetic bit for bit.
#include "kernels/matmul.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "kernels/pack.h"

namespace kindred::kernels {
namespace {

constexpr Isa kAllIsas[] = {Isa::scalar, Isa::avx2, Isa::avx512, Isa::avx512bf16, Isa::amx};
constexpr WeightType kAllTypes[] = {WeightType::fp32, WeightType::bf16, WeightType::int8};
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Problem {
  std::size_t m, n, k;
  bool gated = false;

  std::size_t outputs() const { return gated ? n / 2 : n; }
};

struct Data {
  std::vector<float> x, w, bias, residual;

  explicit Data(const Problem& p, unsigned seed = 1)
      : x(p.m * p.k), w(p.n * p.k), bias(p.n), residual(p.m * p.outputs()) {
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal;
    for (float& value : x) value = normal(generator);
    for (float& value : w) value = 0.1F * normal(generator);
    for (float& value : bias) value = normal(generator);
    for (float& value : residual) value = normal(generator);
  }
};

std::function<void(std::size_t, float*)> reader(const std::vector<float>& w, std::size_t k) {
  return [&w, k](std::size_t row, float* out) { std::copy_n(w.data() + row * k, k, out); };
}

float rounded_to_bf16(float x) {
  auto bits = std::bit_cast<std::uint32_t>(x);
  bits += 0x7FFFU + ((bits >> 16) & 1U);
  return std::bit_cast<float>(bits & 0xFFFF0000U);
}

double activate(MatmulActivation activation, double x) {
  switch (activation) {
    case MatmulActivation::none:
      return x;
    case MatmulActivation::gelu_erf:
      return 0.5 * x * std::erfc(-x / std::sqrt(2.0));
    case MatmulActivation::gelu_tanh:
      return 0.5 * x * (1.0 + std::tanh(std::sqrt(2.0 / M_PI) * (x + 0.044715 * x * x * x)));
    case MatmulActivation::relu:
      return std::max(x, 0.0);
    case MatmulActivation::silu:
      return x / (1.0 + std::exp(-x));
  }
  return x;
}

/// x · Wᵀ in double precision, of the values that the kernel sees (int8: of the original ones).
std::vector<double> products(const Problem& p, const Data& data, const GemmKernel& kernel) {
  const bool round_x = kernel.activations == ActivationFormat::bf16;
  const bool round_w = kernel.weights == WeightType::bf16;
  std::vector<double> y(p.m * p.n);
  for (std::size_t i = 0; i < p.m; ++i)
    for (std::size_t j = 0; j < p.n; ++j)
      for (std::size_t l = 0; l < p.k; ++l) {
        const float x = data.x[i * p.k + l];
        const float w = data.w[j * p.k + l];
        y[i * p.n + j] += static_cast<double>(round_x ? rounded_to_bf16(x) : x) *
                          static_cast<double>(round_w ? rounded_to_bf16(w) : w);
      }
  return y;
}

std::vector<float> run(const Problem& p, const Data& data, const PackedMatrix::Impl& w,
                       const Epilogue& epilogue, int threads = 1) {
  ThreadPool pool(threads);
  std::vector<float> y(p.m * p.outputs(), kNan);
  multiply_packed(data.x.data(), p.m, p.k, w, epilogue, y.data(), p.outputs(), pool);
  return y;
}

class MatmulTest : public testing::TestWithParam<std::tuple<Isa, WeightType>> {
 protected:
  void SetUp() override {
    if (!can_run(isa())) GTEST_SKIP() << "this processor lacks " << to_string(isa());
  }

  Isa isa() const { return std::get<0>(GetParam()); }
  WeightType type() const { return std::get<1>(GetParam()); }
  const GemmKernel& kernel() const { return gemm_kernel(isa(), type()); }

  std::unique_ptr<PackedMatrix::Impl> pack(const Problem& p, const Data& data) const {
    return pack_for(kernel(), p.n, p.k, p.gated, reader(data.w, p.k));
  }

  /// Of a product with k terms of which each is about 0.1, before any activation.
  double tolerance(std::size_t k) const {
    const double size = 0.1 * std::sqrt(static_cast<double>(k));
    return type() == WeightType::int8 ? 0.15 * size : 4e-6 * size;
  }
};

std::string name_of(const testing::TestParamInfo<std::tuple<Isa, WeightType>>& info) {
  const char* const types[] = {"Fp32", "Bf16", "Int8"};
  return std::string(to_string(std::get<0>(info.param))) +
         types[static_cast<std::size_t>(std::get<1>(info.param))];
}

INSTANTIATE_TEST_SUITE_P(All, MatmulTest,
                         testing::Combine(testing::ValuesIn(kAllIsas),
                                          testing::ValuesIn(kAllTypes)),
                         name_of);

TEST_P(MatmulTest, AgreesWithDoublePrecision) {
  for (const std::size_t n : {1, 7, 16, 33, 100, 130})
    for (const std::size_t k : {1, 3, 16, 48, 96, 100, 131, 576}) {
      const Problem largest{70, n, k};
      const Data data(largest);
      const auto expected = products(largest, data, kernel());
      const auto w = pack(largest, data);
      for (const std::size_t m : {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 16, 17, 20, 31, 33, 48, 70}) {
        const auto y = run({m, n, k}, data, *w, {});
        for (std::size_t i = 0; i < m * n; ++i)
          ASSERT_NEAR(y[i], expected[i], tolerance(k))
              << "m " << m << " n " << n << " k " << k << " at " << i / n << ", " << i % n;
      }
    }
}

TEST_P(MatmulTest, ARowHasTheSameBitsWhateverSurroundsIt) {
  for (const Problem p : {Problem{70, 200, 100}, Problem{301, 50, 576}, Problem{13, 1152, 384}}) {
    const Data data(p);
    const auto w = pack(p, data);
    const auto whole = run(p, data, *w, {.bias = data.bias.data()});
    for (const int threads : {2, 3, 4})
      ASSERT_EQ(run(p, data, *w, {.bias = data.bias.data()}, threads), whole) << threads;
    for (const std::size_t rows : {1, 2, 3, 5, 17})
      for (std::size_t row = 0; row + rows <= p.m; row += 7) {
        Data part = data;
        part.x.assign(data.x.begin() + static_cast<std::ptrdiff_t>(row * p.k),
                      data.x.begin() + static_cast<std::ptrdiff_t>((row + rows) * p.k));
        const auto y = run({rows, p.n, p.k}, part, *w, {.bias = data.bias.data()});
        ASSERT_TRUE(
            std::equal(y.begin(), y.end(), whole.begin() + static_cast<std::ptrdiff_t>(row * p.n)))
            << rows << " rows from " << row;
      }
  }
}

TEST_P(MatmulTest, EveryEpilogue) {
  for (const bool gated : {false, true})
    for (const auto activation :
         {MatmulActivation::none, MatmulActivation::gelu_erf, MatmulActivation::gelu_tanh,
          MatmulActivation::relu, MatmulActivation::silu})
      for (const bool with_bias : {false, true})
        for (const bool with_residual : {false, true}) {
          const Problem p{11, 74, 52, gated};
          const Data data(p);
          const auto w = pack(p, data);
          // The products alone, exact to the bit, so that only the epilogue is judged.
          const auto plain_w = pack_for(kernel(), p.n, p.k, false, reader(data.w, p.k));
          const auto plain = run({p.m, p.n, p.k}, data, *plain_w, {});
          const auto y = run(p, data, *w,
                             {.bias = with_bias ? data.bias.data() : nullptr,
                              .activation = activation,
                              .residual = with_residual ? data.residual.data() : nullptr,
                              .gated = gated});
          for (std::size_t i = 0; i < p.m; ++i)
            for (std::size_t j = 0; j < p.outputs(); ++j) {
              const auto sum = [&](std::size_t column) {
                return static_cast<double>(plain[i * p.n + column]) +
                       (with_bias ? data.bias[column] : 0.0F);
              };
              double expected = activate(activation, sum(j));
              if (gated) expected *= sum(p.outputs() + j);
              if (with_residual) expected += data.residual[i * p.outputs() + j];
              ASSERT_NEAR(y[i * p.outputs() + j], expected, 4e-6)
                  << "activation " << static_cast<int>(activation) << " gated " << gated;
            }
        }
}

TEST_P(MatmulTest, StridesAndAResidualInPlace) {
  const Problem p{37, 45, 60};
  const std::size_t ldx = 71, ldy = 53;
  const Data data(p);
  const auto w = pack(p, data);
  const auto expected = run(p, data, *w, {.residual = data.residual.data()});
  std::vector<float> x(p.m * ldx, kNan), y(p.m * ldy, -7.0F);
  for (std::size_t i = 0; i < p.m; ++i) {
    std::copy_n(&data.x[i * p.k], p.k, &x[i * ldx]);
    std::copy_n(&data.residual[i * p.n], p.n, &y[i * ldy]);
  }
  ThreadPool pool(2);
  multiply_packed(x.data(), p.m, ldx, *w, {.residual = y.data()}, y.data(), ldy, pool);
  for (std::size_t i = 0; i < p.m; ++i)
    for (std::size_t j = 0; j < ldy; ++j)
      ASSERT_EQ(y[i * ldy + j], j < p.n ? expected[i * p.n + j] : -7.0F) << i << ", " << j;
}

// One product of one term, x · 1: what is left is the activation.
TEST_P(MatmulTest, ActivationsAreAccurate) {
  if (type() != WeightType::fp32) GTEST_SKIP() << "the epilogue does not depend on the weights";
  const std::vector<float> one{1.0F};
  const auto w = pack_for(kernel(), 1, 1, false, reader(one, 1));
  Problem p{20001, 1, 1};
  Data data(p);
  for (std::size_t i = 0; i < p.m; ++i) data.x[i] = (static_cast<float>(i) - 10000.0F) * 1.1e-3F;
  for (const float far : {-1e30F, -1000.0F, -90.0F, -30.0F, 30.0F, 90.0F, 1000.0F, 1e30F})
    data.x.push_back(far);
  p.m = data.x.size();
  for (const auto activation : {MatmulActivation::gelu_erf, MatmulActivation::gelu_tanh,
                                MatmulActivation::silu, MatmulActivation::relu}) {
    const auto y = run(p, data, *w, {.activation = activation});
    for (std::size_t i = 0; i < p.m; ++i) {
      const double expected = activate(activation, static_cast<double>(data.x[i]));
      ASSERT_NEAR(y[i], expected, 4e-7 * std::max(1.0, std::fabs(expected)))
          << static_cast<int>(activation) << " of " << data.x[i];
    }
  }
}

TEST_P(MatmulTest, WhatIsNotFiniteStaysInItsRow) {
  for (const float bad : {kNan, kInfinity, -kInfinity})
    for (const std::size_t where : {0, 40, 66}) {
      const Problem p{9, 40, 67};
      Data data(p);
      const auto w = pack(p, data);
      const auto clean = run(p, data, *w, {});
      data.x[4 * p.k + where] = bad;
      const auto y = run(p, data, *w, {});
      for (std::size_t i = 0; i < p.m; ++i)
        for (std::size_t j = 0; j < p.n; ++j) {
          if (i == 4)
            ASSERT_FALSE(std::isfinite(y[i * p.n + j])) << bad << " column " << j;
          else
            ASSERT_EQ(y[i * p.n + j], clean[i * p.n + j]) << bad;
        }
    }
}

TEST_P(MatmulTest, AWeightThatIsNotFiniteStaysInItsColumn) {
  const Problem p{9, 40, 67};
  Data data(p);
  const auto clean = run(p, data, *pack(p, data), {});
  data.w[6 * p.k + 13] = kInfinity;
  const auto y = run(p, data, *pack(p, data), {});
  for (std::size_t i = 0; i < p.m; ++i)
    for (std::size_t j = 0; j < p.n; ++j) {
      if (j == 6)
        ASSERT_FALSE(std::isfinite(y[i * p.n + j]));
      else
        ASSERT_EQ(y[i * p.n + j], clean[i * p.n + j]);
    }
}

TEST_P(MatmulTest, ZerosAndTinyValues) {
  for (const float size : {0.0F, 1e-38F, 1e-42F}) {
    const Problem p{5, 20, 33};
    Data data(p);
    for (float& value : data.x) value *= size;
    for (const float y : run(p, data, *pack(p, data), {})) ASSERT_LT(std::fabs(y), 1e-36F);
    for (float& value : data.w) value *= size;
    for (const float y : run(p, data, *pack(p, data), {})) ASSERT_LT(std::fabs(y), 1e-36F);
  }
}

TEST_P(MatmulTest, NoRowsAndNoColumns) {
  const Problem p{0, 20, 33};
  const Data data(p);
  EXPECT_TRUE(run(p, data, *pack(p, data), {}).empty());
  const Problem none{5, 0, 33};
  const Data no_columns(none);
  EXPECT_TRUE(run(none, no_columns, *pack(none, no_columns), {}).empty());
}

// All the ways in which an instruction set lays out and splits a product, with its own layout and
// the portable arithmetic: runs for the sets too that this processor lacks.
TEST(MatmulLayout, EveryLayoutHoldsTheMatrix) {
  for (const Isa isa : kAllIsas)
    for (const WeightType type : kAllTypes)
      for (const bool gated : {false, true})
        for (const std::size_t k : {1, 50, 131}) {
          const GemmKernel kernel = reference_kernel(gemm_kernel(isa, type));
          const Problem p{37, 94, k, gated};
          const Data data(p);
          const auto w = pack_for(kernel, p.n, k, gated, reader(data.w, k));
          const auto sums = products(p, data, kernel);
          const auto y = run(p, data, *w, {.gated = gated});
          const double size = 0.1 * std::sqrt(static_cast<double>(k));
          const double tolerance = (type == WeightType::int8 ? 0.15 : 4e-6) * size;
          for (std::size_t i = 0; i < p.m; ++i)
            for (std::size_t j = 0; j < p.outputs(); ++j) {
              const double gate = sums[i * p.n + j];
              const double up = gated ? sums[i * p.n + p.outputs() + j] : 1.0;
              ASSERT_NEAR(y[i * p.outputs() + j], gate * up,
                          tolerance * (1.0 + std::fabs(up) + std::fabs(gate)))
                  << to_string(isa) << " k " << k << " gated " << gated;
            }
        }
}

/// Of y to the products of `data`, as a share of their size.
double error_of(const Problem& p, const Data& data, const GemmKernel& kernel,
                const std::vector<float>& y) {
  const auto expected = products(p, data, kernel);
  double error = 0.0, size = 0.0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    error += (y[i] - expected[i]) * (y[i] - expected[i]);
    size += expected[i] * expected[i];
  }
  return std::sqrt(error / size);
}

class Int8Test : public testing::TestWithParam<Isa> {
 protected:
  void SetUp() override {
    if (!can_run(GetParam())) GTEST_SKIP() << "this processor lacks " << to_string(GetParam());
  }

  /// The kernel and the portable arithmetic on the same layout: equal to the bit.
  void expect_exact(const Problem& p, const Data& data) const {
    const GemmKernel& kernel = gemm_kernel(GetParam(), WeightType::int8);
    const GemmKernel reference = reference_kernel(kernel);
    const auto ours = pack_for(kernel, p.n, p.k, false, reader(data.w, p.k));
    const auto portable = pack_for(reference, p.n, p.k, false, reader(data.w, p.k));
    ASSERT_EQ(run(p, data, *ours, {}), run(p, data, *portable, {})) << "k " << p.k;
  }
};

INSTANTIATE_TEST_SUITE_P(All, Int8Test, testing::ValuesIn(kAllIsas),
                         [](const auto& param) { return std::string(to_string(param.param)); });

TEST_P(Int8Test, IsThePortableArithmeticExactly) {
  for (const std::size_t k : {1, 15, 16, 31, 48, 100, 131, 384, 1536}) {
    const Problem p{23, 70, k};
    Data data(p);
    // Outliers, as in the middle of real encoders: they set a row's scale.
    for (std::size_t i = 0; i < p.m; ++i) data.x[i * k + k / 2] *= 30.0F;
    expect_exact(p, data);
  }
}

// Weights of one sign and the largest activations: where 16-bit sums would saturate.
TEST_P(Int8Test, NothingSaturates) {
  for (const float sign : {1.0F, -1.0F})
    for (const int pattern : {0, 1, 2}) {
      const Problem p{6, 33, 256};
      Data data(p);
      for (std::size_t i = 0; i < data.x.size(); ++i)
        data.x[i] = pattern == 2 && i % 2 == 0 ? -1.0F : 1.0F;
      for (std::size_t i = 0; i < data.w.size(); ++i)
        data.w[i] = sign * (pattern == 1 && i % 16 >= 8 ? -1.0F : 1.0F);
      expect_exact(p, data);
      const GemmKernel& kernel = gemm_kernel(GetParam(), WeightType::int8);
      const auto w = pack_for(kernel, p.n, p.k, false, reader(data.w, p.k));
      const auto expected = products(p, data, kernel);
      const auto y = run(p, data, *w, {});
      for (std::size_t i = 0; i < y.size(); ++i) ASSERT_NEAR(y[i], expected[i], 0.02 * 256);
    }
}

// A value a thousand times the others must not drown them: their rows are multiplied twice.
TEST_P(Int8Test, OutliersLeaveTheOtherValuesTheirBits) {
  const Problem p{15, 70, 512};
  Data data(p);
  std::fill(data.w.begin(), data.w.end(), 0.0F);
  Data plain(p);
  for (std::size_t i = 0; i < data.w.size(); ++i)
    if (i % p.k != 7) data.w[i] = plain.w[i];
  for (std::size_t row = 0; row < p.m; row += 2) data.x[row * p.k + 7] = 1000.0F;
  expect_exact(p, data);
  const GemmKernel& kernel = gemm_kernel(GetParam(), WeightType::int8);
  if (kernel.activations != ActivationFormat::uint8) GTEST_SKIP() << "activations of 16 bits";
  const auto w = pack_for(kernel, p.n, p.k, false, reader(data.w, p.k));
  EXPECT_LT(error_of(p, data, kernel, run(p, data, *w, {})), 0.03);
}

TEST_P(Int8Test, ErrorIsThatOfEightBits) {
  const Problem p{32, 384, 384};
  const Data data(p);
  const GemmKernel& kernel = gemm_kernel(GetParam(), WeightType::int8);
  const auto w = pack_for(kernel, p.n, p.k, false, reader(data.w, p.k));
  EXPECT_LT(error_of(p, data, kernel, run(p, data, *w, {})), 0.025);
}

TEST(PackedMatrix, TellsItsSizeAndKind) {
  const Problem p{1, 384, 1536};
  const Data data(p);
  const double values = static_cast<double>(p.n * p.k);
  for (const auto& [type, bytes] :
       {std::pair{WeightType::fp32, 4.0}, std::pair{WeightType::bf16, 2.0},
        std::pair{WeightType::int8, 1.0}}) {
    const auto w = PackedMatrix::pack(p.n, p.k, type, false, reader(data.w, p.k));
    EXPECT_EQ(w.n(), p.n);
    EXPECT_EQ(w.k(), p.k);
    EXPECT_EQ(w.type(), type);
    EXPECT_TRUE(can_run(w.isa()));
    EXPECT_GE(w.bytes(), bytes * values);
    EXPECT_LT(w.bytes(), bytes * values * 1.01 + 4096);
  }
}

}  // namespace
}  // namespace kindred::kernels
