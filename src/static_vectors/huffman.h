// The tree of hierarchical softmax. Tested by huffman_test.cc.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace kindred::static_vectors {

/// Frequent words have short paths. Inner nodes are numbered in the order they are made, the root
/// last, as in word2vec and fastText, so that their output matrices mean the same.
///
/// Threads: immutable.
class HuffmanTree {
 public:
  /// `counts`: descending. Errors: bad_input for fewer than two words.
  explicit HuffmanTree(std::span<const std::uint64_t> counts);

  /// From the word up to the root: the inner nodes (0 … words - 2), and at each whether the word
  /// lies behind its second branch (code 1).
  std::span<const std::uint32_t> path(std::uint32_t word) const noexcept {
    return {path_.data() + begin_[word], begin_[word + 1] - begin_[word]};
  }
  std::span<const std::uint8_t> code(std::uint32_t word) const noexcept {
    return {code_.data() + begin_[word], begin_[word + 1] - begin_[word]};
  }
  std::size_t words() const noexcept { return begin_.size() - 1; }
  std::size_t longest() const noexcept { return longest_; }

 private:
  std::vector<std::size_t> begin_;
  std::vector<std::uint32_t> path_;
  std::vector<std::uint8_t> code_;
  std::size_t longest_ = 0;
};

}  // namespace kindred::static_vectors
