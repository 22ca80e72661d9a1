// Which words a batch looks at: words kept by sub-sampling, and for each the words around it.
// Tested by window_test.cc.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"

namespace kindred::static_vectors {

/// Between sentences in encoded text.
inline constexpr std::uint32_t kSentenceEnd = 0xFFFFFFFFU;

struct WindowOptions {
  std::uint32_t radius = 5;
  bool dynamic = true;        ///< each word draws a radius from 1 to `radius`, as word2vec does
  bool last_is_goal = false;  ///< the last word of a sentence is in every window of it
};

/// The words of some sentences one behind another; a word's window is [first, last) without itself.
struct Windows {
  std::vector<std::uint32_t> words;
  std::vector<std::uint32_t> first, last;
  std::vector<std::uint32_t> goal;  ///< the position of the sentence's last word; empty without

  std::size_t size() const noexcept { return words.size(); }
};

/// A word is kept with a chance of `keep[word]` / 2^32 (see `keep_chances`). `tokens`: ids below
/// keep.size() and kSentenceEnd.
void fill_windows(std::span<const std::uint32_t> tokens, std::span<const std::uint32_t> keep,
                  const WindowOptions& options, Random& random, Windows& windows);

/// word2vec's chance of a word to be kept (its code, not its paper): sqrt(t / f) + t / f for a
/// share f of the corpus; all are kept for a threshold t of 0.
std::vector<std::uint32_t> keep_chances(std::span<const std::uint64_t> counts, double threshold);

/// Consecutive words as the inputs of one batch, their windows as pairs of an input and a slot.
/// A slot is a position of a word (of the inputs, or up to a radius around them), or a goal.
struct Batch {
  std::uint32_t begin = 0;                ///< position of the first input
  std::vector<std::uint32_t> slot_word;   ///< the word of a slot
  std::vector<std::uint32_t> pair_begin;  ///< input i has the pairs [i], up to [i + 1]
  std::vector<std::uint32_t> pair_slot;
  std::vector<std::uint32_t> pair_input;
  std::vector<std::uint32_t> slot_begin;  ///< slot s has the entries [s], up to [s + 1] of
  std::vector<std::uint32_t> slot_pair;   ///< … pairs, ascending

  std::size_t inputs() const noexcept { return pair_begin.size() - 1; }
  std::size_t slots() const noexcept { return slot_word.size(); }
  std::size_t pairs() const noexcept { return pair_slot.size(); }
};

/// The inputs [begin, begin + count), cut at the end of the words.
void fill_batch(const Windows& windows, std::size_t begin, std::size_t count, Batch& batch);

}  // namespace kindred::static_vectors
