#include "text/post_processor.h"

#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "text/code_points.h"
#include "text/unicode.h"

namespace kindred::text {
namespace {

Segment special_segment(const std::vector<std::uint32_t>& ids, std::uint32_t type_id) {
  Segment segment;
  segment.encoding.ids = ids;
  segment.encoding.type_ids.assign(ids.size(), type_id);
  segment.encoding.attention_mask.assign(ids.size(), 1);
  segment.encoding.special_tokens_mask.assign(ids.size(), 1);
  segment.encoding.offsets.assign(ids.size(), {});
  segment.token_texts.resize(ids.size());
  return segment;
}

void set_type(Segment& segment, std::uint32_t type_id) {
  std::fill(segment.encoding.type_ids.begin(), segment.encoding.type_ids.end(), type_id);
}

// White space at the ends of a token, in characters. U+0120 is byte-level BPE's space.
bool is_space(char32_t c) {
  return c == 0x120 || Unicode::get().is(c, kWhite);
}

std::uint32_t leading_spaces(std::string_view token) {
  std::uint32_t count = 0;
  for (std::size_t at = 0; at < token.size(); ++count) {
    const CodePoint c = decode(token, at);
    if (!is_space(c.value)) break;
    at += c.bytes;
  }
  return count;
}

std::uint32_t trailing_spaces(std::string_view token) {
  std::uint32_t count = 0;
  for (std::size_t end = token.size(); end > 0; ++count) {
    const CodePoint c = decode_before(token, end);
    if (!is_space(c.value)) break;
    end -= c.bytes;
  }
  return count;
}

void trim_offsets(Segment& segment, bool add_prefix_space) {
  for (std::size_t i = 0; i < segment.encoding.offsets.size(); ++i) {
    CharSpan& span = segment.encoding.offsets[i];
    std::uint32_t leading = leading_spaces(segment.token_texts[i]);
    const std::uint32_t trailing = trailing_spaces(segment.token_texts[i]);
    // A single space at the beginning may be the one that was put there.
    if ((i == 0 || span.begin == 0) && add_prefix_space && leading == 1) leading = 0;
    if (leading > 0) span.begin = std::min(span.begin + leading, span.end);
    if (trailing > 0 && span.end >= trailing) span.end = std::max(span.end - trailing, span.begin);
  }
}

class ByteLevelProcessor final : public PostProcessor {
 public:
  ByteLevelProcessor(bool trim, bool add_prefix_space)
      : trim_(trim), add_prefix_space_(add_prefix_space) {}
  std::size_t added_tokens(bool) const override { return 0; }
  void process(std::vector<Segment>& segments, bool) const override {
    if (!trim_) return;
    for (Segment& segment : segments) trim_offsets(segment, add_prefix_space_);
  }
  bool needs_token_texts() const override { return trim_; }

 private:
  bool trim_;
  bool add_prefix_space_;
};

struct Brackets {
  std::uint32_t cls;
  std::uint32_t sep;
};

void append_segment(std::vector<Segment>& out, Segment segment) {
  std::fill(segment.encoding.special_tokens_mask.begin(),
            segment.encoding.special_tokens_mask.end(), std::uint8_t{0});
  out.push_back(std::move(segment));
}

// [CLS] A [SEP] B [SEP]
class BertProcessor final : public PostProcessor {
 public:
  explicit BertProcessor(Brackets brackets) : brackets_(brackets) {}
  std::size_t added_tokens(bool pair) const override { return pair ? 3 : 2; }
  void process(std::vector<Segment>& segments, bool add_special_tokens) const override {
    if (!add_special_tokens) return;
    std::vector<Segment> out;
    for (std::size_t i = 0; i < segments.size(); ++i) {
      if (i == 0) out.push_back(special_segment({brackets_.cls}, 0));
      append_segment(out, std::move(segments[i]));
      out.push_back(special_segment({brackets_.sep}, i == 0 ? 0 : 1));
    }
    segments = std::move(out);
  }

 private:
  Brackets brackets_;
};

// <s> A </s> </s> B </s>
class RobertaProcessor final : public PostProcessor {
 public:
  RobertaProcessor(Brackets brackets, bool trim, bool add_prefix_space)
      : brackets_(brackets), trim_(trim), add_prefix_space_(add_prefix_space) {}
  std::size_t added_tokens(bool pair) const override { return pair ? 4 : 2; }
  void process(std::vector<Segment>& segments, bool add_special_tokens) const override {
    for (Segment& segment : segments) {
      if (trim_) trim_offsets(segment, add_prefix_space_);
      set_type(segment, 0);
    }
    if (!add_special_tokens) return;
    std::vector<Segment> out;
    for (std::size_t i = 0; i < segments.size(); ++i) {
      out.push_back(special_segment({i == 0 ? brackets_.cls : brackets_.sep}, 0));
      append_segment(out, std::move(segments[i]));
      out.push_back(special_segment({brackets_.sep}, 0));
    }
    segments = std::move(out);
  }
  bool needs_token_texts() const override { return trim_; }

