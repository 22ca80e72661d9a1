#include "index/rabitq.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numeric>
#include <vector>

#include "kernels/distance.h"
#include "kernels/inverse.h"

namespace kindred::index {
namespace {

/// Of the uniform quantiser of 2^bits steps with the least squared error for a standard normal
/// variable: its step, and that error (Max, IRE Transactions on Information Theory 6, 1960).
struct NormalQuantiser {
  float step;
  float error;
};

NormalQuantiser normal_quantiser(unsigned bits) noexcept {
  constexpr std::array<NormalQuantiser, 7> kQuantisers = {{{0.9957F, 0.1188F},
                                                           {0.5860F, 0.03744F},
                                                           {0.3352F, 0.01154F},
                                                           {0.1881F, 0.003495F},
                                                           {0.1041F, 0.001040F},
                                                           {0.0569F, 0.0003035F},
                                                           {0.0308F, 0.0000872F}}};
  return kQuantisers[bits - 2];
}

/// From this width on, a value that is cut off would cost more than wider steps for all.
constexpr unsigned kUnclippedBits = 6;

/// The factors of a code y with ⟨y, r⟩ and ⟨y, g⟩ known.
CodeFactors factors_of(Metric metric, float residual_squared, float residual_product,
                       float centroid_product, float residual_centroid, RowConstant constant) {
  CodeFactors factors;
  const float weight = residual_product > 0.0F ? residual_squared / residual_product : 0.0F;
  if (metric == Metric::euclidean) {
    factors.scale = 2.0F * weight;
    factors.addend = -residual_squared - 2.0F * weight * centroid_product;
  } else {
    factors.scale = weight;
    factors.addend = constant + residual_centroid - weight * centroid_product;
  }
  return factors;
}

}  // namespace

RabitqEncoder::RabitqEncoder(std::size_t dimensions, Metric metric, unsigned refine_bits)
    : dimensions_(dimensions), metric_(metric), refine_bits_(refine_bits) {}

CodeFactors RabitqEncoder::encode_signs(const float* residual, const float* centroid,
                                        RowConstant constant, std::uint64_t* signs) const {
  float absolute = 0.0F, centroid_product = 0.0F;
  for (std::size_t w = 0; w < dimensions_ / 64; ++w) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < 64; ++i) {
      const float r = residual[w * 64 + i], g = centroid[w * 64 + i];
      const bool positive = r >= 0.0F;
      word |= static_cast<std::uint64_t>(positive) << i;
      absolute += std::abs(r);
      centroid_product += positive ? g : -g;
    }
    signs[w] = word;
  }
  const float squared = kernels::dot(residual, residual, dimensions_);
  const float with_centroid = kernels::dot(residual, centroid, dimensions_);
  return factors_of(metric_, squared, absolute, centroid_product, with_centroid, constant);
}

void RabitqEncoder::encode_refine(const float* residual, const float* centroid,
                                  RowConstant constant, std::byte* row) const {
  const float squared = kernels::dot(residual, residual, dimensions_);
  const float sigma = std::sqrt(squared / static_cast<float>(dimensions_));
  const float levels = static_cast<float>(1U << refine_bits_);
  float step = sigma * normal_quantiser(refine_bits_).step;
  if (refine_bits_ >= kUnclippedBits) {
    float largest = 0.0F;
    for (std::size_t i = 0; i < dimensions_; ++i)
      largest = std::max(largest, std::abs(residual[i]));
    step = std::max(step, 2.0F * largest / levels);
  }
  const float inverse = kernels::inverse_of(step);
  const float middle = 0.5F * (levels - 1.0F);
  thread_local std::vector<std::uint8_t> values;
  values.resize(dimensions_);
  float residual_product = 0.0F, centroid_product = 0.0F;
  for (std::size_t i = 0; i < dimensions_; ++i) {
    const float level = std::clamp(residual[i] * inverse + 0.5F * levels, 0.0F, levels - 0.5F);
    values[i] = static_cast<std::uint8_t>(level);  // towards zero: the cell's number
    const float y = static_cast<float>(values[i]) - middle;
    residual_product += y * residual[i];
    centroid_product += y * centroid[i];
  }
  const CodeFactors factors = factors_of(metric_, squared, residual_product, centroid_product,
                                         kernels::dot(residual, centroid, dimensions_), constant);
  std::memcpy(row, &factors, sizeof(factors));
  kernels::pack_refine_code(values.data(), dimensions_, refine_bits_, row + sizeof(factors));
}

std::size_t RabitqEncoder::refine_bytes() const noexcept {
  return refine_bits_ == 0
             ? 0
             : sizeof(CodeFactors) + kernels::refine_code_bytes(dimensions_, refine_bits_);
}

float sign_error(std::size_t dimensions) noexcept {
  const auto n = static_cast<float>(dimensions);
  return std::sqrt((1.0F - 0.63662F) * n / (n - 1.0F));
}

float refine_error(unsigned bits) noexcept {
  // The signs' scale is |r| / (√(2/π) √D), so |r| / √D is 0.7979 of it.
  const float error = normal_quantiser(bits).error;
  return 0.7979F * std::sqrt(error / (1.0F - error));
}

RefineQuery make_refine_query(const float* query, std::size_t dimensions, std::int8_t* values) {
  // Several maxima and sums side by side do not wait for one another; `dimensions` is a multiple of
  // 64.
  constexpr std::size_t kSide = 16;
  float side[kSide] = {};
  for (std::size_t i = 0; i < dimensions; i += kSide)
    for (std::size_t j = 0; j < kSide; ++j) side[j] = std::max(side[j], std::abs(query[i + j]));
  const float largest = *std::max_element(side, side + kSide);
  RefineQuery result;
  result.step = largest / 127.0F;
  const float inverse = kernels::inverse_of(result.step);
  std::int32_t sums[kSide] = {};
  for (std::size_t i = 0; i < dimensions; i += kSide)
    for (std::size_t j = 0; j < kSide; ++j) {
      // Adding and taking away 1.5 · 2²³ rounds to the nearest integer without a library call.
      constexpr float kRound = 12582912.0F;
      const auto value = static_cast<std::int32_t>(query[i + j] * inverse + kRound - kRound);
      values[i + j] = static_cast<std::int8_t>(value);
      sums[j] += value;
    }
  result.sum = result.step * static_cast<float>(std::accumulate(sums, sums + kSide, 0));
  return result;
}

}  // namespace kindred::index
