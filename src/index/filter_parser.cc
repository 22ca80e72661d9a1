// Filter expressions to and from text.
#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "index/filter.h"
#include "index/filter_number.h"
#include "index/filter_tokens.h"

namespace kindred::index {
namespace {

/// Recursive descent, one function a rule of the grammar, one token ahead.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {
    if (text.size() > kMaxFilterBytes) {
      fail(ErrorKind::bad_input, "a filter of {} bytes; at most {} are allowed", text.size(),
           kMaxFilterBytes);
    }
    advance();
  }

  Filter parse() {
    Filter filter = any_of();
    if (token_.kind != FilterTokenKind::end) {
      const bool two_words = token_.kind != FilterTokenKind::sign || token_.text == ">";
      expected(two_words ? "AND, OR or the end (a value with spaces or signs needs quotes)"
                         : "AND, OR or the end");
    }
    return filter;
  }

 private:
  /// One level of nesting, refused beyond the limit.
  struct Level {
    explicit Level(Parser& parser) : depth(parser.depth_) {
      if (++depth > kMaxFilterDepth) {
        fail_in_filter(parser.text_, parser.token_.offset,
                       fmt::format("nested more than {} deep", kMaxFilterDepth));
      }
    }
    ~Level() { --depth; }
    int& depth;
  };

  void advance() { token_ = next_filter_token(text_, behind_, behind_); }
  FilterToken take() {
    FilterToken token = std::move(token_);
    advance();
    return token;
  }
  [[noreturn]] void expected(std::string_view what) const {
    fail_in_filter(text_, token_.offset,
                   fmt::format("expected {}, found {}", what, token_.shown()));
  }
  bool skip_sign(std::string_view sign) {
    if (!token_.is_sign(sign)) return false;
    advance();
    return true;
  }
  bool skip_keyword(std::string_view keyword) {
    if (!token_.is_keyword(keyword)) return false;
    advance();
    return true;
  }

  /// operand (KEYWORD operand)*
  template <typename Operand>
  Filter joined(Filter::Kind kind, std::string_view keyword, const Operand& operand) {
    Filter first = operand();
    if (!token_.is_keyword(keyword)) return first;
    Filter filter{.kind = kind};
    filter.children.push_back(std::move(first));
    while (skip_keyword(keyword)) filter.children.push_back(operand());
    return filter;
  }
  Filter any_of() {
    return joined(Filter::Kind::any_of, "OR", [this] { return all_of(); });
  }
  Filter all_of() {
    return joined(Filter::Kind::all_of, "AND", [this] { return negation(); });
  }

  Filter negation() {
    const Level level(*this);
    if (skip_keyword("NOT")) return none_of(negation());
    if (skip_sign("(")) {
      Filter filter = any_of();
      if (!skip_sign(")")) expected("')'");
      return filter;
    }
    return test();
  }
  static Filter none_of(Filter child) {
    Filter filter{.kind = Filter::Kind::none_of};
    filter.children.push_back(std::move(child));
    return filter;
  }

  Filter test() {
    const bool is_name = token_.kind == FilterTokenKind::quoted ||
                         (token_.kind == FilterTokenKind::word && !token_.is_any_keyword());
    if (!is_name || token_.text.empty()) expected("a field, NOT or '('");
    Filter filter{.kind = Filter::Kind::values, .field = take().text};
    if (skip_sign("=")) {
      filter.values.push_back(value("a value after '='"));
    } else if (skip_sign("!=")) {
      filter.values.push_back(value("a value after '!='"));
      return none_of(std::move(filter));
    } else if (skip_keyword("IN")) {
      filter.values = list();
    } else if (skip_keyword("NOT")) {
      if (!skip_keyword("IN")) expected("IN after the field's NOT");
      filter.values = list();
      return none_of(std::move(filter));
    } else if (skip_keyword("EXISTS")) {
      filter.kind = Filter::Kind::present;
    } else {
      filter.kind = Filter::Kind::range;
      filter.range = range();
    }
    return filter;
  }

  std::string value(std::string_view what) {
    const bool is_value = token_.kind == FilterTokenKind::quoted ||
                          (token_.kind == FilterTokenKind::word && !token_.is_any_keyword());
    if (!is_value) expected(what);
    return take().text;
  }

