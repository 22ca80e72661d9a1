#include "text/scanners.h"

#include <algorithm>
#include <array>

#include "text/code_points.h"
#include "text/unicode.h"

namespace kindred::text {

const std::string_view kGpt2Expression =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

namespace {

enum Kind : std::uint8_t { letter, number, space, other };

constexpr std::array<Kind, 128> ascii_kinds() {
  std::array<Kind, 128> kinds{};
  for (unsigned c = 0; c < 128; ++c) {
    const bool is_letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
    const bool is_space = c == ' ' || (c >= 9 && c <= 13);
    kinds[c] = is_letter ? letter : c >= '0' && c <= '9' ? number : is_space ? space : other;
  }
  return kinds;
}
constexpr std::array<Kind, 128> kAsciiKinds = ascii_kinds();

struct Character {
  Kind kind;
  std::uint32_t bytes;
};

// Walks over a text and appends what it finds to a list of matches.
class Scan {
 public:
  Scan(std::string_view text, std::vector<Match>& out)
      : text_(text), unicode_(Unicode::get()), out_(out) {}

  bool done(std::uint32_t at) const { return at >= text_.size(); }
  unsigned char byte(std::uint32_t at) const { return static_cast<unsigned char>(text_[at]); }
  bool is_newline(std::uint32_t at) const { return byte(at) == '\r' || byte(at) == '\n'; }

  Character at(std::uint32_t position) const {
    const unsigned char lead = byte(position);
    if (lead < 0x80) return {kAsciiKinds[lead], 1};
    const CodePoint c = decode(text_, position);
    const std::uint32_t bits = unicode_.bits(c.value);
    const Kind kind = bits & kLetter   ? letter
                      : bits & kNumber ? number
                      : bits & kWhite  ? space
                                       : other;
    return {kind, c.bytes};
  }

  // The end of the run of `kind` that begins at `position`.
  std::uint32_t run(std::uint32_t position, Kind kind) const {
    while (!done(position)) {
      const Character c = at(position);
      if (c.kind != kind) break;
      position += c.bytes;
    }
    return position;
  }

  // 's 't 're 've 'm 'll 'd, at an apostrophe. 0: none of them.
  std::uint32_t contraction(std::uint32_t position, bool any_case) const {
    const auto letter_at = [&](std::uint32_t i) -> unsigned char {
      if (i >= text_.size()) return 0;
      const unsigned char c = byte(i);
      return any_case && c >= 'A' && c <= 'Z' ? c | 0x20 : c;
    };
    const unsigned char first = letter_at(position + 1);
    const unsigned char second = letter_at(position + 2);
    switch (first) {
      case 's':
      case 't':
      case 'm':
      case 'd':
        return position + 2;
      case 'r':
      case 'v':
        return second == 'e' ? position + 3 : 0;
      case 'l':
        return second == 'l' ? position + 3 : 0;
      case 0xc5:  // U+017F, the long s, is an s in another case
        return any_case && second == 0xbf ? position + 3 : 0;
      default:
        return 0;
    }
  }

  // \s+(?!\S)|\s+ at white space.
  std::uint32_t white(std::uint32_t position) const {
    std::uint32_t last = position;
    std::uint32_t end = position;
    while (!done(end)) {
      const Character c = at(end);
      if (c.kind != space) break;
      last = end;
      end += c.bytes;
    }
    return done(end) || last == position ? end : last;
  }

  void add(std::uint32_t begin, std::uint32_t end) { out_.push_back({begin, end, true}); }

 private:
  std::string_view text_;
  const Unicode& unicode_;
  std::vector<Match>& out_;
};

class Gpt2Scanner final : public Pattern {
 public:
  void find(std::string_view text, std::vector<Match>& out) const override {
    Scan scan(text, out);
    for (std::uint32_t begin = 0; !scan.done(begin);) {
      const std::uint32_t end = next(scan, begin);
      scan.add(begin, end);
      begin = end;
    }
  }

 private:
  static std::uint32_t next(const Scan& scan, std::uint32_t begin) {
    if (scan.byte(begin) == '\'')
      if (const std::uint32_t end = scan.contraction(begin, /*any_case=*/false)) return end;
    Character c = scan.at(begin);
    if (c.kind == space) {
      if (scan.byte(begin) != ' ' || scan.done(begin + 1)) return scan.white(begin);
      c = scan.at(begin + 1);
      if (c.kind == space) return scan.white(begin);
      return scan.run(begin + 1 + c.bytes, c.kind);
    }
    return scan.run(begin + c.bytes, c.kind);
  }
};

// The expressions of cl100k's kin, which differ in how many digits make a piece.
class Cl100kScanner final : public Pattern {
 public:
  explicit Cl100kScanner(std::uint32_t digits) : digits_(digits) {}

