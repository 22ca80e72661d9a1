// From hidden states to pooled vectors: layers combined, modes concatenated. Tested by
// encoder_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/directory.h"

namespace kindred::encode {

/// What an encoder pools, fixed when it is opened.
struct PoolerSpec {
  std::vector<model::PoolingMode> modes;  ///< concatenated in this order
  std::size_t layers = 1;                 ///< hidden states that the executor returns
  bool concatenate_layers = false;        ///< else they are averaged
  std::size_t hidden = 0;

  /// Of a token's vector after the layers are combined.
  std::size_t token_width() const noexcept { return concatenate_layers ? layers * hidden : hidden; }
  /// Of a pooled vector: all modes of token_width() values.
  std::size_t width() const noexcept { return modes.size() * token_width(); }
};

/// The tokens of one micro-batch.
struct PoolerInput {
  std::span<const std::uint32_t> offsets;  ///< B + 1
  std::span<const std::uint32_t> skip;     ///< B entries or empty: leading tokens left out
  std::span<const float> weights;          ///< T token weights, for PoolingMode::idf
};

/// `states`: spec.layers matrices of T × hidden one after another; the first is overwritten when
/// they are averaged. Writes B rows of spec.width() values to `out`.
void pool_states(const PoolerSpec& spec, const PoolerInput& input, std::span<float> states,
                 float* out);

/// The vectors of single tokens, T × spec.token_width().
std::vector<float> combine_layers(const PoolerSpec& spec, std::span<const float> states);

}  // namespace kindred::encode