 private:
  Brackets brackets_;
  bool trim_;
  bool add_prefix_space_;
};

struct TemplatePiece {
  std::size_t sequence;  // 0 or 1; kSpecial: the ids
  std::vector<std::uint32_t> ids;
  std::uint32_t type_id;
  static constexpr std::size_t kSpecial = 2;
};
using Template = std::vector<TemplatePiece>;

class TemplateProcessor final : public PostProcessor {
 public:
  TemplateProcessor(Template single, Template pair, std::string place)
      : single_(std::move(single)), pair_(std::move(pair)), place_(std::move(place)) {}
  std::size_t added_tokens(bool pair) const override {
    std::size_t count = 0;
    for (const TemplatePiece& piece : pair ? pair_ : single_) count += piece.ids.size();
    return count;
  }
  void process(std::vector<Segment>& segments, bool add_special_tokens) const override {
    if (segments.empty() || segments.size() > 2) {
      fail(ErrorKind::unsupported,
           "{}: a template after a component that adds tokens is not supported", place_);
    }
    std::vector<Segment> out;
    for (const TemplatePiece& piece : segments.size() == 2 ? pair_ : single_) {
      if (piece.sequence != TemplatePiece::kSpecial) {
        out.push_back(segments[piece.sequence]);
        set_type(out.back(), piece.type_id);
      } else if (add_special_tokens) {
        out.push_back(special_segment(piece.ids, piece.type_id));
      }
    }
    segments = std::move(out);
  }

 private:
  Template single_;
  Template pair_;
  std::string place_;
};

class SequenceProcessor final : public PostProcessor {
 public:
  explicit SequenceProcessor(std::vector<std::unique_ptr<const PostProcessor>> parts)
      : parts_(std::move(parts)) {}
  std::size_t added_tokens(bool pair) const override {
    std::size_t count = 0;
    for (const auto& part : parts_) count += part->added_tokens(pair);
    return count;
  }
  void process(std::vector<Segment>& segments, bool add_special_tokens) const override {
    for (const auto& part : parts_) part->process(segments, add_special_tokens);
  }
  bool needs_token_texts() const override {
    return std::any_of(parts_.begin(), parts_.end(),
                       [](const auto& part) { return part->needs_token_texts(); });
  }

 private:
  std::vector<std::unique_ptr<const PostProcessor>> parts_;
};

Brackets read_brackets(const JsonField& field) {
  const auto id = [](const JsonField& pair) {
    pair.at(0).string();
    return pair.at(1).id();
  };
  return {id(field.at("cls")), id(field.at("sep"))};
}

using SpecialTokens = std::unordered_map<std::string, std::vector<std::uint32_t>>;

SpecialTokens read_special_tokens(const JsonField& field) {
  SpecialTokens tokens;
  if (!field.value().is_object()) field.corrupt("not an object");
  for (const auto& [name, value] : field.value().items()) {
    const JsonField ids = field.at(name).at("ids");
    std::vector<std::uint32_t>& list = tokens[name];
    for (std::size_t i = 0; i < ids.size(); ++i) list.push_back(ids.at(i).id());
  }
  return tokens;
}

Template read_template(const JsonField& field, const SpecialTokens& tokens, bool pair) {
  Template pieces;
  for (std::size_t i = 0; i < field.size(); ++i) {
    const JsonField item = field.at(i);
    if (item.has("Sequence")) {
      const JsonField sequence = item.at("Sequence");
      const std::string id = sequence.string("id");
      if (id != "A" && (id != "B" || !pair))
        sequence.corrupt(fmt::format("no sequence '{}' here", id));
      pieces.push_back({id == "A" ? std::size_t{0} : 1, {}, sequence.at("type_id").id()});
    } else if (item.has("SpecialToken")) {
      const JsonField special = item.at("SpecialToken");
      const std::string id = special.string("id");
      const auto found = tokens.find(id);
      if (found == tokens.end())
        special.corrupt(fmt::format("'{}' is not among the special_tokens", id));
      pieces.push_back({TemplatePiece::kSpecial, found->second, special.at("type_id").id()});
    } else {
      item.unsupported("a template piece other than Sequence and SpecialToken");
    }
  }
  return pieces;
}

std::unique_ptr<const PostProcessor> make_template(const JsonField& field) {
  const SpecialTokens tokens = read_special_tokens(field.at("special_tokens"));
  return std::make_unique<TemplateProcessor>(read_template(field.at("single"), tokens, false),
                                             read_template(field.at("pair"), tokens, true),
                                             field.place());
}

std::unique_ptr<const PostProcessor> make_sequence(const JsonField& field) {
  std::vector<std::unique_ptr<const PostProcessor>> parts;
  const JsonField list = field.at("processors");
  for (std::size_t i = 0; i < list.size(); ++i) parts.push_back(make_post_processor(list.at(i)));
  return std::make_unique<SequenceProcessor>(std::move(parts));
}

}  // namespace

std::unique_ptr<const PostProcessor> make_post_processor(const JsonField& field) {
  const std::string type = field.type();
  if (type == "TemplateProcessing") return make_template(field);
  if (type == "BertProcessing") return std::make_unique<BertProcessor>(read_brackets(field));
  if (type == "RobertaProcessing") {
    return std::make_unique<RobertaProcessor>(read_brackets(field), field.boolean("trim_offsets"),
                                              field.boolean("add_prefix_space"));
  }
  if (type == "ByteLevel") {
    return std::make_unique<ByteLevelProcessor>(field.boolean("trim_offsets"),
                                                field.boolean("add_prefix_space"));
  }
  if (type == "Sequence") return make_sequence(field);
  field.unsupported(fmt::format("the post-processor '{}'", type));
}

}  // namespace kindred::text