  std::vector<std::string> list() {
    if (!skip_sign("(")) expected("'(' and values after IN");
    std::vector<std::string> values;
    do {
      values.push_back(value("a value"));
    } while (skip_sign(","));
    if (!skip_sign(")")) expected("',' or ')'");
    return values;
  }

  NumberRange range() {
    NumberRange range;
    const FilterToken sign = token_;
    if (skip_sign("<") || skip_sign("<=")) {
      range.high = number(sign.text);
      range.below_high = sign.text == "<";
    } else if (skip_sign(">") || skip_sign(">=")) {
      range.low = number(sign.text);
      range.above_low = sign.text == ">";
    } else if (sign.kind == FilterTokenKind::word && sign.text.find("..") != std::string::npos) {
      advance();
      return span(sign);
    } else {
      expected("=, !=, <, <=, >, >=, IN, NOT IN, EXISTS or LOW..HIGH after the field");
    }
    return range;
  }

  double number(std::string_view sign) {
    const auto value =
        token_.kind == FilterTokenKind::word ? parse_number(token_.text) : std::nullopt;
    if (!value) expected(fmt::format("a number after '{}'", sign));
    advance();
    return *value;
  }

  NumberRange span(const FilterToken& token) const {
    const std::string_view word = token.text;
    const std::size_t dots = word.find("..");
    const std::string_view ends[] = {word.substr(0, dots), word.substr(dots + 2)};
    NumberRange range;
    double* const bounds[] = {&range.low, &range.high};
    bool good = word.size() > 2;
    for (std::size_t i = 0; i < 2; ++i) {
      if (ends[i].empty()) continue;
      const auto value = parse_number(ends[i]);
      good = good && value.has_value();
      *bounds[i] = value.value_or(0.0);
    }
    if (!good) {
      fail_in_filter(text_, token.offset,
                     fmt::format("expected numbers around '..', found '{}'", word));
    }
    if (range.low > range.high) {
      fail_in_filter(text_, token.offset,
                     fmt::format("{} has no number in it; write the lower bound first", word));
    }
    return range;
  }

  std::string_view text_;
  std::size_t behind_ = 0;
  FilterToken token_;
  int depth_ = 0;
};

std::string range_text(const Filter& filter) {
  const NumberRange& range = filter.range;
  const std::string name = filter_word(filter.field);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const bool has_low = range.low != -kInfinity;
  const bool has_high = range.high != kInfinity;
  if (has_low && has_high && !range.above_low && !range.below_high) {
    return fmt::format("{} {}..{}", name, range.low, range.high);
  }
  const std::string low = fmt::format("{} {} {}", name, range.above_low ? ">" : ">=", range.low);
  const std::string high = fmt::format("{} {} {}", name, range.below_high ? "<" : "<=", range.high);
  if (has_low && has_high) return fmt::format("({} AND {})", low, high);
  return has_low ? low : high;
}

std::string values_text(const Filter& filter) {
  const std::string name = filter_word(filter.field);
  if (filter.values.size() == 1) return name + " = " + filter_word(filter.values[0]);
  std::string list;
  for (const std::string& value : filter.values) {
    list += (list.empty() ? "" : ", ") + filter_word(value);
  }
  return name + " IN (" + list + ")";
}

std::string joined_text(const Filter& filter, std::string_view between) {
  std::string text;
  for (const Filter& child : filter.children) {
    const bool is_joined = child.kind == Filter::Kind::all_of || child.kind == Filter::Kind::any_of;
    if (!text.empty()) text += between;
    text += is_joined ? "(" + to_string(child) + ")" : to_string(child);
  }
  return text;
}

}  // namespace

Filter parse_filter(std::string_view text) {
  return Parser(text).parse();
}

std::string to_string(const Filter& filter) {
  switch (filter.kind) {
    case Filter::Kind::all_of:
      return joined_text(filter, " AND ");
    case Filter::Kind::any_of:
      return joined_text(filter, " OR ");
    case Filter::Kind::none_of:
      return "NOT (" + to_string(filter.children.front()) + ")";
    case Filter::Kind::values:
      return values_text(filter);
    case Filter::Kind::range:
      return range_text(filter);
    case Filter::Kind::present:
      break;
  }
  return filter_word(filter.field) + " EXISTS";
}

}  // namespace kindred::index
