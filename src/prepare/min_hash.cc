#include "prepare/min_hash.h"

#include <unicode/uscript.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/random.h"
#include "prepare/text_key.h"
#include "text/code_points.h"

namespace kindred::prepare {
namespace {

constexpr std::size_t kMostHashes = 128;
constexpr double kMissed = 0.001;

bool without_blanks(char32_t c) {
  if (c < 0xe00) return false;
  UErrorCode error = U_ZERO_ERROR;
  switch (uscript_getScript(static_cast<UChar32>(c), &error)) {
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_THAI:
    case USCRIPT_LAO:
    case USCRIPT_KHMER:
    case USCRIPT_MYANMAR:
      return true;
    default:
      return false;
  }
}

// Adds the n-grams of a run of characters.
void add_grams(std::span<const char32_t> run, std::size_t n, std::vector<std::uint32_t>& out) {
  if (run.empty()) return;
  const std::size_t count = run.size() < n ? 1 : run.size() - n + 1;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t hash = 0x9e3779b97f4a7c15U;
    for (std::size_t j = i; j < std::min(i + n, run.size()); ++j) hash = mix64(hash ^ run[j]);
    out.push_back(static_cast<std::uint32_t>(hash >> 32));
  }
}

}  // namespace

std::vector<std::uint32_t> shingles_of(std::string_view normalized) {
  std::vector<std::uint32_t> shingles;
  std::vector<char32_t> run;
  bool dense = false;
  const auto end_run = [&] {
    if (!dense && !run.empty() && run != std::vector<char32_t>{U' '}) {
      if (run.front() != U' ') run.insert(run.begin(), U' ');
      if (run.back() != U' ') run.push_back(U' ');
      add_grams(run, 4, shingles);
    } else if (dense) {
      add_grams(run, 2, shingles);
    }
    run.clear();
  };
  for (std::size_t i = 0; i < normalized.size();) {
    const auto [c, bytes] = text::decode(normalized, i);
    i += bytes;
    const bool is_dense = without_blanks(c);
    if (is_dense != dense) end_run();
    dense = is_dense;
    run.push_back(c);
  }
  end_run();
  std::sort(shingles.begin(), shingles.end());
  shingles.erase(std::unique(shingles.begin(), shingles.end()), shingles.end());
  return shingles;
}

double jaccard(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b) noexcept {
  if (a.empty() && b.empty()) return 1.0;
  std::size_t common = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    common += a[i] == b[j];
    const bool ahead = a[i] <= b[j];
    j += b[j] <= a[i];
    i += ahead;
  }
  return static_cast<double>(common) / static_cast<double>(a.size() + b.size() - common);
}

Banding Banding::for_similarity(double least) {
  if (!(least >= 0.4 && least <= 1.0))
    fail(ErrorKind::bad_input, "near-duplicates of a similarity of {}; choose one from 0.4 to 1",
         least);
  for (std::size_t rows = 8; rows > 1; --rows) {
    const double equal = std::pow(least, static_cast<double>(rows));
    const double bands = equal >= 1.0 ? 1.0 : std::ceil(std::log(kMissed) / std::log1p(-equal));
    if (bands * static_cast<double>(rows) <= static_cast<double>(kMostHashes))
      return {static_cast<std::size_t>(bands), rows};
  }
  return {kMostHashes / 2, 2};
}

double Banding::found(double similarity) const noexcept {
  return 1.0 - std::pow(1.0 - std::pow(similarity, static_cast<double>(rows)),
                        static_cast<double>(bands));
}

MinHasher::MinHasher(Banding banding) : banding_(banding) {
  const std::size_t count = banding.bands * banding.rows;
  Random random(0x6d696e68617368);
  for (std::size_t i = 0; i < count; ++i) {
    factors_.push_back(random());
    terms_.push_back(random());
  }
  minima_.resize(count);
  keys_.resize(banding.bands);
}

std::span<const std::uint32_t> MinHasher::band_keys(std::span<const std::uint32_t> shingles) {
  const std::size_t count = minima_.size();
  std::fill(minima_.begin(), minima_.end(), ~std::uint32_t{0});
  const std::uint64_t* factors = factors_.data();
  const std::uint64_t* terms = terms_.data();
  std::uint32_t* minima = minima_.data();
  for (const std::uint64_t shingle : shingles) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto value = static_cast<std::uint32_t>((factors[i] * shingle + terms[i]) >> 32);
      minima[i] = std::min(minima[i], value);
    }
  }
  for (std::size_t band = 0; band < banding_.bands; ++band) {
    std::uint64_t key = band;
    for (std::size_t row = 0; row < banding_.rows; ++row)
      key = mix64(key + 0x9e3779b97f4a7c15U + minima_[band * banding_.rows + row]);
    keys_[band] = static_cast<std::uint32_t>(key >> 32);
  }
  return keys_;
}

}  // namespace kindred::prepare
