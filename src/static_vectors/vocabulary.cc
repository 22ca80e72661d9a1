#include "static_vectors/vocabulary.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "base/error.h"

namespace kindred::static_vectors {
namespace {

// Both halves of the 128-bit product: the step of wyhash (Wang Yi, public domain).
std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t load(const char* bytes, std::size_t count) noexcept {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes, count);
  return value;
}

}  // namespace

std::uint64_t Vocabulary::hash(std::string_view word) noexcept {
  // Odd constants with as many ones as zeros, from the digits of the golden ratio and pi.
  constexpr std::uint64_t kSeed = 0x9E3779B97F4A7C15U;
  constexpr std::uint64_t kStep = 0x243F6A8885A308D3U;
  std::uint64_t state = kSeed ^ word.size();
  const char* at = word.data();
  std::size_t left = word.size();
  for (; left >= 8; left -= 8, at += 8) state = mix(state ^ load(at, 8), kStep);
  if (left > 0) state = mix(state ^ load(at, left), kStep);
  return mix(state, kSeed);
}

void Vocabulary::reserve(std::size_t words, std::size_t bytes) {
  bytes_.reserve(bytes);
  offsets_.reserve(words + 1);
  counts_.reserve(words);
  std::size_t slots = 16;
  while (slots * 2 < words * 3) slots *= 2;
  if (slots > slots_.size()) grow(slots);
}

std::size_t Vocabulary::slot_of(std::string_view word, std::uint64_t hash) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  const auto check = static_cast<std::uint32_t>(hash >> 32);
  std::size_t at = hash & mask;
  while (slots_[at].id != kEmpty &&
         (slots_[at].check != check || this->word(slots_[at].id) != word))
    at = (at + 1) & mask;
  return at;
}

void Vocabulary::grow(std::size_t slots) {
  slots_.assign(slots, {});
  for (std::uint32_t id = 0; id < counts_.size(); ++id) {
    const std::uint64_t h = hash(word(id));
    std::size_t at = h & (slots - 1);
    while (slots_[at].id != kEmpty) at = (at + 1) & (slots - 1);
    slots_[at] = {static_cast<std::uint32_t>(h >> 32), id};
  }
}

std::uint32_t Vocabulary::add(std::string_view word, std::uint64_t h, std::uint64_t count) {
  if (slots_.size() * 2 < (counts_.size() + 1) * 3)
    grow(std::max<std::size_t>(16, slots_.size() * 2));
  Slot& slot = slots_[slot_of(word, h)];
  total_ += count;
  if (slot.id != kEmpty) {
    counts_[slot.id] += count;
    return slot.id;
  }
  if (counts_.size() >= kMostWords)
    fail(ErrorKind::exhausted, "a vocabulary holds at most {} words; raise the least count",
         kMostWords);
  slot = {static_cast<std::uint32_t>(h >> 32), static_cast<std::uint32_t>(counts_.size())};
  bytes_ += word;
  offsets_.push_back(bytes_.size());
  counts_.push_back(count);
  return slot.id;
}

std::optional<std::uint32_t> Vocabulary::find(std::string_view word, std::uint64_t hash) const {
  if (slots_.empty()) return std::nullopt;
  const std::uint32_t id = slots_[slot_of(word, hash)].id;
  if (id == kEmpty) return std::nullopt;
  return id;
}

void Vocabulary::set_counts(std::vector<std::uint64_t> counts) {
  require(counts.size() == counts_.size(), "Vocabulary: a count for each word");
  counts_ = std::move(counts);
  total_ = std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

void Vocabulary::prefetch(std::uint64_t hash) const noexcept {
  if (!slots_.empty()) __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]);
}

Vocabulary Vocabulary::by_count(std::uint64_t least) const {
  std::vector<std::uint32_t> order(counts_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::erase_if(order, [&](std::uint32_t id) { return counts_[id] < least; });
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return counts_[a] != counts_[b] ? counts_[a] > counts_[b] : word(a) < word(b);
  });
  Vocabulary sorted;
  sorted.reserve(order.size());
  for (const std::uint32_t id : order) sorted.add(word(id), counts_[id]);
  return sorted;
}

}  // namespace kindred::static_vectors
