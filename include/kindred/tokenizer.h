// Text to token ids, exactly as Hugging Face `tokenizers` does it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kindred {

/// Half-open range in characters (Unicode code points) of the input text.
struct CharSpan {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  bool operator==(const CharSpan&) const = default;
};

/// One tokenised text. All vectors have the same length.
struct Encoding {
  std::vector<std::uint32_t> ids;
  std::vector<std::uint32_t> type_ids;
  std::vector<std::uint8_t> attention_mask;
  std::vector<std::uint8_t> special_tokens_mask;
  std::vector<CharSpan> offsets;  ///< (0, 0) for tokens that the template added
  bool truncated = false;         ///< tokens were dropped to fit `max_length`
};

/// A batch without padding: text b has ids[offsets[b] .. offsets[b+1]).
struct PackedIds {
  std::vector<std::uint32_t> ids;
  std::vector<std::uint32_t> offsets;   ///< B + 1 entries, the first 0
  std::vector<std::uint8_t> truncated;  ///< B entries, 1 where tokens were dropped
};

enum class TruncationSide { right, left };

struct TokenizeOptions {
  static constexpr std::size_t kNoTruncation = std::numeric_limits<std::size_t>::max();

  bool add_special_tokens = true;
  /// Longest result in tokens, template tokens included; unset: what the tokenizer's own file
  /// says (`truncation`), or no limit where it says nothing.
  std::optional<std::size_t> max_length;
  std::optional<TruncationSide> side;  ///< of `max_length`; unset: what the files say, or right
};

/// A tokenizer read from a model directory, a `tokenizer.json`, a `vocab.txt` (BERT) or a GGUF
/// file. In a directory (which may hold a GGUF file instead) the files beside tokenizer.json count
/// as they do for AutoTokenizer of transformers 5 (tokenizer_config.json, special_tokens_map.json,
/// added_tokens.json, the model's type, sentence-transformers' do_lower_case); a tokenizer.json by
/// itself is taken as it is, as by `tokenizers`. Input that is not valid UTF-8 is read with each
/// maximal ill-formed sequence replaced by U+FFFD, and offsets count characters of that reading.
///
/// Threads: immutable after `open`; every const method may run concurrently.
class Tokenizer {
 public:
  /// Reads a tokenizer. Errors: not_found, corrupt, unsupported (a component that Kindred does not
  /// have, named in the message).
  static Tokenizer open(const std::string& path);
  /// Reads the text of a `tokenizer.json`; `origin` names it in messages.
  static Tokenizer from_json(std::string_view json, const std::string& origin);

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  Encoding encode(std::string_view text, const TokenizeOptions& options = {}) const;
  Encoding encode_pair(std::string_view first, std::string_view second,
                       const TokenizeOptions& options = {}) const;

  /// Ids only, the fast path: no offsets are computed. `out` is overwritten and its capacity kept.
  void encode_packed(std::span<const std::string_view> texts, const TokenizeOptions& options,
                     PackedIds& out) const;

  std::size_t vocab_size() const;  ///< with added tokens
  std::optional<std::uint32_t> token_to_id(std::string_view token) const;
  /// The token's text in the vocabulary's own spelling ("##ing", "▁the", "Ġa"); empty if unknown.
  std::string id_to_token(std::uint32_t id) const;
  /// True for added tokens marked special ([CLS], </s>, <|endoftext|> …).
  bool is_special(std::uint32_t id) const;
  /// The number of tokens that the template adds to a single text.
  std::size_t added_token_count() const;
  /// The side that is cut where TokenizeOptions::side is unset.
  TruncationSide default_side() const;
  /// `truncation.max_length` of the file, if it has one.
  std::optional<std::size_t> default_max_length() const;

  struct Impl;
  explicit Tokenizer(std::unique_ptr<const Impl> impl);  ///< the library's own

 private:
  std::unique_ptr<const Impl> impl_;
};

}  // namespace kindred
