#include "catalog/duplicates.h"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <algorithm>

#include "base/error.h"
#include "base/random.h"
#include "text/code_points.h"

namespace kindred::catalog {
namespace {

/// Steele, Lea and Flood's finaliser (splitmix64).
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
  x = (x ^ x >> 27) * 0x94d049bb133111ebU;
  return x ^ x >> 31;
}

std::uint64_t combine(std::uint64_t hash, std::uint64_t value) {
  return mix(hash * 0x9e3779b97f4a7c15U + value + 1);
}

bool stands_alone(UChar32 c) {
  UErrorCode error = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(c, &error);
  return script == USCRIPT_HAN || script == USCRIPT_HIRAGANA || script == USCRIPT_KATAKANA;
}

/// Adds the hashes of a text's words, and of pairs of characters where words are not written apart.
void add_shingles(std::string_view text, std::vector<std::uint64_t>& shingles) {
  std::uint64_t word = 0;
  UChar32 before = 0;
  const auto end_word = [&] {
    if (word != 0) shingles.push_back(word);
    word = 0;
  };
  for (std::size_t i = 0; i < text.size();) {
    const auto [point, bytes] = text::decode(text, i);
    i += bytes;
    const UChar32 c = u_foldCase(static_cast<UChar32>(point), U_FOLD_CASE_DEFAULT);
    const bool alone = stands_alone(c);
    if (alone && before != 0) {
      shingles.push_back(
          combine(static_cast<std::uint64_t>(before), static_cast<std::uint64_t>(c)));
    }
    before = alone ? c : 0;
    if (alone || !u_isalnum(c)) {
      end_word();
    } else {
      word = combine(word, static_cast<std::uint64_t>(c));
    }
  }
  end_word();
}

}  // namespace

void DuplicateOptions::validate() const {
  if (!(similarity >= 0.5 && similarity <= 1.0)) {
    fail(ErrorKind::bad_input, "duplicates: a similarity of {}; choose one from 0.5 to 1",
         similarity);
  }
}

DuplicateFinder::DuplicateFinder(const DuplicateOptions& options) : options_(options) {
  options_.validate();
}

DuplicateFinder::Signature DuplicateFinder::signature_of(
    const std::vector<std::uint64_t>& shingles) {
  static const std::array<std::uint64_t, kValues> kSeeds = [] {
    std::array<std::uint64_t, kValues> seeds{};
    Random random(0x6d696e);
    for (std::uint64_t& seed : seeds) seed = random();
    return seeds;
  }();
  Signature signature;
  signature.fill(~std::uint32_t{0});
  for (const std::uint64_t shingle : shingles) {
    for (std::size_t v = 0; v < kValues; ++v) {
      signature[v] =
          std::min(signature[v], static_cast<std::uint32_t>(mix(shingle ^ kSeeds[v]) >> 32));
    }
  }
  return signature;
}

std::optional<Duplicate> DuplicateFinder::add(const Product& product) {
  std::vector<std::uint64_t> shingles;
  add_shingles(product.brand, shingles);
  for (const auto& [language, title] : product.titles) add_shingles(title, shingles);
  for (const Attribute& attribute : product.attributes) {
    for (const auto& [language, value] : attribute.values) add_shingles(value, shingles);
  }
  if (shingles.empty()) return std::nullopt;
  std::uint64_t text = 0;
  for (const std::uint64_t shingle : shingles) text = combine(text, shingle);
  std::sort(shingles.begin(), shingles.end());
  shingles.erase(std::unique(shingles.begin(), shingles.end()), shingles.end());

  Known known{product.id, text, signature_of(shingles)};
  std::array<std::uint64_t, kBands> keys{};
  std::vector<std::uint32_t> candidates;
  for (std::size_t b = 0; b < kBands; ++b) {
    std::uint64_t key = b;
    for (std::size_t r = 0; r < kRows; ++r) key = combine(key, known.signature[b * kRows + r]);
    keys[b] = key;
    const auto [begin, end] = bands_.equal_range(key);
    for (auto entry = begin; entry != end; ++entry) candidates.push_back(entry->second);
  }
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());

  const Known* best = nullptr;
  double best_similarity = 0.0;
  for (const std::uint32_t candidate : candidates) {
    const Known& other = known_[candidate];
    if (other.id == known.id) continue;
    std::size_t equal = 0;
    for (std::size_t v = 0; v < kValues; ++v)
      equal += other.signature[v] == known.signature[v] ? 1 : 0;
    const double estimate = static_cast<double>(equal) / static_cast<double>(kValues);
    const double similarity = other.text == known.text ? 1.0 : std::min(estimate, 0.999);
    if (similarity > best_similarity) {
      best = &other;
      best_similarity = similarity;
    }
  }
  std::optional<Duplicate> duplicate;
  const double least = std::min(options_.similarity, 1.0);
  if (best != nullptr && best_similarity >= least) duplicate = {best->id, best_similarity};
  // An exact duplicate finds what its original finds: remembering it again would only make the
  // bands longer.
  if (best_similarity == 1.0) return duplicate;
  for (const std::uint64_t key : keys)
    bands_.emplace(key, static_cast<std::uint32_t>(known_.size()));
  known_.push_back(std::move(known));
  return duplicate;
}

}  // namespace kindred::catalog
