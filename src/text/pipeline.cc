#include "text/pipeline.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "text/code_points.h"

namespace kindred::text {
namespace {

constexpr std::size_t kKeptScratchBytes = std::size_t{1} << 22;

// The text itself, or its repaired copy in `repaired`.
std::string_view valid_text(std::string_view text, std::string& repaired) {
  if (text.size() >= std::numeric_limits<std::uint32_t>::max() / 4) {
    fail(ErrorKind::bad_input, "a text of {} bytes is too long to tokenise; split it", text.size());
  }
  if (valid_prefix(text) == text.size()) return text;
  repaired.clear();
  append_repaired(text, repaired);
  return repaired;
}

// Byte offsets to character offsets of the same text.
class CharacterOffsets {
 public:
  explicit CharacterOffsets(std::string_view text) : index_(text.size()) {
    for (std::size_t at = 0; at < text.size();) {
      const std::uint32_t bytes = decode(text, at).bytes;
      std::fill_n(index_.begin() + static_cast<std::ptrdiff_t>(at), bytes, count_);
      at += bytes;
      ++count_;
    }
  }
  CharSpan operator()(ByteSpan span) const {
    if (span.begin >= index_.size()) return {span.begin, span.end};  // so do `tokenizers`
    return {index_[span.begin], span.end < index_.size() ? index_[span.end] : count_};
  }

