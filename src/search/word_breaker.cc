#include "search/word_breaker.h"

#include <unicode/brkiter.h>
#include <unicode/utext.h>

#include <memory>

#include "base/error.h"

namespace kindred::search {
namespace {

void check(UErrorCode error) {
  if (U_FAILURE(error)) {
    fail(ErrorKind::internal,
         "ICU cannot find the words of a text: {}; is its data (libicu-data) whole?",
         u_errorName(error));
  }
}

icu::BreakIterator& breaker() {
  thread_local const std::unique_ptr<icu::BreakIterator> iterator = [] {
    UErrorCode error = U_ZERO_ERROR;
    std::unique_ptr<icu::BreakIterator> made(
        icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), error));
    check(error);
    return made;
  }();
  return *iterator;
}

struct CloseText {
  void operator()(UText* text) const { utext_close(text); }
};

}  // namespace

void break_words(std::string_view run, const std::function<void(std::string_view word)>& word) {
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<UText, CloseText> text(
      utext_openUTF8(nullptr, run.data(), static_cast<std::int64_t>(run.size()), &error));
  check(error);
  icu::BreakIterator& iterator = breaker();
  iterator.setText(text.get(), error);
  check(error);
  std::int32_t begin = iterator.first();
  for (std::int32_t end = iterator.next(); end != icu::BreakIterator::DONE; end = iterator.next()) {
    word(run.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
    begin = end;
  }
}

}  // namespace kindred::search
