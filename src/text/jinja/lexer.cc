#include "text/jinja/lexer.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "text/code_points.h"

namespace kindred::text::jinja {
namespace {

constexpr std::string_view kSpaces = " \t\n\r\f\v";

bool is_space(char c) {
  return kSpaces.find(c) != std::string_view::npos;
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c);
}

// \r\n and \r are \n to Jinja.
std::string with_newlines(std::string_view source) {
  std::string text;
  text.reserve(source.size());
  for (std::size_t at = 0; at < source.size(); ++at) {
    if (source[at] != '\r') {
      text += source[at];
    } else if (source.substr(at + 1, 1) != "\n") {
      text += '\n';
    }
  }
  return text;
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : text_(with_newlines(source)), source_(text_) {
    if (source_.ends_with('\n')) source_.remove_suffix(1);
  }

  std::vector<Token> run() {
    while (at_ < source_.size()) {
      const std::size_t open = next_opening();
      std::string_view text = source_.substr(at_, open - at_);
      if (open == source_.size()) {
        add_text(text);
        at_ = open;
        break;
      }
      const char kind = source_[open + 1];
      const char mark = open + 2 < source_.size() ? source_[open + 2] : '\0';
      if (mark == '-') {
        while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
      } else if (mark != '+' && kind != '{') {
        text = without_indentation(text, at_ == 0 || after_newline_);
      }
      add_text(text);
      at_ = open + 2 + (mark == '-' || mark == '+' ? 1 : 0);
      after_newline_ = false;
      if (kind == '#') {
        skip_comment();
      } else if (kind == '%' && starts_raw()) {
        add_raw();
      } else {
        add_tag(kind == '{' ? Token::Kind::print_begin : Token::Kind::block_begin);
      }
    }
    tokens_.push_back({Token::Kind::end, "", line_});
    return std::move(tokens_);
  }

 private:
  [[noreturn]] void wrong(std::string_view what) const {
    fail(ErrorKind::corrupt, "chat template, line {}: {}", line_, what);
  }

  std::size_t next_opening() const {
    for (std::size_t at = at_; (at = source_.find('{', at)) != std::string_view::npos; ++at) {
      if (at + 1 >= source_.size()) break;
      const char next = source_[at + 1];
      if (next == '{' || next == '%' || next == '#') return at;
    }
    return source_.size();
  }

  // lstrip_blocks: blanks between the beginning of a line and a block are not part of the text.
  static std::string_view without_indentation(std::string_view text, bool at_line_begin) {
    const std::size_t last = text.find_last_not_of(" \t\f\v\r");
    if (last == std::string_view::npos) return at_line_begin ? std::string_view() : text;
    return text[last] == '\n' ? text.substr(0, last + 1) : text;
  }

  void add_text(std::string_view text) {
    count_lines(text);
    if (!text.empty()) tokens_.push_back({Token::Kind::text, std::string(text), line_});
  }

  void count_lines(std::string_view text) {
    line_ += static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  // trim_blocks: one newline after a block is not part of the text.
  void after_block(bool strip, bool keep) {
    if (strip) {
      while (at_ < source_.size() && is_space(source_[at_])) count_lines(source_.substr(at_++, 1));
      after_newline_ = false;
      return;
    }
    if (keep || at_ >= source_.size() || source_[at_] != '\n') return;
    ++at_;
    ++line_;
    after_newline_ = true;
  }

  void skip_comment() {
    const std::size_t end = source_.find("#}", at_);
    if (end == std::string_view::npos) wrong("a comment has no end");
    count_lines(source_.substr(at_, end - at_));
    const char mark = end > at_ ? source_[end - 1] : '\0';
    at_ = end + 2;
    after_block(mark == '-', mark == '+');
  }

  bool starts_raw() const {
    std::size_t at = source_.find_first_not_of(kSpaces, at_);
    if (at == std::string_view::npos || source_.substr(at, 3) != "raw") return false;
    at = source_.find_first_not_of(kSpaces, at + 3);
    return at != std::string_view::npos &&
           (source_.substr(at, 2) == "%}" || source_.substr(at, 3) == "-%}");
  }

  void add_raw() {
    const std::size_t open = source_.find("%}", at_);
    const bool strip = source_[open - 1] == '-';
    at_ = open + 2;
    if (strip) after_block(true, false);
    for (std::size_t end = at_; (end = source_.find("{%", end)) != std::string_view::npos; ++end) {
      std::size_t name = end + 2;
      const bool strip_before = name < source_.size() && source_[name] == '-';
      if (strip_before) ++name;
      name = source_.find_first_not_of(kSpaces, name);
      if (name == std::string_view::npos || source_.substr(name, 6) != "endraw") continue;
      std::string_view text = source_.substr(at_, end - at_);
      if (strip_before) {
        while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
      } else {
        text = without_indentation(text, after_newline_);
      }
      add_text(text);
      const std::size_t close = source_.find("%}", name);
      if (close == std::string_view::npos) break;
      const bool strip_after = source_[close - 1] == '-';
      at_ = close + 2;
      after_newline_ = false;
      after_block(strip_after, false);
      return;
    }
    wrong("a raw block has no end");
  }

  void add_tag(Token::Kind begin) {
    const bool print = begin == Token::Kind::print_begin;
    const std::string_view close = print ? "}}" : "%}";
    tokens_.push_back({begin, "", line_});
    int brackets = 0;
    while (true) {
      while (at_ < source_.size() && is_space(source_[at_])) count_lines(source_.substr(at_++, 1));
      if (at_ >= source_.size()) wrong("a tag has no end");
      const char mark = source_[at_];
      const bool marked =
          (mark == '-' || (mark == '+' && !print)) && source_.substr(at_ + 1, 2) == close;
      if (brackets == 0 && (marked || source_.substr(at_, 2) == close)) {
        at_ += marked ? 3 : 2;
        tokens_.push_back({print ? Token::Kind::print_end : Token::Kind::block_end, "", line_});
        if (print) {
          if (marked) after_block(true, false);
        } else {
          after_block(marked && mark == '-', marked && mark == '+');
        }
        return;
      }
      add_token(brackets);
    }
  }

  void add_token(int& brackets) {
    const char c = source_[at_];
    if (c == '\'' || c == '"') return add_string(c);
    if (is_digit(c)) return add_number();
    if (is_name(c)) {
      const std::size_t begin = at_;
      while (at_ < source_.size() && is_name(source_[at_])) ++at_;
      tokens_.push_back(
          {Token::Kind::name, std::string(source_.substr(begin, at_ - begin)), line_});
      return;
    }
    constexpr std::array<std::string_view, 6> kLong = {"==", "!=", "<=", ">=", "//", "**"};
    for (const std::string_view symbol : kLong) {
      if (source_.substr(at_, 2) != symbol) continue;
      tokens_.push_back({Token::Kind::symbol, std::string(symbol), line_});
      at_ += 2;
      return;
    }
    if (std::string_view("+-*/%~<>=()[]{},.:|;").find(c) == std::string_view::npos)
      wrong(fmt::format("the character '{}' has no meaning in a tag", c));
    if (c == '(' || c == '[' || c == '{') ++brackets;
    if (c == ')' || c == ']' || c == '}') --brackets;
    if (brackets < 0) wrong("a bracket is closed that was not opened");
    tokens_.push_back({Token::Kind::symbol, std::string(1, c), line_});
    ++at_;
  }

  // The bytes of "e-5" and the like that stand here, or 0.
  std::size_t exponent() const {
    const std::string_view rest = source_.substr(at_);
    if (rest.empty() || (rest[0] != 'e' && rest[0] != 'E')) return 0;
    std::size_t end = rest.size() > 1 && (rest[1] == '+' || rest[1] == '-') ? 2 : 1;
    const std::size_t first = end;
    while (end < rest.size() && is_digit(rest[end])) ++end;
    return end == first ? 0 : end;
  }

  void add_number() {
    const std::size_t begin = at_;
    while (at_ < source_.size() && (is_digit(source_[at_]) || source_[at_] == '_')) ++at_;
    bool real = false;
    if (at_ + 1 < source_.size() && source_[at_] == '.' && is_digit(source_[at_ + 1])) {
      real = true;
      ++at_;
      while (at_ < source_.size() && is_digit(source_[at_])) ++at_;
    }
    if (const std::size_t bytes = exponent(); bytes > 0) {
      real = true;
      at_ += bytes;
    }
    if (at_ < source_.size() && (is_name(source_[at_]))) wrong("a number is followed by a letter");
    std::string digits(source_.substr(begin, at_ - begin));
    std::erase(digits, '_');
    if (digits.size() > (real ? 64 : 18)) wrong("a number is too long");
    tokens_.push_back({real ? Token::Kind::real : Token::Kind::integer, std::move(digits), line_});
  }

  // Escapes are Python's.
  void add_string(char quote) {
    std::string text;
    for (++at_; at_ < source_.size() && source_[at_] != quote; ++at_) {
      if (source_[at_] == '\n') ++line_;
      if (source_[at_] != '\\' || at_ + 1 >= source_.size()) {
        text += source_[at_];
        continue;
      }
      add_escape(source_[++at_], text);
    }
    if (at_ >= source_.size()) wrong("a string has no end");
    ++at_;
    tokens_.push_back({Token::Kind::string, std::move(text), line_});
  }

  void add_escape(char c, std::string& text) {
    constexpr std::string_view kNames = "ntrabfv\\'\"";
    constexpr std::string_view kValues = "\n\t\r\a\b\f\v\\'\"";
    if (const std::size_t known = kNames.find(c); known != std::string_view::npos) {
      text += kValues[known];
    } else if (c == '\n') {
      ++line_;
    } else if (c == 'x' || c == 'u' || c == 'U') {
      const std::size_t count = c == 'x' ? 2 : c == 'u' ? 4 : 8;
      char32_t value = 0;
      for (std::size_t i = 0; i < count; ++i) {
        const char digit = at_ + 1 < source_.size() ? source_[++at_] : '\0';
        const std::size_t place = std::string_view("0123456789abcdefABCDEF").find(digit);
        if (place == std::string_view::npos) wrong("an escape in a string is not complete");
        value = value * 16 + static_cast<char32_t>(place < 16 ? place : place - 6);
      }
      if (value > 0x10FFFF || (value >= 0xD800 && value < 0xE000))
        wrong("an escape in a string is no character");
      append(text, value);
    } else if (is_digit(c) || c == 'N') {
      wrong("Kindred does not read octal and named escapes");
    } else {
      text += '\\';
      text += c;
    }
  }

  std::string text_;
  std::string_view source_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  bool after_newline_ = false;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view source) {
  // What strings are cut and quoted by relies on it.
  std::string repaired;
  append_repaired(source, repaired);
  if (repaired != source) fail(ErrorKind::corrupt, "the chat template is not UTF-8");
  return Lexer(source).run();
}

}  // namespace kindred::text::jinja
