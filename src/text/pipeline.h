// All stages of a tokenizer in a row, with offsets and, faster, without.
// Tested by tokenizer_test.cc.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kindred/tokenizer.h"
#include "text/added_tokens.h"
#include "text/normalizer.h"
#include "text/post_processor.h"
#include "text/pre_tokenizer.h"
#include "text/token_model.h"
#include "text/tokenizer_json.h"
#include "text/truncation.h"

namespace kindred::text {

/// Threads: immutable; const methods may run concurrently.
class Pipeline {
 public:
  /// `origin` names the file in messages. The file's `padding` is left unread, for Kindred never
  /// pads, and its `decoder`, for Kindred never decodes. Errors: corrupt, unsupported.
  Pipeline(TokenizerJson parts, const std::string& origin);

  /// One text or a pair. See Tokenizer::encode.
  Encoding encode(std::span<const std::string_view> texts, const TokenizeOptions& options) const;
  /// See Tokenizer::encode_packed.
  void encode_packed(std::span<const std::string_view> texts, const TokenizeOptions& options,
                     PackedIds& out) const;

  std::size_t vocab_size() const { return model_->vocab_size() + added_->new_tokens(); }
  std::optional<std::uint32_t> token_to_id(std::string_view token) const;
  std::string id_to_token(std::uint32_t id) const;
  const AddedTokens& added_tokens() const { return *added_; }
  const std::optional<Truncation>& truncation() const { return truncation_; }
  TruncationSide default_side() const { return side_; }
  /// How many tokens the template adds to one text, or to a pair.
  std::size_t template_tokens(bool pair) const;

 private:
  struct Scratch;
  // Ids that stand around the text's own, in the template for one text; kText: the text itself.
  static constexpr std::uint32_t kText = PlainPiece::kNoId;

  Truncation limit(const TokenizeOptions& options, bool pair) const;
  AlignedPieces aligned_pieces(std::string_view text) const;
  Segment segment(std::string_view text, std::uint32_t type_id) const;

  void plain_pieces(std::string_view text, Scratch& scratch) const;
  void plain_segment(std::string_view text, bool at_origin, Scratch& scratch) const;
  // Appends the ids of a text, without the template's; may stop when there are more than `enough`.
  void append_ids(std::string_view text, std::size_t enough, Scratch& scratch,
                  std::vector<std::uint32_t>& ids) const;
  std::vector<std::uint32_t> single_template(bool add_special_tokens) const;

  std::unique_ptr<const TokenModel> model_;
  std::unique_ptr<const Normalizer> normalizer_;         // may be null
  std::unique_ptr<const PreTokenizer> pre_tokenizer_;    // may be null
  std::unique_ptr<const PostProcessor> post_processor_;  // may be null
  std::unique_ptr<const AddedTokens> added_;
  std::optional<Truncation> truncation_;
  TruncationSide side_;
  std::vector<std::uint32_t> with_template_;     // ids and kText
  std::vector<std::uint32_t> without_template_;  // kText, as often as the template has it
};

}  // namespace kindred::text
