#include "search/analyzer.h"

#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <functional>
#include <unordered_set>
#include <utility>

#include "base/error.h"
#include "search/fold.h"
#include "search/simplified.h"
#include "search/stop_words.h"
#include "search/word_breaker.h"

namespace kindred::search {
namespace {

// What a number is joined with across a space. "in", "a" and "h" are words too often.
constexpr std::string_view kUnits[] = {
    "gb",  "tb", "mb", "kb",  "g",    "kg",  "mg", "l",  "ml",  "cl",  "dl",  "cm",  "mm",
    "m",   "km", "w",  "kw",  "wh",   "kwh", "v",  "a",  "ah",  "mah", "hz",  "khz", "mhz",
    "ghz", "oz", "lb", "lbs", "inch", "ft",  "mp", "px", "dpi", "k",   "fps", "rpm", "db"};

bool is_unit(std::string_view word) {
  return std::find(std::begin(kUnits), std::end(kUnits), word) != std::end(kUnits);
}

// A code point of a folded text.
struct Character {
  char32_t value;
  CharacterClass kind;
  std::size_t begin;
  std::size_t end;
};

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) { read(0, here_); }

  bool at_end() const { return here_.begin == here_.end; }
  const Character& here() const { return here_; }
  /// The character behind `here`, a separator at the end.
  Character after() const {
    Character next;
    read(here_.end, next);
    return next;
  }
  void advance() { read(here_.end, here_); }
  std::string_view text(std::size_t begin, std::size_t end) const {
    return text_.substr(begin, end - begin);
  }

 private:
  void read(std::size_t at, Character& out) const {
    out = {0, CharacterClass::separator, at, at};
    if (at >= text_.size()) return;
    auto next = static_cast<std::int32_t>(at);
    UChar32 c;
    U8_NEXT_OR_FFFD(text_.data(), next, static_cast<std::int32_t>(text_.size()), c);
    out.value = static_cast<char32_t>(c);
    out.kind = class_of(out.value);
    out.end = static_cast<std::size_t>(next);
  }

  std::string_view text_;
  Character here_{};
};

bool is_word(CharacterClass kind) {
  return kind == CharacterClass::letter || kind == CharacterClass::digit ||
         kind == CharacterClass::mark;
}
bool is_apostrophe(char32_t c) {
  return c == U'\'' || c == U'\u2019' || c == U'\u02bc';
}
bool is_hyphen(char32_t c) {
  return c == U'-' || c == U'\u2010' || c == U'\u2011';
}

bool ends_with_any(std::string_view word, std::initializer_list<std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view e) { return word.ends_with(e); });
}

void take_plural(std::string& word, std::string_view language) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  if (word.size() < 4 || word.back() != 's' || !std::all_of(word.begin(), word.end(), is_letter) ||
      ends_with_any(word, {"ss", "us", "is"})) {
    return;
  }
  if (word.size() >= 5 && word.ends_with("ies")) {
    word.replace(word.size() - 3, 3, "y");
    return;
  }
  word.pop_back();
  if (language.starts_with("es") && word.size() >= 5 &&
      ends_with_any(word, {"de", "je", "le", "ne", "re", "ye", "ze"})) {
    word.pop_back();
  }
}

void cut(std::string& term) {
  if (term.size() <= kMaxTermBytes) return;
  std::size_t end = kMaxTermBytes;
  while (end > 0 && (static_cast<unsigned char>(term[end]) & 0xc0) == 0x80) --end;
  term.resize(end);
}

// One text's walk.
class Analysis {
 public:
  using Emit = std::function<void(std::string term, std::string_view written, bool stop)>;

  Analysis(std::string_view folded, std::string_view language, const Emit& emit)
      : scan_(folded), language_(language), emit_(emit) {}

  void run() {
    while (!scan_.at_end()) {
      const CharacterClass kind = scan_.here().kind;
      if (kind == CharacterClass::segmented) {
        segmented_run();
      } else if (is_word(kind)) {
        word_run();
      } else {
        const bool space = scan_.here().value == U' ';
        scan_.advance();
        if (!space || scan_.here().kind != CharacterClass::letter) flush_number();
      }
    }
    flush_number();
  }

 private:
  void flush_number() { emit(std::exchange(number_, {}), false); }

  void segmented_run() {
    flush_number();
    const std::size_t begin = scan_.here().begin;
    std::size_t end = begin;
    while (!scan_.at_end() && (scan_.here().kind == CharacterClass::segmented ||
                               scan_.here().kind == CharacterClass::mark)) {
      end = scan_.here().end;
      scan_.advance();
    }
    // Japanese is cut as it is written, for its words have their own characters in the dictionary.
    const std::string_view run = scan_.text(begin, end);
    const bool japanese = has_kana(run);
    break_words(japanese ? std::string(run) : to_simplified(run), [&](std::string_view word) {
      const std::string simplified = japanese ? to_simplified(word) : std::string(word);
      emit(simplified, is_stop(simplified));
      emit_pairs(simplified);
    });
  }

  static bool has_kana(std::string_view run) {
    for (Scanner scan(run); !scan.at_end(); scan.advance())
      if (scan.here().value >= 0x3041 && scan.here().value <= 0x30ff) return true;
    return false;
  }

