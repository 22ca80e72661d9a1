// The fourth stage of a tokenizer: a pre-token to vocabulary ids. Tested by token_model_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace kindred::text {

/// A token of one pre-token: bytes [begin, end) of the (normalised) pre-token.
struct Token {
  std::uint32_t id;
  std::uint32_t begin;
  std::uint32_t end;
  bool operator==(const Token&) const = default;
};

/// WordPiece, BPE, Unigram or WordLevel, with the ids and positions of Hugging Face `tokenizers`.
///
/// Errors of the four tokenize functions: corrupt, where the text has something unknown and the
/// model has no unknown token.
///
/// Threads: immutable; const methods may run concurrently (caches are thread-local).
class TokenModel {
 public:
  virtual ~TokenModel() = default;
  /// Appends the tokens of `piece` (one pre-token, valid UTF-8, < 4 GiB; for byte-level BPE already
  /// mapped to its printable characters).
  virtual void tokenize(std::string_view piece, std::vector<Token>& out) const = 0;
  /// The fast path: as `tokenize` without positions.
  virtual void tokenize_ids(std::string_view piece, std::vector<std::uint32_t>& out) const = 0;

  /// True when the two functions below may be used instead of mapping a pre-token's bytes to the
  /// printable characters of byte-level BPE first (the `ByteLevel` pre-tokenizer).
  virtual bool accepts_raw_bytes() const { return false; }
  /// As `tokenize` of the mapped `bytes`, whose positions count the bytes as they are here.
  /// `bytes` may be any bytes. Errors: internal unless accepts_raw_bytes().
  virtual void tokenize_raw(std::string_view bytes, std::vector<Token>& out) const;
  virtual void tokenize_raw_ids(std::string_view bytes, std::vector<std::uint32_t>& out) const;

  /// Number of tokens. Ids may have holes and may then be larger.
  virtual std::size_t vocab_size() const = 0;
  virtual std::optional<std::uint32_t> token_to_id(std::string_view token) const = 0;
  /// The token as the file spells it; empty where there is none.
  virtual std::string_view id_to_token(std::uint32_t id) const = 0;
};

/// Builds the model from the text of the `model` object of a tokenizer.json; `origin` names the
/// file in messages. Errors: corrupt, unsupported.
std::unique_ptr<const TokenModel> make_token_model(std::string_view model_json,
                                                   const std::string& origin);
/// The same from a parsed object: several times slower and larger for big vocabularies.
std::unique_ptr<const TokenModel> make_token_model(const nlohmann::json& model,
                                                   const std::string& origin);

}  // namespace kindred::text
