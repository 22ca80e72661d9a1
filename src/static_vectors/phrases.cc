#include "static_vectors/phrases.h"

#include <algorithm>
#include <string>

#include "static_vectors/window.h"

namespace kindred::static_vectors {
namespace {

std::uint64_t key_of(std::uint32_t first, std::uint32_t second) noexcept {
  return std::uint64_t{first} << 32 | second;
}

std::uint32_t first_of(std::uint64_t key) noexcept {
  return static_cast<std::uint32_t>(key >> 32);
}

std::uint32_t second_of(std::uint64_t key) noexcept {
  return static_cast<std::uint32_t>(key);
}

}  // namespace

std::size_t PairCounter::slot_of(std::uint64_t key) const noexcept {
  // Fibonacci hashing (Knuth): the high bits of a product by 2^64 / golden ratio.
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = (key * 0x9E3779B97F4A7C15U >> 32) & mask;
  while (slots_[at].key != kEmpty && slots_[at].key != key) at = (at + 1) & mask;
  return at;
}

void PairCounter::make_room() {
  std::vector<Slot> old;
  old.swap(slots_);
  std::uint64_t forgotten = 0;
  slots_.assign(std::min(old.size() * 2, kMostSlots), {});
  if (old.size() == kMostSlots) forgotten = forget_++;
  used_ = 0;
  for (const Slot& slot : old) {
    if (slot.key == kEmpty || slot.count <= forgotten) continue;
    slots_[slot_of(slot.key)] = slot;
    ++used_;
  }
}

void PairCounter::add(std::span<const std::uint32_t> tokens) {
  for (std::size_t i = 1; i < tokens.size(); ++i) {
    if (tokens[i] == kSentenceEnd || tokens[i - 1] == kSentenceEnd) continue;
    while (used_ * 5 > slots_.size() * 2) make_room();
    const std::uint64_t key = key_of(tokens[i - 1], tokens[i]);
    Slot& slot = slots_[slot_of(key)];
    used_ += slot.key == kEmpty ? 1 : 0;
    slot.key = key;
    ++slot.count;
  }
}

std::uint64_t PairCounter::count(std::uint32_t first, std::uint32_t second) const noexcept {
  return slots_[slot_of(key_of(first, second))].count;
}

std::vector<PairCounter::Pair> PairCounter::pairs() const {
  std::vector<Pair> found;
  for (const Slot& slot : slots_)
    if (slot.key != kEmpty) found.push_back({first_of(slot.key), second_of(slot.key), slot.count});
  return found;
}

Phrases::Phrases(const PairCounter& pairs, std::uint64_t min_count, double threshold,
                 Vocabulary& vocabulary) {
  const std::size_t words = vocabulary.size();
  const auto total = static_cast<double>(vocabulary.total());
  for (const auto& [first, second, count] : pairs.pairs()) {
    const std::uint64_t a = vocabulary.count(first), b = vocabulary.count(second);
    if (a < min_count || b < min_count || count <= min_count) continue;
    const double score = static_cast<double>(count - min_count) / static_cast<double>(a) /
                         static_cast<double>(b) * total;
    if (score > threshold) joined_.push_back({key_of(first, second), 0});
  }
  std::sort(joined_.begin(), joined_.end(),
            [](const Joined& a, const Joined& b) { return a.key < b.key; });
  first_at_.assign(words + 1, 0);
  for (Joined& joined : joined_) {
    const std::uint32_t first = first_of(joined.key);
    std::string word(vocabulary.word(first));
    word.append("_").append(vocabulary.word(second_of(joined.key)));
    joined.id = vocabulary.add(word, 0);
    ++first_at_[first + 1];
  }
  for (std::size_t i = 0; i < words; ++i) first_at_[i + 1] += first_at_[i];
}

std::uint32_t Phrases::find(std::uint32_t first, std::uint32_t second) const noexcept {
  if (first + std::size_t{1} >= first_at_.size()) return kSentenceEnd;
  const auto end = joined_.begin() + first_at_[first + 1];
  const std::uint64_t key = key_of(first, second);
  const auto at = std::lower_bound(joined_.begin() + first_at_[first], end, key,
                                   [](const Joined& j, std::uint64_t k) { return j.key < k; });
  return at != end && at->key == key ? at->id : kSentenceEnd;
}

std::size_t Phrases::join(std::span<std::uint32_t> tokens) const {
  std::size_t out = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const bool last = i + 1 == tokens.size();
    const std::uint32_t phrase = last || tokens[i] == kSentenceEnd || tokens[i + 1] == kSentenceEnd
                                     ? kSentenceEnd
                                     : find(tokens[i], tokens[i + 1]);
    if (phrase == kSentenceEnd) {
      tokens[out++] = tokens[i];
    } else {
      tokens[out++] = phrase;
      ++i;
    }
  }
  return out;
}

}  // namespace kindred::static_vectors
