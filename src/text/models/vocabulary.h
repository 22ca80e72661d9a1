// Tokens and their ids, both ways. Tested by vocabulary_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/models/string_arena.h"

namespace kindred::text {

/// What a token string that occurs twice means.
enum class Repeated {
  replaces,  ///< the keys of a JSON object: only the last one exists
  shadows,   ///< a list of pieces: each has its id, and the string stands for the last one's
};

/// Strings in one arena in the order of their ids, found by binary search over the ids (or
/// directly, where these are 0 … n-1) and by an open-addressing table of 4 bytes a slot.
///
/// Threads: immutable.
class Vocabulary {
 public:
  Vocabulary() = default;
  /// `ids[i]` belongs to `tokens[i]`. Errors: unsupported for 2^24 tokens and more.
  Vocabulary(StringArena tokens, std::vector<std::uint32_t> ids, Repeated repeated,
             const std::string& origin);

  std::size_t size() const noexcept { return tokens_.size(); }
  std::optional<std::uint32_t> find(std::string_view token) const noexcept;
  /// Empty where the id does not exist.
  std::string_view token(std::uint32_t id) const noexcept;

  /// Entries in the order of their ids.
  std::string_view entry_token(std::size_t i) const noexcept { return tokens_[i]; }
  std::uint32_t entry_id(std::size_t i) const noexcept {
    return ids_.empty() ? static_cast<std::uint32_t>(i) : ids_[i];
  }
  /// True where two entries share an id.
  bool has_shared_ids() const noexcept;

 private:
  // Fills slots_; the entries that a later one of the same token replaces.
  std::vector<std::uint32_t> index();
  void sort_by_id();
  void drop(const std::vector<std::uint32_t>& entries);

  StringArena tokens_;
  std::vector<std::uint32_t> ids_;    // ascending; empty when they are 0 … n-1
  std::vector<std::uint32_t> slots_;  // entry + 1 in the low 24 bits, 8 bits of its hash above
  std::uint64_t mask_ = 0;
};

}  // namespace kindred::text
