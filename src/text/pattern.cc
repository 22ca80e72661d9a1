#include "text/pattern.h"

#include <unicode/regex.h>
#include <unicode/utext.h>

#include "base/error.h"
#include "text/code_points.h"
#include "text/json_field.h"
#include "text/oniguruma.h"
#include "text/scanners.h"

namespace kindred::text {
namespace {

// Puts together the parts that cover a text.
class Parts {
 public:
  Parts(std::size_t size, std::vector<Match>& out)
      : size_(static_cast<std::uint32_t>(size)), out_(out) {}
  void match(std::uint32_t begin, std::uint32_t end) {
    if (begin != last_) out_.push_back({last_, begin, false});
    out_.push_back({begin, end, true});
    last_ = end;
  }
  ~Parts() {
    if (last_ != size_) out_.push_back({last_, size_, false});
  }

 private:
  std::uint32_t size_;
  std::uint32_t last_ = 0;
  std::vector<Match>& out_;
};

class Literal final : public Pattern {
 public:
  explicit Literal(std::string text) : text_(std::move(text)) {}

  void find(std::string_view text, std::vector<Match>& out) const override {
    if (text.empty()) return;
    Parts parts(text.size(), out);
    if (text_.empty()) {
      for (std::size_t at = 0; at < text.size(); at += decode(text, at).bytes) {
        const auto here = static_cast<std::uint32_t>(at);
        parts.match(here, here);
      }
      const auto end = static_cast<std::uint32_t>(text.size());
      parts.match(end, end);
      return;
    }
    for (std::size_t at = text.find(text_); at != std::string_view::npos;
         at = text.find(text_, at + text_.size()))
      parts.match(static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + text_.size()));
  }

 private:
  std::string text_;
};

class IcuRegex final : public Pattern {
 public:
  IcuRegex(const std::string& expression, const std::string& place) : expression_(expression) {
    UErrorCode status = U_ZERO_ERROR;
    UParseError where;
    pattern_.reset(icu::RegexPattern::compile(translate_oniguruma(expression, place),
                                              UREGEX_UNIX_LINES, where, status));
    if (U_FAILURE(status)) {
      fail(ErrorKind::unsupported, "{}: ICU does not take the regular expression '{}' ({})", place,
           expression, u_errorName(status));
    }
  }

  void find(std::string_view text, std::vector<Match>& out) const override {
    if (text.empty()) return;
    UErrorCode status = U_ZERO_ERROR;
    UText input = UTEXT_INITIALIZER;
    utext_openUTF8(&input, text.data(), static_cast<std::int64_t>(text.size()), &status);
    {
      const std::unique_ptr<icu::RegexMatcher> matcher(pattern_->matcher(status));
      if (matcher) find(*matcher, input, text.size(), out, status);
    }
    utext_close(&input);
    if (U_FAILURE(status)) {
      fail(ErrorKind::exhausted,
           "the regular expression '{}' takes too long or too much memory on a text of {} bytes "
           "({}); split the text",
           expression_, text.size(), u_errorName(status));
    }
  }

 private:
  // Far above what a sane expression needs on a sane text.
  static constexpr std::int32_t kStackBytes = 1 << 28;
  static constexpr std::int32_t kTimeUnits = 5000;  // roughly milliseconds

  static void find(icu::RegexMatcher& matcher, UText& input, std::size_t size,
                   std::vector<Match>& out, UErrorCode& status) {
    matcher.reset(&input);
    matcher.setStackLimit(kStackBytes, status);
    matcher.setTimeLimit(kTimeUnits, status);
    Parts parts(size, out);
    std::int64_t last_end = -1;
    while (matcher.find(status) && U_SUCCESS(status)) {
      const std::int64_t begin = matcher.start64(status);
      const std::int64_t end = matcher.end64(status);
      // Oniguruma's scan takes no empty match right behind another match.
      if (begin == end && end == last_end) continue;
      last_end = end;
      parts.match(static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end));
    }
  }

  std::string expression_;
  std::unique_ptr<const icu::RegexPattern> pattern_;
};

}  // namespace

std::unique_ptr<const Pattern> Pattern::literal(std::string text) {
  return std::make_unique<Literal>(std::move(text));
}

std::unique_ptr<const Pattern> Pattern::regex(const std::string& expression,
                                              const std::string& place) {
  if (std::unique_ptr<const Pattern> scanner = make_scanner(expression)) return scanner;
  return std::make_unique<IcuRegex>(expression, place);
}

std::unique_ptr<const Pattern> make_pattern(const JsonField& field) {
  if (field.has("String")) return Pattern::literal(field.string("String"));
  if (field.has("Regex")) return Pattern::regex(field.string("Regex"), field.place());
  field.corrupt("neither a 'String' nor a 'Regex'");
}

}  // namespace kindred::text
