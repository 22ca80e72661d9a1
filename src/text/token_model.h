// The fourth stage of a tokenizer: a pre-token to vocabulary ids.
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
};

/// WordPiece, BPE, Unigram or WordLevel. Threads: immutable; const methods may run concurrently
/// (caches are thread-local).
class TokenModel {
 public:
  virtual ~TokenModel() = default;
  /// Appends the tokens of `piece` (one pre-token, valid UTF-8; for byte-level BPE already mapped to
  /// its printable characters).
  virtual void tokenize(std::string_view piece, std::vector<Token>& out) const = 0;
  /// The fast path: as `tokenize` without positions.
  virtual void tokenize_ids(std::string_view piece, std::vector<std::uint32_t>& out) const = 0;
  virtual std::size_t vocab_size() const = 0;
  virtual std::optional<std::uint32_t> token_to_id(std::string_view token) const = 0;
  virtual std::string_view id_to_token(std::uint32_t id) const = 0;
};

/// Builds the model from the `model` object of a tokenizer.json. Errors: corrupt, unsupported.
std::unique_ptr<const TokenModel> make_token_model(const nlohmann::json& model, const std::string& origin);

}  // namespace kindred::text
