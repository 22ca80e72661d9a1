// Tokens that are found in the text itself, before any other stage. Tested by added_tokens_test.cc.
#pragma once

#include <array>
#include <cstdint>
#include <map>
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
  /// Call once, after all. Of two tokens with one text the lower id wins (the reference takes
  /// either, from run to run).
  void finish();
  bool empty() const noexcept { return entries_.empty() && between_ == nullptr; }
  /// Appends the tokens of `text`, in order. One with begin == end is no token, but parts the text.
  void find(std::string_view text, std::vector<FoundToken>& out) const;

 private:
  struct Entry {
    std::string text;
    const AddedToken* token;
  };
  std::size_t next_candidate(std::string_view text, std::size_t at) const noexcept;
  const Entry* longest_at(std::string_view text, std::size_t at) const noexcept;

  std::vector<Entry> entries_;           // sorted by text, which is not empty
  const AddedToken* between_ = nullptr;  // the token of which normalisation left nothing: it is
                                         // found before every character that no other begins at
  std::array<bool, 256> first_bytes_{};
  std::optional<char> only_first_byte_;  // where all texts begin alike
};

/// The ids of added tokens: one that the model has keeps the model's id; others are numbered after
/// the model's, in the order of `add`. A second batch goes on behind the highest id of the first.
class TokenNumbers {
 public:
  explicit TokenNumbers(const TokenModel& model)
      : model_(model), next_(static_cast<std::uint32_t>(model.vocab_size())) {}
  std::uint32_t add(const std::string& content);
  void next_batch();
  std::optional<std::uint32_t> find(std::string_view content) const;
  std::size_t new_tokens() const noexcept { return new_tokens_; }  ///< that the model does not have

 private:
  const TokenModel& model_;
  std::unordered_map<std::string, std::uint32_t> ids_;
  std::uint32_t next_;
  std::uint32_t highest_ = 0;
  std::size_t new_tokens_ = 0;
};

/// Threads: immutable; const methods may run concurrently.
class AddedTokens {
 public:
  /// Reads the list `added_tokens`, numbered as TokenNumbers says. `normalizer` may be null.
  /// `split_special_tokens`: special tokens are not sought.
  AddedTokens(const JsonField& list, const TokenModel& model, const Normalizer* normalizer,
              bool split_special_tokens = false, std::size_t first_batch = SIZE_MAX);

  const TokenFinder& in_raw_text() const noexcept { return raw_; }
  const TokenFinder& in_normalized_text() const noexcept { return normalized_; }
  std::optional<std::uint32_t> id_of(std::string_view content) const {
    return numbers_.find(content);
  }
  const AddedToken* by_id(std::uint32_t id) const;
  bool is_special(std::uint32_t id) const;
  /// How many of them the model does not have.
  std::size_t new_tokens() const noexcept { return numbers_.new_tokens(); }

 private:
  std::vector<std::unique_ptr<AddedToken>> tokens_;
  TokenNumbers numbers_;
  std::map<std::uint32_t, const AddedToken*> by_id_;
  std::unordered_set<std::string> special_contents_;
  TokenFinder raw_;
  TokenFinder normalized_;
};

}  // namespace kindred::text
