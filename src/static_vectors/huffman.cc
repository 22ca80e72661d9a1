#include "static_vectors/huffman.h"

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace kindred::static_vectors {
namespace {

struct Node {
  std::uint64_t count = std::numeric_limits<std::uint64_t>::max();
  std::uint32_t parent = 0;
  std::uint8_t code = 0;
};

// Leaves 0 … words - 1, then inner nodes. With leaves in descending order, the two rarest are
// always the next leaf from behind or the next inner node (van Leeuwen, 1976).
std::vector<Node> build(std::span<const std::uint64_t> counts) {
  const std::size_t words = counts.size();
  std::vector<Node> nodes(2 * words - 1);
  for (std::size_t i = 0; i < words; ++i) nodes[i].count = counts[i];
  std::size_t leaves = words, inner = words;
  for (std::size_t made = words; made < nodes.size(); ++made) {
    std::uint64_t sum = 0;
    for (std::uint8_t code = 0; code < 2; ++code) {
      const bool leaf =
          leaves > 0 && (inner >= made || nodes[leaves - 1].count < nodes[inner].count);
      const std::size_t child = leaf ? --leaves : inner++;
      sum += nodes[child].count;
      nodes[child].parent = static_cast<std::uint32_t>(made);
      nodes[child].code = code;
    }
    nodes[made].count = sum;
  }
  return nodes;
}

}  // namespace

HuffmanTree::HuffmanTree(std::span<const std::uint64_t> counts) {
  const std::size_t words = counts.size();
  if (words < 2)
    fail(ErrorKind::bad_input,
         "hierarchical softmax needs two words or more, and the vocabulary has {}", words);
  require(std::is_sorted(counts.rbegin(), counts.rend()), "HuffmanTree: counts must descend");
  const std::vector<Node> nodes = build(counts);
  const std::size_t root = nodes.size() - 1;
  begin_.push_back(0);
  for (std::size_t word = 0; word < words; ++word) {
    for (std::size_t at = word; at != root; at = nodes[at].parent) {
      path_.push_back(nodes[at].parent - static_cast<std::uint32_t>(words));
      code_.push_back(nodes[at].code);
    }
    longest_ = std::max(longest_, path_.size() - begin_.back());
    begin_.push_back(path_.size());
  }
}

}  // namespace kindred::static_vectors
