// The matrix product's variants, and their proof: small products beside the same layout and
// arithmetic in portable C++.
#include <algorithm>

#include "kernels/all_variants.h"
#include "kernels/gemm_amx.h"
#include "kernels/pack.h"
#include "kernels/proof_data.h"

namespace kindred::kernels {
namespace {

// A second panel that is not full, and steps of k that are not full.
constexpr std::size_t kMoreOutputs = 9;
constexpr std::size_t kTerms = 70;

struct Example {
  std::size_t outputs;
  bool gated;
  Epilogue epilogue;
};

std::vector<float> product(const GemmKernel& kernel, const Example& example, std::size_t rows) {
  const std::size_t n = example.gated ? 2 * example.outputs : example.outputs;
  const std::vector<float> x = proof_values(rows * kTerms, 1);
  const std::vector<float> weights = proof_values(n * kTerms, 2);
  const auto read_row = [&](std::size_t row, float* out) {
    std::copy_n(weights.data() + row * kTerms, kTerms, out);
  };
  const auto packed = pack_for(kernel, n, kTerms, example.gated, read_row);
  std::vector<float> y(rows * example.outputs);
  ThreadPool serial(1);
  multiply_packed(x.data(), rows, kTerms, *packed, example.epilogue, y.data(), example.outputs,
                  serial);
  return y;
}

/// The row counts of tiles that are compiled apart, in ascending order.
std::vector<std::size_t> row_counts(const GemmKernel& kernel) {
  std::vector<std::size_t> counts;
  const auto most = static_cast<std::size_t>(kernel.rows);
  if (kernel.isa == Isa::amx) return {1, 15, 16, 17, most, most + 1};
  for (std::size_t rows = 1; rows <= most; ++rows) counts.push_back(rows);
  if (kernel.expand != nullptr) counts.push_back(static_cast<std::size_t>(kernel.expand_from));
  return counts;
}

/// Sums of kTerms products of values up to 1, in another order; activations' approximations.
constexpr float kTolerance = 1e-4F;

bool is_right(const Example& example, const GemmKernel& kernel) {
  const std::vector<std::size_t> counts = row_counts(kernel);
  const std::vector<float> expected = product(reference_kernel(kernel), example, counts.back());
  return std::all_of(counts.begin(), counts.end(), [&](std::size_t rows) {
    const auto end = expected.begin() + static_cast<std::ptrdiff_t>(rows * example.outputs);
    return all_near(product(kernel, example, rows), {expected.begin(), end}, kTolerance);
  });
}

bool is_right(const GemmKernel* candidate) {
  if (candidate->isa == Isa::amx && !amx_keeps_configurations()) return false;
  const std::size_t outputs = static_cast<std::size_t>(candidate->columns) + kMoreOutputs;
  const std::vector<float> bias = proof_values(2 * outputs, 3);
  const Example plain{outputs, false, {.bias = bias.data()}};
  const Example gated{outputs / 2,
                      true,
                      {.bias = bias.data(), .activation = MatmulActivation::silu, .gated = true}};
  const Example gelu{8, false, {.bias = bias.data(), .activation = MatmulActivation::gelu_erf}};
  return is_right(plain, *candidate) && is_right(gated, *candidate) && is_right(gelu, *candidate);
}

}  // namespace

constinit const Variants<const GemmKernel*> kGemmFp32Variants("matmul fp32", is_right,
                                                              &kGemmFp32Scalar, &kGemmFp32Avx2,
                                                              &kGemmFp32Avx512);
constinit const Variants<const GemmKernel*> kGemmBf16Variants("matmul bf16", is_right,
                                                              &kGemmBf16Scalar, &kGemmBf16Avx2,
                                                              &kGemmBf16Avx512,
                                                              &kGemmBf16Avx512Bf16, &kGemmBf16Amx);
constinit const Variants<const GemmKernel*> kGemmInt8Variants("matmul int8", is_right,
                                                              &kGemmInt8Scalar, &kGemmInt8Avx2,
                                                              &kGemmInt8Avx512, nullptr,
                                                              &kGemmInt8Amx);

const GemmKernel& proven_gemm_kernel(Isa isa, WeightType weights) {
  switch (weights) {
    case WeightType::fp32:
      return *kGemmFp32Variants.choose(isa);
    case WeightType::bf16:
      return *kGemmBf16Variants.choose(isa);
    case WeightType::int8:
      break;
  }
  return *kGemmInt8Variants.choose(isa);
}

}  // namespace kindred::kernels