 private:
  std::vector<std::uint32_t> index_;
  std::uint32_t count_ = 0;
};

template <typename T>
void append_all(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

void append_encoding(Encoding& to, const Encoding& from) {
  append_all(to.ids, from.ids);
  append_all(to.type_ids, from.type_ids);
  append_all(to.attention_mask, from.attention_mask);
  append_all(to.special_tokens_mask, from.special_tokens_mask);
  append_all(to.offsets, from.offsets);
}

JsonField optional_field(const nlohmann::json& json, const char* key, const std::string& origin) {
  static const nlohmann::json null;
  const auto found = json.find(key);
  return {found == json.end() ? null : *found, fmt::format("{}: {}", origin, key)};
}

}  // namespace

struct Pipeline::Scratch {
  std::vector<std::uint32_t> ids;
  std::string repaired;
  PlainText text;
  PlainPieces pieces;
  std::vector<FoundToken> found;
  std::vector<FoundToken> found_in_normalized;
};

Pipeline::Pipeline(TokenizerJson parts, const std::string& origin)
    : model_(std::move(parts.model)), side_(parts.side) {
  const nlohmann::json& json = parts.rest;
  const JsonField version = optional_field(json, "version", origin);
  if (!version.is_null() && version.string() != "1.0")
    version.unsupported(fmt::format("version '{}'", version.string()));
  const JsonField normalizer = optional_field(json, "normalizer", origin);
  if (!normalizer.is_null()) normalizer_ = make_normalizer(normalizer);
  const JsonField pre_tokenizer = optional_field(json, "pre_tokenizer", origin);
  if (!pre_tokenizer.is_null()) pre_tokenizer_ = make_pre_tokenizer(pre_tokenizer);
  const JsonField post_processor = optional_field(json, "post_processor", origin);
  if (!post_processor.is_null()) post_processor_ = make_post_processor(post_processor);
  truncation_ = read_truncation(optional_field(json, "truncation", origin));
  added_ = std::make_unique<AddedTokens>(optional_field(json, "added_tokens", origin), *model_,
                                         normalizer_.get(), parts.split_special_tokens,
                                         parts.first_batch);
  with_template_ = single_template(true);
  without_template_ = single_template(false);
}

std::size_t Pipeline::template_tokens(bool pair) const {
  return post_processor_ ? post_processor_->added_tokens(pair) : 0;
}

std::vector<std::uint32_t> Pipeline::single_template(bool add_special_tokens) const {
  std::vector<Segment> segments(1);
  Encoding& encoding = segments[0].encoding;
  encoding.ids = {kText};
  encoding.type_ids = {0};
  encoding.attention_mask = {1};
  encoding.special_tokens_mask = {0};
  encoding.offsets.resize(1);
  segments[0].token_texts.resize(1);
  if (post_processor_) post_processor_->process(segments, add_special_tokens);
  std::vector<std::uint32_t> ids;
  for (const Segment& segment : segments) append_all(ids, segment.encoding.ids);
  return ids;
}

std::optional<std::uint32_t> Pipeline::token_to_id(std::string_view token) const {
  if (const auto id = added_->id_of(token)) return id;
  return model_->token_to_id(token);
}

std::string Pipeline::id_to_token(std::uint32_t id) const {
  if (const AddedToken* token = added_->by_id(id)) return token->content;
  return std::string(model_->id_to_token(id));
}

// What may be left of the text, or texts, before the template's tokens are added.
Truncation Pipeline::limit(const TokenizeOptions& options, bool pair) const {
  Truncation limit = truncation_.value_or(Truncation{});
  if (options.max_length) {
    limit.max_length = *options.max_length;
    limit.side = options.side.value_or(side_);
    if (!pair) limit.strategy = TruncationStrategy::longest_first;
  }
  if (limit.max_length == TokenizeOptions::kNoTruncation || !options.add_special_tokens)
    return limit;
  const std::size_t added = template_tokens(pair);
  if (limit.max_length < added) {
    fail(ErrorKind::bad_input,
         "max_length is {}, but the template alone adds {} tokens; give a greater max_length",
         limit.max_length, added);
  }
  limit.max_length -= added;
  return limit;
}

// --- With offsets ---------------------------------------------------------------------------

AlignedPieces Pipeline::aligned_pieces(std::string_view text) const {
  AlignedPieces pieces;
  if (text.empty()) return pieces;
  const auto split = [](const AlignedText& from, const TokenFinder& finder, AlignedPieces& out) {
    std::vector<FoundToken> found;
    finder.find(from.text(), found);
    std::uint32_t last = 0;
    for (const FoundToken& token : found) {
      if (last < token.begin) out.push_back({from.slice(last, token.begin), std::nullopt});
      if (token.begin < token.end) out.push_back({from.slice(token.begin, token.end), token.id});
      last = token.end;
    }
    if (last < from.text().size()) out.push_back({from.slice(last, from.text().size()), {}});
  };
  AlignedPieces raw;
  split(AlignedText(text), added_->in_raw_text(), raw);
  for (AlignedPiece& piece : raw) {
    if (piece.id) {
      pieces.push_back(std::move(piece));
      continue;
    }
    if (normalizer_) normalizer_->apply(piece.text);
    split(piece.text, added_->in_normalized_text(), pieces);
  }
  if (pre_tokenizer_) pre_tokenizer_->apply(pieces);
  return pieces;
}

Segment Pipeline::segment(std::string_view text, std::uint32_t type_id) const {
  std::string repaired;
  text = valid_text(text, repaired);
  const CharacterOffsets characters(text);
  const bool with_texts = post_processor_ && post_processor_->needs_token_texts();
  Segment result;
  Encoding& encoding = result.encoding;
  std::vector<Token> tokens;
  for (const AlignedPiece& piece : aligned_pieces(text)) {
    const std::string_view piece_text = piece.text.text();
    tokens.clear();
    if (piece.id) {
      tokens.push_back({*piece.id, 0, static_cast<std::uint32_t>(piece_text.size())});
    } else {
      model_->tokenize(piece_text, tokens);
    }
    for (const Token& token : tokens) {
      const std::uint32_t begin = piece.text.original_begin();
      encoding.ids.push_back(token.id);
      encoding.offsets.push_back(
          characters(token.begin < token.end ? piece.text.original(token.begin, token.end)
                                             : ByteSpan{begin + token.begin, begin + token.end}));
      if (with_texts)
        result.token_texts.emplace_back(piece.id ? piece_text : model_->id_to_token(token.id));
    }
  }
  encoding.type_ids.assign(encoding.ids.size(), type_id);
  encoding.attention_mask.assign(encoding.ids.size(), 1);
  encoding.special_tokens_mask.assign(encoding.ids.size(), 0);
  return result;
}

Encoding Pipeline::encode(std::span<const std::string_view> texts,
                          const TokenizeOptions& options) const {
  std::vector<Segment> segments;
  for (std::size_t i = 0; i < texts.size(); ++i)
    segments.push_back(segment(texts[i], static_cast<std::uint32_t>(i)));
  const bool truncated = truncate(segments, limit(options, texts.size() == 2));
  if (post_processor_) post_processor_->process(segments, options.add_special_tokens);
  Encoding encoding;
  for (const Segment& part : segments) append_encoding(encoding, part.encoding);
  encoding.truncated = truncated;
  return encoding;
}

// --- Without offsets ------------------------------------------------------------------------

void Pipeline::plain_segment(std::string_view text, bool at_origin, Scratch& scratch) const {
  PlainPieces& pieces = scratch.pieces;
  if (normalizer_) {
    scratch.text.assign(text);
    normalizer_->apply(scratch.text);
    text = scratch.text.text();
    if (!scratch.text.exact()) pieces.exact = false;
    at_origin = at_origin && normalizer_->keeps_beginning();
  }
  if (!at_origin) pieces.begins_at_origin = false;
  const auto base = static_cast<std::uint32_t>(pieces.text.size());
  pieces.text.append(text);
  scratch.found_in_normalized.clear();
  added_->in_normalized_text().find(text, scratch.found_in_normalized);
  std::uint32_t last = 0;
  for (const FoundToken& token : scratch.found_in_normalized) {
    if (last < token.begin) pieces.pieces.push_back({base + last, base + token.begin});
    if (token.begin < token.end)
      pieces.pieces.push_back({base + token.begin, base + token.end, token.id});
    last = token.end;
  }
  const auto size = static_cast<std::uint32_t>(text.size());
  if (last < size) pieces.pieces.push_back({base + last, base + size});
}

void Pipeline::plain_pieces(std::string_view text, Scratch& scratch) const {
  PlainPieces& pieces = scratch.pieces;
  pieces.reset();
  pieces.may_be_raw = model_->accepts_raw_bytes();
  scratch.found.clear();
  added_->in_raw_text().find(text, scratch.found);
  std::uint32_t last = 0;
  for (const FoundToken& token : scratch.found) {
    if (last < token.begin)
      plain_segment(text.substr(last, token.begin - last), last == 0, scratch);
    const auto here = static_cast<std::uint32_t>(pieces.text.size());
    if (token.begin < token.end) pieces.pieces.push_back({here, here, token.id});
    last = token.end;
  }
  if (last < text.size()) plain_segment(text.substr(last), last == 0, scratch);
  if (pre_tokenizer_) pre_tokenizer_->apply(pieces);
}

void Pipeline::append_ids(std::string_view text, std::size_t enough, Scratch& scratch,
                          std::vector<std::uint32_t>& ids) const {
  text = valid_text(text, scratch.repaired);
  plain_pieces(text, scratch);
  if (!scratch.pieces.exact) {
    append_all(ids, segment(text, 0).encoding.ids);
    return;
  }
  const std::size_t begin = ids.size();
  const bool raw = scratch.pieces.raw;
  for (const PlainPiece& piece : scratch.pieces.pieces) {
    if (piece.id != PlainPiece::kNoId) {
      ids.push_back(piece.id);
    } else if (raw) {
      model_->tokenize_raw_ids(scratch.pieces.view(piece), ids);
    } else {
      model_->tokenize_ids(scratch.pieces.view(piece), ids);
    }
    if (ids.size() - begin > enough) break;
  }
}

void Pipeline::encode_packed(std::span<const std::string_view> texts,
                             const TokenizeOptions& options, PackedIds& out) const {
  thread_local Scratch scratch;
  std::vector<std::uint32_t>& ids = scratch.ids;
  const Truncation limit = this->limit(options, /*pair=*/false);
  if (limit.strategy == TruncationStrategy::only_second) {
    fail(ErrorKind::bad_input,
         "the tokenizer truncates only the second text of a pair; give a max_length");
  }
  const bool from_right = limit.side == TruncationSide::right;
  const std::vector<std::uint32_t>& around =
      options.add_special_tokens ? with_template_ : without_template_;
  out.ids.clear();
  out.offsets.assign(1, 0);
  out.truncated.clear();
  for (std::string_view text : texts) {
    ids.clear();
    append_ids(text, from_right ? limit.max_length : TokenizeOptions::kNoTruncation, scratch, ids);
    const std::size_t kept = std::min(ids.size(), limit.max_length);
    const auto first = from_right ? ids.begin() : ids.end() - static_cast<std::ptrdiff_t>(kept);
    for (std::uint32_t id : around) {
      if (id == kText) {
        out.ids.insert(out.ids.end(), first, first + static_cast<std::ptrdiff_t>(kept));
      } else {
        out.ids.push_back(id);
      }
    }
    if (out.ids.size() > std::numeric_limits<std::uint32_t>::max())
      fail(ErrorKind::exhausted, "a batch of more than 2^32 tokens; give fewer texts at once");
    out.offsets.push_back(static_cast<std::uint32_t>(out.ids.size()));
    out.truncated.push_back(kept < ids.size());
  }
  // A thread keeps its buffers for the next batch, but not those that a giant text needed.
  if (scratch.pieces.text.capacity() > kKeptScratchBytes) scratch = Scratch{};
}

}  // namespace kindred::text
