// Tokens that are found in the text itself, before any other stage. Tested by added_tokens_test.cc.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "text/json_field.h"
#include "text/normalizer.h"
#include "text/token_model.h"

namespace kindred::text {

struct AddedToken {
  std::string content;
  std::uint32_t id = 0;
  bool single_word = false;  ///< only where no word character touches it
  bool lstrip = false;       ///< with the white space before it
  bool rstrip = false;       ///< with the white space behind it
  bool normalized = true;    ///< sought in the normalised text, by its own normalised text
  bool special = false;
};

/// A token found at bytes [begin, end).
struct FoundToken {
  std::uint32_t begin;
  std::uint32_t end;
  std::uint32_t id;
};

/// Texts of which the leftmost, then longest, are sought. Threads: immutable.
class TokenFinder {
 public:
  /// `text` finds `token`, which must outlive the finder.
  void add(std::string text, const AddedToken* token);
  /// Call once, after all. Errors: unsupported where two tokens have one text.
  void finish(const std::string& place);
  bool empty() const noexcept { return entries_.empty(); }
  /// Appends the tokens of `text`, in order.
  void find(std::string_view text, std::vector<FoundToken>& out) const;

 private:
  struct Entry {
    std::string text;
    const AddedToken* token;
  };
  std::size_t next_candidate(std::string_view text, std::size_t at) const noexcept;
  const Entry* longest_at(std::string_view text, std::size_t at) const noexcept;

  std::vector<Entry> entries_;  // sorted by text
  std::array<bool, 256> first_bytes_{};
  std::optional<char> only_first_byte_;  // where all texts begin alike
};

/// Threads: immutable; const methods may run concurrently.
class AddedTokens {
 public:
  /// Reads the list `added_tokens`. A token that the model has keeps the model's id; others are
  /// numbered after the model's, in order. `normalizer` may be null.
  AddedTokens(const JsonField& list, const TokenModel& model, const Normalizer* normalizer);

  const TokenFinder& in_raw_text() const noexcept { return raw_; }
  const TokenFinder& in_normalized_text() const noexcept { return normalized_; }
  std::optional<std::uint32_t> id_of(std::string_view content) const;
  const AddedToken* by_id(std::uint32_t id) const;
  bool is_special(std::uint32_t id) const;
  /// How many of them the model does not have.
  std::size_t new_tokens() const noexcept { return new_tokens_; }

 private:
  std::uint32_t assign_id(const AddedToken& token, const TokenModel& model);

  std::vector<std::unique_ptr<AddedToken>> tokens_;
  std::unordered_map<std::string, std::uint32_t> ids_;
  std::unordered_map<std::uint32_t, const AddedToken*> by_id_;
  std::unordered_set<std::string> special_contents_;
  TokenFinder raw_;
  TokenFinder normalized_;
  std::uint32_t next_id_ = 0;
  std::size_t new_tokens_ = 0;
};

}  // namespace kindred::text
