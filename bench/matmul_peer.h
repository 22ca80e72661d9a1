// oneDNN's matrix product with a bias and an optional erf-GELU, for matmul_bench.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace kindred::bench {

struct PeerProduct {
  std::size_t m, n, k;
  bool gelu;
  std::string precision;  ///< fp32, bf16 or int8 (u8 · s8, already quantised)
  int threads;
};

/// A function that writes m × n floats, its weights reordered as the library likes them; empty if
/// the library is absent or cannot do it here.
std::function<void(float* y)> make_peer_product(const PeerProduct& product, const float* x,
                                                const float* w, const float* bias);

}  // namespace kindred::bench
