#include "text/models/prefix_trie.h"

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace kindred::text {
namespace {

struct Key {
  std::uint64_t head;  // the first eight bytes, big-endian: orders most pairs without the string
  std::string_view text;
  std::uint32_t value;
};

std::uint64_t head_of(std::string_view text) {
  std::uint64_t head = 0;
  for (std::size_t i = 0; i < 8; ++i)
    head = head << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0U);
  return head;
}

std::vector<Key> sorted_keys(std::vector<std::pair<std::string_view, std::uint32_t>> pairs) {
  std::vector<Key> keys;
  keys.reserve(pairs.size());
  for (const auto& [text, value] : pairs) {
    require(value > 0 && value <= PrefixTrie::kMaxValue, "a trie's value is out of range");
    keys.push_back({head_of(text), text, value});
  }
  pairs = {};
  // Of equal keys the highest value comes first, and stays.
  std::sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) {
    if (a.head != b.head) return a.head < b.head;
    const int order = a.text.compare(b.text);
    return order != 0 ? order < 0 : a.value > b.value;
  });
  const auto same = [](const Key& a, const Key& b) { return a.text == b.text; };
  keys.erase(std::unique(keys.begin(), keys.end(), same), keys.end());
  return keys;
}

}  // namespace

class PrefixTrie::Builder {
 public:
  explicit Builder(std::vector<Key> keys) : keys_(std::move(keys)) {}

  std::vector<Unit> build() {
    add_block();  // the root's and the childless nodes'
    std::vector<Range> todo;
    if (!keys_.empty()) todo.push_back({0, keys_.size(), 0, 0});
    while (!todo.empty()) {
      const Range range = todo.back();
      todo.pop_back();
      expand(range, todo);
    }
    units_.shrink_to_fit();
    return std::move(units_);
  }

 private:
  // Keys [begin, end) share their first `depth` bytes, which lead to `unit`.
  struct Range {
    std::size_t begin;
    std::size_t end;
    std::size_t depth;
    std::uint32_t unit;
  };
  struct Child {
    unsigned char label;
    std::size_t begin;
    std::size_t end;
  };

  static constexpr std::uint32_t kBlock = 256;
  // Only the last blocks are searched for room, which bounds the search; what stays free before
  // them (a few per cent) is lost.
  static constexpr std::uint32_t kOpenBlocks = 16;
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  void expand(const Range& range, std::vector<Range>& todo) {
    std::size_t at = range.begin;
    if (keys_[at].text.size() == range.depth)
      units_[range.unit].info |= keys_[at++].value << kLabelBits;
    if (at == range.end) return;
    children_.clear();
    while (at < range.end) {
      const auto label = static_cast<unsigned char>(keys_[at].text[range.depth]);
      const std::size_t begin = at;
      while (at < range.end && static_cast<unsigned char>(keys_[at].text[range.depth]) == label)
        ++at;
      children_.push_back({label, begin, at});
    }
    const std::uint32_t base = find_base();
    base_used_[base] = true;
    units_[range.unit].base = base;
    for (const Child& child : children_) {
      const std::uint32_t unit = base ^ child.label;
      take(unit);
      units_[unit].info = child.label;
      todo.push_back({child.begin, child.end, range.depth + 1, unit});
    }
  }

  // A base that no node has, with the units of all children free.
  std::uint32_t find_base() {
    for (std::uint32_t unit = first_free_; unit != kNone; unit = next_[unit]) {
      const std::uint32_t base = unit ^ children_[0].label;
      if (!base_used_[base] && fits(base)) return base;
    }
    return add_block() ^ children_[0].label;
  }

  bool fits(std::uint32_t base) const {
    for (const Child& child : children_) {
      if (!free_[base ^ child.label]) return false;
    }
    return true;
  }

  std::uint32_t add_block() {
    const auto begin = static_cast<std::uint32_t>(units_.size());
    if (begin > kNone - kBlock)
      fail(ErrorKind::exhausted,
           "a vocabulary needs more than 2^32 trie nodes: it is no tokenizer's");
    units_.resize(begin + kBlock);
    base_used_.resize(begin + kBlock, false);
    free_.resize(begin + kBlock, false);
    next_.resize(begin + kBlock);
    previous_.resize(begin + kBlock);
    if (begin == 0) return 0;
    for (std::uint32_t unit = begin; unit < begin + kBlock; ++unit) put(unit);
    if (begin >= (kOpenBlocks + 1) * kBlock) {
      const std::uint32_t closed = begin - kOpenBlocks * kBlock;
      for (std::uint32_t unit = closed; unit < closed + kBlock; ++unit) {
        if (free_[unit]) take(unit);
      }
    }
    return begin;
  }

  void put(std::uint32_t unit) {
    free_[unit] = true;
    next_[unit] = kNone;
    previous_[unit] = last_free_;
    (last_free_ == kNone ? first_free_ : next_[last_free_]) = unit;
    last_free_ = unit;
  }

  void take(std::uint32_t unit) {
    free_[unit] = false;
    const std::uint32_t before = previous_[unit];
    const std::uint32_t after = next_[unit];
    (before == kNone ? first_free_ : next_[before]) = after;
    (after == kNone ? last_free_ : previous_[after]) = before;
  }

  std::vector<Key> keys_;
  std::vector<Child> children_;
  std::vector<Unit> units_;
  std::vector<bool> base_used_;
  std::vector<bool> free_;
  std::vector<std::uint32_t> next_;  // the free units as a list
  std::vector<std::uint32_t> previous_;
  std::uint32_t first_free_ = kNone;
  std::uint32_t last_free_ = kNone;
};

PrefixTrie::PrefixTrie(std::vector<std::pair<std::string_view, std::uint32_t>> keys)
    : units_(Builder(sorted_keys(std::move(keys))).build()) {}

}  // namespace kindred::text
