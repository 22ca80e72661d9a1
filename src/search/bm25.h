// BM25, split into the part that a document fixes and the part that the collection fixes.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace kindred::search {

/// Okapi BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009). A term's
/// frequency and a document's length are sums over its fields with the fields' weights (Robertson,
/// Zaragoza and Taylor, "Simple BM25 extension to multiple weighted fields", 2004).
///
/// `pivot` stands for the average length. It is fixed when an index is made, so that
/// f / (f + k1 (1 - b + b length / pivot)) never changes for a document and is stored in 8 bits.
struct Bm25 {
  float k1 = 1.2F;
  float b = 0.75F;
  float pivot = 100.0F;  ///< a title of 10 words, a brand, three categories, 50 words described

  bool operator==(const Bm25&) const = default;

  /// Of a term with weighted frequency `frequency` > 0 in a document of weighted length `length`:
  /// 1 … 255 for a part of (0, 1].
  std::uint8_t impact(std::uint32_t frequency, std::uint32_t length) const noexcept {
    const float f = static_cast<float>(frequency);
    const float part = f / (f + k1 * (1.0F - b + b * static_cast<float>(length) / pivot));
    return static_cast<std::uint8_t>(std::clamp(std::lround(part * 255.0F), 1L, 255L));
  }
  /// Of a term that `with` of `documents` have.
  static double idf(std::uint64_t with, std::uint64_t documents) noexcept {
    const double df = static_cast<double>(std::min(with, documents));
    return std::log(1.0 + (static_cast<double>(documents) - df + 0.5) / (df + 0.5));
  }
};

}  // namespace kindred::search