  void emit_pairs(std::string_view word) {
    std::vector<std::size_t> begins;
    for (Scanner scan(word); !scan.at_end(); scan.advance()) {
      if (!is_han(scan.here().value)) return;
      begins.push_back(scan.here().begin);
    }
    if (begins.size() < 3) return;
    begins.push_back(word.size());
    for (std::size_t i = 0; i + 2 < begins.size(); ++i) {
      emit(std::string(word.substr(begins[i], begins[i + 2] - begins[i])), false);
    }
  }

  // Letters and digits, with what may stand inside a word.
  void word_run() {
    std::vector<std::string> parts = {{}};
    bool digits_only = true;
    while (true) {
      const Character c = scan_.here();
      if (is_word(c.kind)) {
        digits_only &= c.kind == CharacterClass::digit;
        parts.back() += scan_.text(c.begin, c.end);
      } else if (!join(c, digits_only, parts)) {
        break;
      }
      scan_.advance();
    }
    finish_word(std::move(parts), digits_only);
  }

  // True when `c` stands inside the word.
  bool join(const Character& c, bool digits_only, std::vector<std::string>& parts) {
    const Character next = scan_.after();
    if (!is_word(next.kind)) return false;
    if ((c.value == U'.' || c.value == U',') && digits_only && next.kind == CharacterClass::digit) {
      if (c.value == U'.' || !followed_by_thousands()) parts.back() += '.';
      return true;
    }
    if (is_apostrophe(c.value) && !digits_only) {
      elision(parts);
      return true;
    }
    if (is_hyphen(c.value) && parts.size() < 4) {
      parts.emplace_back();
      return true;
    }
    return false;
  }

  // The comma at hand is followed by exactly three digits.
  bool followed_by_thousands() const {
    Scanner ahead = scan_;
    ahead.advance();
    std::size_t digits = 0;
    for (; ahead.here().kind == CharacterClass::digit; ahead.advance()) ++digits;
    return digits == 3;
  }

  // What stands before an apostrophe: an elided article goes, anything else is a word before an s
  // that goes by itself (men's).
  void elision(std::vector<std::string>& parts) {
    constexpr std::string_view kElided[] = {"l", "d", "j",  "m",    "t",   "s",
                                            "n", "c", "qu", "dell", "all", "un"};
    std::string& part = parts.back();
    if (std::find(std::begin(kElided), std::end(kElided), part) != std::end(kElided)) {
      part.clear();
    } else {
      before_apostrophe_ = part;
      part.clear();
    }
  }

  void finish_word(std::vector<std::string> parts, bool digits_only) {
    if (!before_apostrophe_.empty()) {
      flush_number();
      emit_word(std::exchange(before_apostrophe_, {}));
      if (parts.size() == 1 && parts[0].size() <= 2) return;  // 's, 't, 're
    }
    std::erase_if(parts, [](const std::string& part) { return part.empty(); });
    if (parts.empty()) return;
    if (parts.size() == 1) return finish_single(std::move(parts[0]), digits_only);
    flush_number();
    std::string whole;
    for (std::string& part : parts) {
      whole += part;
      if (part.size() > 1) emit_word(part);
    }
    emit_word(whole);
  }

  void finish_single(std::string word, bool digits_only) {
    if (digits_only) {
      flush_number();
      number_ = std::move(word);
      if (scan_.here().value != U' ') flush_number();
      return;
    }
    if (!number_.empty() && is_unit(word)) {
      return emit(std::exchange(number_, {}) + word, false);
    }
    flush_number();
    emit_word(word);
  }

  void emit_word(const std::string& word) {
    std::string term = word;
    take_plural(term, language_);
    emit(std::move(term), is_stop(word), word);
  }
  bool is_stop(std::string_view word) const {
    return language_.empty() ? is_stop_word_of_any(word) : is_stop_word(word, language_);
  }
  void emit(std::string term, bool stop, std::string_view written = {}) {
    cut(term);
    if (term.empty()) return;
    const std::string_view as_written = written.empty() ? std::string_view(term) : written;
    emit_(term, as_written.substr(0, kMaxTermBytes), stop);
  }

  Scanner scan_;
  std::string_view language_;
  const Emit& emit_;
  std::string number_;  // the last word, where it may have a unit behind it
  std::string before_apostrophe_;
};

}  // namespace

void analyze(std::string_view text, std::string_view language, std::vector<std::string>& terms) {
  const std::string folded = fold(text);
  const Analysis::Emit emit = [&](std::string term, std::string_view, bool stop) {
    if (!stop || language.empty()) terms.push_back(std::move(term));
  };
  Analysis(folded, language, emit).run();
}

std::vector<QueryWord> analyze_query(std::string_view text, std::string_view language) {
  std::vector<QueryWord> words;
  std::unordered_set<std::string> seen;
  const std::string folded = fold(text);
  const Analysis::Emit emit = [&](std::string term, std::string_view written, bool stop) {
    if (seen.insert(term).second) words.push_back({std::move(term), std::string(written), stop});
  };
  Analysis(folded, language, emit).run();
  return words;
}

}  // namespace kindred::search
