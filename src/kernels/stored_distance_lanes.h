// Distances to stored vectors over the `Lanes` and `StoredLanes` of the including file. Internal.
#pragma once

#include <cstring>

#include "kernels/stored_distance_isa.h"

namespace kindred::kernels {
namespace {

/// `StoredLanes<type>::load(p)` widens kWidth stored values, `load_first(p, count)` the first
/// `count` with zeros behind; `Element` is a stored value.
template <StoredType kType>
struct StoredVector {
  using V = Lanes::Vector;
  using Source = StoredLanes<kType>;
  static constexpr std::size_t w = Lanes::kWidth;

  static const typename Source::Element* values(const void* stored) {
    const auto* bytes = static_cast<const std::byte*>(stored);
    return reinterpret_cast<const typename Source::Element*>(
        kType == StoredType::int8 ? bytes + sizeof(float) : bytes);
  }
  static float scale(const void* stored) {
    float value = 1.0F;
    if constexpr (kType == StoredType::int8) std::memcpy(&value, stored, sizeof(value));
    return value;
  }

  static float dot(const void* stored, const float* query, std::size_t n) {
    const auto* x = values(stored);
    V a0 = Lanes::zero(), a1 = a0, a2 = a0, a3 = a0;
    std::size_t i = 0;
    for (; i + 4 * w <= n; i += 4 * w) {
      a0 = Lanes::fma(Source::load(x + i), Lanes::load(query + i), a0);
      a1 = Lanes::fma(Source::load(x + i + w), Lanes::load(query + i + w), a1);
      a2 = Lanes::fma(Source::load(x + i + 2 * w), Lanes::load(query + i + 2 * w), a2);
      a3 = Lanes::fma(Source::load(x + i + 3 * w), Lanes::load(query + i + 3 * w), a3);
    }
    for (; i + w <= n; i += w) a0 = Lanes::fma(Source::load(x + i), Lanes::load(query + i), a0);
    if (i < n)
      a1 = Lanes::fma(Source::load_first(x + i, n - i), Lanes::load_first(query + i, n - i), a1);
    return scale(stored) * Lanes::sum(Lanes::add(Lanes::add(a0, a1), Lanes::add(a2, a3)));
  }

  static float squared_l2(const void* stored, const float* query, std::size_t n) {
    const auto* x = values(stored);
    const V factor = Lanes::set(scale(stored));
    V a0 = Lanes::zero(), a1 = a0;
    const auto add = [&](V& sum, V value, V of_query) {
      const V d = Lanes::sub(Lanes::mul(value, factor), of_query);
      sum = Lanes::fma(d, d, sum);
    };
    std::size_t i = 0;
    for (; i + 2 * w <= n; i += 2 * w) {
      add(a0, Source::load(x + i), Lanes::load(query + i));
      add(a1, Source::load(x + i + w), Lanes::load(query + i + w));
    }
    for (; i + w <= n; i += w) add(a0, Source::load(x + i), Lanes::load(query + i));
    if (i < n) add(a1, Source::load_first(x + i, n - i), Lanes::load_first(query + i, n - i));
    return Lanes::sum(Lanes::add(a0, a1));
  }

  static void widen(const void* stored, std::size_t n, float* out) {
    const auto* x = values(stored);
    const V factor = Lanes::set(scale(stored));
    std::size_t i = 0;
    for (; i + w <= n; i += w) Lanes::store(out + i, Lanes::mul(Source::load(x + i), factor));
    if (i < n)
      Lanes::store_first(out + i, Lanes::mul(Source::load_first(x + i, n - i), factor), n - i);
  }

  static constexpr StoredKernels kernels() { return {dot, squared_l2, widen}; }
};

inline StoredKernels stored_kernels_of(StoredType type) noexcept {
  switch (type) {
    case StoredType::float16:
      return StoredVector<StoredType::float16>::kernels();
    case StoredType::bfloat16:
      return StoredVector<StoredType::bfloat16>::kernels();
    case StoredType::int8:
      return StoredVector<StoredType::int8>::kernels();
    case StoredType::float32:
      break;
  }
  return StoredVector<StoredType::float32>::kernels();
}

}  // namespace
}  // namespace kindred::kernels