  void find(std::string_view text, std::vector<Match>& out) const override {
    Scan scan(text, out);
    for (std::uint32_t begin = 0; !scan.done(begin);) {
      const std::uint32_t end = next(scan, begin);
      scan.add(begin, end);
      begin = end;
    }
  }

 private:
  std::uint32_t next(const Scan& scan, std::uint32_t begin) const {
    if (scan.byte(begin) == '\'')
      if (const std::uint32_t end = scan.contraction(begin, /*any_case=*/true)) return end;
    const Character c = scan.at(begin);
    if (c.kind == letter) return scan.run(begin + c.bytes, letter);
    if (c.kind == number) return numbers(scan, begin);
    const std::uint32_t after = begin + c.bytes;
    if (!scan.done(after) && !scan.is_newline(begin)) {
      const Character following = scan.at(after);
      if (following.kind == letter) return scan.run(after + following.bytes, letter);
      if (scan.byte(begin) == ' ' && following.kind == other)
        return signs(scan, after + following.bytes);
    }
    return c.kind == other ? signs(scan, after) : white(scan, begin);
  }

  std::uint32_t numbers(const Scan& scan, std::uint32_t at) const {
    for (std::uint32_t n = 0; n < digits_ && !scan.done(at); ++n) {
      const Character c = scan.at(at);
      if (c.kind != number) break;
      at += c.bytes;
    }
    return at;
  }

  // The rest of [^\s\p{L}\p{N}]+[\r\n]*.
  static std::uint32_t signs(const Scan& scan, std::uint32_t at) {
    at = scan.run(at, other);
    while (!scan.done(at) && scan.is_newline(at)) ++at;
    return at;
  }

  // \s*[\r\n]+|\s+(?!\S)|\s+: up to the last newline of the white space, if it has one.
  static std::uint32_t white(const Scan& scan, std::uint32_t begin) {
    std::uint32_t after_newline = 0;
    for (std::uint32_t at = begin; !scan.done(at);) {
      const Character c = scan.at(at);
      if (c.kind != space) break;
      at += c.bytes;
      if (c.bytes == 1 && scan.is_newline(at - 1)) after_newline = at;
    }
    return after_newline != 0 ? after_newline : scan.white(begin);
  }

  std::uint32_t digits_;
};

// " {2,}": multilingual Unigram tokenizers have it as a normalizer.
class SpacesScanner final : public Pattern {
 public:
  void find(std::string_view text, std::vector<Match>& out) const override {
    std::size_t between = 0;
    for (std::size_t at = text.find("  "); at != std::string_view::npos;
         at = text.find("  ", between)) {
      if (at > between) out.push_back(part(between, at, false));
      between = std::min(text.find_first_not_of(' ', at), text.size());
      out.push_back(part(at, between, true));
    }
    if (between < text.size()) out.push_back(part(between, text.size(), false));
  }

 private:
  static Match part(std::size_t begin, std::size_t end, bool is_match) {
    return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), is_match};
  }
};

}  // namespace

std::unique_ptr<const Pattern> make_scanner(std::string_view expression) {
  // \s*[\r\n] and \s*[\r\n]+ match alike: what \s* takes and gives back ends at the last newline.
  struct Known {
    std::string_view expression;
    std::uint32_t digits;
  };
  static constexpr Known kKnown[] = {
      // Qwen2, Qwen2.5, Qwen3
      {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|)"
       R"(\s*[\r\n]+|\s+(?!\S)|\s+)",
       1},
      // Llama 3, SmolLM3
      {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|)"
       R"(\s*[\r\n]+|\s+(?!\S)|\s+)",
       3},
      // cl100k_base
      {R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|)"
       R"(\s*[\r\n]|\s+(?!\S)|\s+)",
       3},
  };
  if (expression == kGpt2Expression) return std::make_unique<Gpt2Scanner>();
  if (expression == " {2,}") return std::make_unique<SpacesScanner>();
  for (const Known& known : kKnown)
    if (expression == known.expression) return std::make_unique<Cl100kScanner>(known.digits);
  return nullptr;
}

}  // namespace kindred::text
