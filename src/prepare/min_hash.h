// Texts that are nearly the same, found by MinHash. Tested by min_hash_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace kindred::prepare {

/// The hashes of a normalised text's shingles, ascending, each once: every 4 characters of it, with
/// a blank before and behind; of scripts that are written without blanks (Chinese, Japanese, Thai,
/// Lao, Khmer, Burmese) every 2. A shorter text is one shingle; an empty one has none.
std::vector<std::uint32_t> shingles_of(std::string_view normalized);

/// |a ∩ b| / |a ∪ b| of ascending sets; 1 for two empty ones.
double jaccard(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b) noexcept;

/// How a signature is cut into bands (Indyk and Motwani, 1998): two texts are candidates where all
/// rows of any band are equal.
struct Banding {
  std::size_t bands;
  std::size_t rows;

  /// The most rows by which a pair of similarity `least` is missed at most once in a thousand
  /// times, with at most 128 hashes. Errors: bad_input outside of 0.4 to 1.
  static Banding for_similarity(double least);
  /// How probable it is that a pair of this similarity becomes a candidate: 1 − (1 − s^rows)^bands.
  double found(double similarity) const noexcept;
};

/// Minima of shingles under random hashes (Broder, 1997). The hashes are h(x) = (a x + b) / 2³²
/// modulo 2³² over 64-bit a and b (multiply-add-shift, Dietzfelbinger, 1996), which is strongly
/// universal; the minima of the texts' own sets are what LSH asks for, and whoever uses the
/// candidates measures their Jaccard similarity, so that the error of the estimate is in what is
/// missed (Banding::found) alone.
///
/// Threads: one at a time.
class MinHasher {
 public:
  explicit MinHasher(Banding banding);
  const Banding& banding() const noexcept { return banding_; }
  /// One key a band, valid until the next call.
  std::span<const std::uint32_t> band_keys(std::span<const std::uint32_t> shingles);

 private:
  Banding banding_;
  std::vector<std::uint64_t> factors_, terms_;
  std::vector<std::uint32_t> minima_, keys_;
};

}  // namespace kindred::prepare
