#include "text/oniguruma.h"

#include <unicode/uniset.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "text/code_points.h"
#include "text/unicode_tables.h"

namespace kindred::text {
namespace {

struct NamedRanges {
  std::string_view name;
  const CodeRange* ranges;
  const std::size_t& count;
};

// Oniguruma's own Unicode is another version than ICU's; these classes are exact, the others ICU's.
const NamedRanges kNamedRanges[] = {
    {"L", kOnigLetterRanges, kOnigLetterRangesCount},
    {"N", kOnigNumberRanges, kOnigNumberRangesCount},
    {"M", kOnigMarkRanges, kOnigMarkRangesCount},
    {"P", kOnigPunctuationRanges, kOnigPunctuationRangesCount},
    {"S", kOnigSymbolRanges, kOnigSymbolRangesCount},
    {"Lu", kOnigUpperRanges, kOnigUpperRangesCount},
    {"Ll", kOnigLowerRanges, kOnigLowerRangesCount},
    {"d", kOnigDigitRanges, kOnigDigitRangesCount},
    {"w", kOnigWordRanges, kOnigWordRangesCount},
    {"s", kWhiteRanges, kWhiteRangesCount},
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_ascii_letter(char c) {
  return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

class Translator {
 public:
  Translator(std::string_view in, const std::string& place) : in_(in), place_(place) {}

  icu::UnicodeString run() {
    alternatives(0);
    if (at_ < in_.size()) refuse("an unmatched ')'");
    return icu::UnicodeString::fromUTF8(out_);
  }

 private:
  static constexpr int kMaxDepth = 200;

  [[noreturn]] void refuse(std::string_view what) const {
    fail(ErrorKind::unsupported,
         "{}: the regular expression '{}' has {} at byte {}, which Kindred does not support",
         place_, in_, what, at_);
  }

  bool done() const { return at_ >= in_.size(); }
  bool looking_at(std::string_view text) const { return in_.substr(at_).starts_with(text); }
  bool take(std::string_view text) {
    if (!looking_at(text)) return false;
    at_ += text.size();
    return true;
  }

  // \w outside sets (and \b) also takes these digits of Latin-1, in Oniguruma's own way.
  static constexpr std::string_view kNotInSetWord = "[^\\x{b2}\\x{b3}\\x{b9}\\x{bc}-\\x{be}]";

  void literal(char32_t c) { out_ += fmt::format("\\x{{{:x}}}", static_cast<std::uint32_t>(c)); }

  void alternatives(int depth) {
    if (depth > kMaxDepth) refuse("groups nested too deeply");
    while (!done() && in_[at_] != ')') {
      if (take("|")) {
        out_ += '|';
        continue;
      }
      const std::size_t begin = out_.size();
      if (atom(depth)) quantifiers(begin);
    }
  }

  // False for what cannot be repeated.
  bool atom(int depth) {
    const char c = in_[at_];
    switch (c) {
      case '(':
        return group(depth);
      case '[':
        ++at_;
        set(depth);
        return true;
      case '\\':
        return escape();
      case '^':  // no line begins behind the last newline
        ++at_;
        out_ += "(?:\\A|(?<=\\n)(?!\\z))";
        return false;
      case '$':
        ++at_;
        out_ += "(?=\\n|\\z)";
        return false;
      case '.':
        ++at_;
        out_ += '.';
        return true;
      case '*':
      case '+':
      case '?':
        refuse("a quantifier with nothing before it");
      default: {
        const CodePoint point = decode(in_, at_);
        at_ += point.bytes;
        literal(point.value);
        return true;
      }
    }
  }

  bool group(int depth) {
    ++at_;
    bool repeatable = true;
    if (take("?")) {
      if (take("#")) {
        while (!done() && in_[at_] != ')') ++at_;
        if (!take(")")) refuse("an open comment");
        return false;
      }
      static constexpr std::string_view kKinds[] = {":", "=", "!", ">", "<=", "<!"};
      std::string_view kind;
      for (std::string_view k : kKinds)
        if (kind.empty() && take(k)) kind = k;
      if (!kind.empty()) {
        out_ += "(?";
        out_ += kind;
        repeatable = kind == ":" || kind == ">";
      } else if (looking_at("<") || looking_at("P<") || looking_at("'")) {
        name();
        out_ += '(';
      } else {
        return options(depth);
      }
    } else {
      out_ += '(';
    }
    close(depth);
    return repeatable;
  }

  void close(int depth) {
    alternatives(depth + 1);
    if (!take(")")) refuse("an open group");
    out_ += ')';
  }

  void name() {
    while (!done() && in_[at_] != '>' && in_[at_] != ')') ++at_;
    if (!take(">")) refuse("a group of an unknown kind");
  }

  // (?i-m:…), or (?i), which holds to the end of the group around it.
  bool options(int depth) {
    std::string flags;
    while (!done() && (in_[at_] == 'i' || in_[at_] == 'm' || in_[at_] == '-')) {
      flags += in_[at_] == 'm' ? 's' : in_[at_];  // their m is ICU's s: '.' matches newlines
      ++at_;
    }
    if (flags.empty()) refuse("a group of an unknown kind");
    out_ += "(?" + flags + ":";
    if (take(":")) {
      close(depth);
      return true;
    }
    if (!take(")")) refuse("an unknown option");
    alternatives(depth + 1);
    out_ += ')';
    return false;
  }

  void quantifiers(std::size_t atom_begin) {
    while (!done()) {
      std::string range;
      if (in_[at_] == '*' || in_[at_] == '+' || in_[at_] == '?') {
        range = in_[at_++];
        if (!done() && (in_[at_] == '?' || in_[at_] == '+')) range += in_[at_++];
      } else if (std::optional<std::string> interval = take_interval()) {
        range = *interval;
        if (take("?")) range += '?';  // a '+' here repeats the whole: it is not possessive
      } else {
        return;
      }
      out_.insert(atom_begin, "(?:");
      out_ += ')';
      out_ += range;
    }
  }

  // {n} {n,} {n,m} {,m}; anything else in braces is text.
  std::optional<std::string> take_interval() {
    if (!looking_at("{")) return std::nullopt;
    const std::size_t close = in_.find('}', at_);
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view inside = in_.substr(at_ + 1, close - at_ - 1);
    const std::size_t comma = inside.find(',');
    const std::string_view low = inside.substr(0, comma);
    const std::string_view high =
        comma == std::string_view::npos ? std::string_view() : inside.substr(comma + 1);
    const auto is_count = [](std::string_view text) {
      return text.find_first_not_of("0123456789") == std::string_view::npos;
    };
    if (!is_count(low) || !is_count(high) || (low.empty() && high.empty())) return std::nullopt;
    if (low.size() > 5 || high.size() > 5) refuse("a repetition of more than 99999");
    at_ = close + 1;
    std::string interval = "{";
    interval += low.empty() ? "0" : low;
    if (comma != std::string_view::npos) interval += ',';
    interval += high;
    return interval + '}';
  }

  // Outside sets. False for what cannot be repeated.
  bool escape() {
    const char c = in_.size() > at_ + 1 ? in_[at_ + 1] : '\0';
    if (c == 'G' || c == 'K' || c == 'X') refuse(fmt::format("\\{}", c));
    if (c == 'b' || c == 'B') {
      at_ += 2;
      word_boundary(c == 'B');
      return false;
    }
    if (c == 'A' || c == 'z' || c == 'Z') {
      at_ += 2;
      out_ += '\\';
      out_ += c;
      return false;
    }
    if (c == 'R') {
      at_ += 2;
      out_ += "(?>\\r\\n|[\\n-\\r\\x{85}\\x{2028}\\x{2029}])";
      return true;
    }
    if (c >= '1' && c <= '9') refuse("a back reference");
    if (class_escape(/*in_set=*/false)) return true;
    literal(character_escape());
    return true;
  }

  void word_boundary(bool negated) {
    const auto look = [this](const char* how) {
      out_ += how;
      add_ranges("w", false);
      out_ += ')';
    };
    out_ += "(?:";
    look("(?<=");
    look(negated ? "(?=" : "(?!");
    out_ += '|';
    look("(?<!");
    look(negated ? "(?!" : "(?=");
    out_ += ')';
  }

  void add_ranges(std::string_view name, bool negated) {
    for (const NamedRanges& named : kNamedRanges) {
      if (named.name != name) continue;
      out_ += negated ? "[^" : "[";
      for (std::size_t i = 0; i < named.count; ++i) {
        literal(named.ranges[i].first);
        if (named.ranges[i].last == named.ranges[i].first) continue;
        out_ += '-';
        literal(named.ranges[i].last);
      }
      out_ += ']';
      return;
    }
    if (name == "Alphabetic" || name == "Alpha" || name == "alpha") return alphabetic("", negated);
    if (name == "Alnum" || name == "alnum") return alphabetic("[:Nd:]", negated);
    icu::UnicodeSet known;
    UErrorCode status = U_ZERO_ERROR;
    const std::string property = fmt::format("[:{}{}:]", negated ? "^" : "", name);
    known.applyPattern(icu::UnicodeString::fromUTF8(property), status);
    if (U_FAILURE(status)) refuse(fmt::format("the unknown property '{}'", name));
    out_ += property;
  }

  // ICU's Alphabetic with what later versions of Unicode added.
  void alphabetic(std::string_view more, bool negated) {
    out_ += negated ? "[^" : "[";
    add_ranges("L", false);
    out_ += fmt::format("[:Alphabetic:]{}\\x{{363}}-\\x{{36f}}\\x{{1dd3}}-\\x{{1de6}}]", more);
  }

  // \d \w \s \h and \p{…}.
  bool class_escape(bool in_set) {
    const char c = in_.size() > at_ + 1 ? in_[at_ + 1] : '\0';
    const char lower = static_cast<char>(c | 0x20);
    if (lower == 'd' || lower == 'w' || lower == 's') {
      at_ += 2;
      if (lower == 'w' && in_set) {
        set_word(c != lower);
      } else {
        add_ranges(std::string_view(&lower, 1), c != lower);
      }
      return true;
    }
    if (lower == 'h') {
      at_ += 2;
      out_ += c == 'h' ? "[0-9a-fA-F]" : "[^0-9a-fA-F]";
      return true;
    }
    if (lower != 'p') return false;
    if (in_.size() <= at_ + 2 || in_[at_ + 2] != '{') refuse("\\p without braces");
    const std::size_t close = in_.find('}', at_);
    if (close == std::string_view::npos) refuse("an open \\p{");
    std::string_view name = in_.substr(at_ + 3, close - at_ - 3);
    bool negated = c == 'P';
    if (name.starts_with('^')) {
      negated = !negated;
      name.remove_prefix(1);
    }
    if (name.empty() || name.find_first_of("[]:\\") != std::string_view::npos)
      refuse("an unknown property");
    at_ = close + 1;
    add_ranges(name, negated);
    return true;
  }

  void set_word(bool negated) {
    out_ += negated ? "[^" : "[";
    add_ranges("w", false);
    out_ += "&&";
    out_ += kNotInSetWord;
    out_ += ']';
  }

  char32_t character_escape() {
    ++at_;
    if (done()) refuse("a '\\' at its end");
    const CodePoint c = decode(in_, at_);
    at_ += c.bytes;
    switch (c.value) {
      case 't':
        return '\t';
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case 'f':
        return '\f';
      case 'v':
        return '\v';
      case 'a':
        return '\a';
      case 'e':
        return 0x1b;
      case '0':
        if (!done() && is_digit(in_[at_])) refuse("an octal number");
        return 0;
      case 'x':
        if (take("{")) return hex(1, 8, true);
        return hex(1, 2, false);
      case 'u':
        return hex(4, 4, false);
      default:
        if (c.value < 0x80 &&
            (is_ascii_letter(static_cast<char>(c.value)) || is_digit(static_cast<char>(c.value))))
          refuse(fmt::format("the escape '\\{}'", static_cast<char>(c.value)));
        return c.value;
    }
  }

  char32_t hex(std::size_t least, std::size_t most, bool braced) {
    char32_t value = 0;
    std::size_t digits = 0;
    for (; digits < most && !done(); ++digits, ++at_) {
      const char c = in_[at_];
      const char lower = static_cast<char>(c | 0x20);
      if (is_digit(c)) {
        value = value * 16 + static_cast<char32_t>(c - '0');
      } else if (lower >= 'a' && lower <= 'f') {
        value = value * 16 + static_cast<char32_t>(lower - 'a' + 10);
      } else {
        break;
      }
      if (value >= kCodePoints) refuse("a character above U+10FFFF");
    }
    const bool surrogate = value >= 0xd800 && value < 0xe000;
    if (digits < least || (braced && !take("}")) || surrogate) refuse("a malformed character code");
    return value;
  }

  // After '['. Items are written with their characters as codes, so that nothing in them has
  // another meaning to ICU.
  void set(int depth) {
    if (depth > kMaxDepth) refuse("sets nested too deeply");
    out_ += '[';
    if (take("^")) out_ += '^';
    bool first = true;
    for (;; first = false) {
      if (done()) refuse("an open set");
      if (!first && take("]")) break;
      if (take("&&")) {
        out_ += "&&";
      } else if (looking_at("[:")) {
        posix_class();
      } else if (take("[")) {
        set(depth + 1);
      } else if (in_[at_] != '\\' || !class_escape(/*in_set=*/true)) {
        set_range();
      }
    }
    out_ += ']';
  }

  char32_t set_character() {
    if (in_[at_] == '\\') return character_escape();
    const CodePoint c = decode(in_, at_);
    at_ += c.bytes;
    return c.value;
  }

  void set_range() {
    const char32_t low = set_character();
    literal(low);
    const bool is_range =
        looking_at("-") && at_ + 1 < in_.size() && in_[at_ + 1] != ']' && in_[at_ + 1] != '[';
    if (!is_range) return;
    const std::size_t dash = at_++;
    const std::size_t written = out_.size();
    if (in_[at_] == '\\' && class_escape(/*in_set=*/true)) {  // [a-\d]: a dash
      out_.insert(written, "\\x{2d}");
      return;
    }
    const char32_t high = set_character();
    if (high < low) {
      at_ = dash;
      refuse("an empty range");
    }
    out_ += '-';
    literal(high);
  }

  void posix_class() {
    const std::size_t close = in_.find(":]", at_);
    if (close == std::string_view::npos) refuse("an open set");
    std::string_view name = in_.substr(at_ + 2, close - at_ - 2);
    const bool negated = name.starts_with('^');
    if (negated) name.remove_prefix(1);
    static constexpr std::string_view kNames[] = {"alpha", "alnum", "digit", "upper", "lower",
                                                  "space", "cntrl", "graph", "print", "blank"};
    at_ = close + 2;
    if (name == "word") {
      set_word(negated);
    } else if (name == "xdigit") {
      out_ += negated ? "[^0-9a-fA-F]" : "[0-9a-fA-F]";
    } else if (name == "punct") {
      out_ += negated ? "[^" : "[";
      add_ranges("P", false);
      add_ranges("S", false);
      out_ += ']';
    } else {
      bool known = false;
      for (std::string_view k : kNames) known = known || k == name;
      if (!known) refuse("an unknown class");
      add_ranges(name, negated);
    }
  }

  std::string_view in_;
  const std::string& place_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

icu::UnicodeString translate_oniguruma(std::string_view expression, const std::string& place) {
  if (valid_prefix(expression) != expression.size())
    fail(ErrorKind::corrupt, "{}: the regular expression is not UTF-8", place);
  return Translator(expression, place).run();
}

}  // namespace kindred::text
