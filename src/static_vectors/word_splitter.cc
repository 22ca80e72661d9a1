#include "static_vectors/word_splitter.h"

#include <unicode/brkiter.h>
#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include <algorithm>
#include <memory>

#include "base/error.h"

namespace kindred::static_vectors {
namespace {

void check(UErrorCode error, const char* what) {
  if (U_FAILURE(error))
    fail(ErrorKind::internal, "ICU cannot {}: {}; is its data (libicu-data) whole?", what,
         u_errorName(error));
}

constexpr bool is_letter_or_digit(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// ASCII that is no part of a word where no letter or digit stands behind it.
constexpr bool is_punctuation(char c) noexcept {
  return c > ' ' && c < 0x7F && c != '_' && !is_letter_or_digit(c);
}

// Most words are plain ASCII with punctuation around them at most; UAX #29 leaves them whole.
// False where the chunk, which has no white space in it, needs ICU.
bool plain_word(std::string_view chunk, std::string_view& word) {
  std::size_t begin = 0;
  while (begin < chunk.size() && is_punctuation(chunk[begin])) ++begin;
  std::size_t end = begin;
  while (end < chunk.size() && is_letter_or_digit(chunk[end])) ++end;
  word = chunk.substr(begin, end - begin);
  while (end < chunk.size() && is_punctuation(chunk[end])) ++end;
  return end == chunk.size();
}

// The letters from `from` on become those from `to` on; false for a text that is not ASCII.
bool fold_ascii(std::string_view text, char from, char to, std::string& out) {
  out.clear();
  if (std::any_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; })) return false;
  out.assign(text);
  for (char& c : out)
    if (c >= from && c < from + 26) c = static_cast<char>(c + (to - from));
  return true;
}

icu::StringPiece piece(std::string_view text) {
  return {text.data(), static_cast<std::int32_t>(text.size())};
}

std::string_view next_chunk(std::string_view line, std::size_t& at) {
  while (at < line.size() && is_word_space(line[at])) ++at;
  const std::size_t begin = at;
  while (at < line.size() && !is_word_space(line[at])) ++at;
  return line.substr(begin, at - begin);
}

// ICU takes a millisecond to make one: each thread keeps its own.
struct Breaker {
  Breaker() {
    UErrorCode error = U_ZERO_ERROR;
    iterator.reset(icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), error));
    check(error, "find the words of a text");
  }
  ~Breaker() { utext_close(&text); }
  Breaker(const Breaker&) = delete;
  Breaker& operator=(const Breaker&) = delete;

  void split(std::string_view run, std::vector<std::string_view>& words) {
    UErrorCode error = U_ZERO_ERROR;
    utext_openUTF8(&text, run.data(), static_cast<std::int64_t>(run.size()), &error);
    check(error, "read a text");
    iterator->setText(&text, error);
    check(error, "find the words of a text");
    std::int32_t begin = iterator->first();
    for (std::int32_t end = iterator->next(); end != icu::BreakIterator::DONE;
         begin = end, end = iterator->next()) {
      if (iterator->getRuleStatus() < UBRK_WORD_NONE_LIMIT) continue;
      words.push_back(
          run.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
    }
  }

  std::unique_ptr<icu::BreakIterator> iterator;
  UText text = UTEXT_INITIALIZER;
};

Breaker& breaker() {
  thread_local Breaker own;
  return own;
}

}  // namespace

WordMode parse_word_mode(const std::string& text) {
  if (text == "spaces") return WordMode::spaces;
  if (text == "unicode") return WordMode::unicode;
  fail(ErrorKind::bad_input, "words '{}': choose spaces or unicode", text);
}

void to_lower(std::string_view text, std::string& out) {
  if (fold_ascii(text, 'A', 'a', out)) return;
  UErrorCode error = U_ZERO_ERROR;
  icu::StringByteSink<std::string> sink(&out);
  icu::CaseMap::utf8ToLower("", 0, piece(text), sink, nullptr, error);
  check(error, "write a text in lower case");
}

void to_upper(std::string_view text, std::string& out) {
  if (fold_ascii(text, 'a', 'A', out)) return;
  UErrorCode error = U_ZERO_ERROR;
  icu::StringByteSink<std::string> sink(&out);
  icu::CaseMap::utf8ToUpper("", 0, piece(text), sink, nullptr, error);
  check(error, "write a text in upper case");
}

void WordSplitter::split(std::string_view line, std::vector<std::string_view>& words) {
  if (lower_) {
    to_lower(line, lowered_);
    line = lowered_;
  }
  if (mode_ == WordMode::unicode) return split_unicode(line, words);
  for (std::size_t at = 0; at < line.size();)
    if (const std::string_view word = next_chunk(line, at); !word.empty()) words.push_back(word);
}

void WordSplitter::split_unicode(std::string_view line, std::vector<std::string_view>& words) {
  // No word reaches over white space, so that ICU sees only the runs that need it. It counts by 32
  // bits; a run is cut where it would be longer.
  constexpr std::size_t kLongestRun = std::size_t{1} << 24;
  const char* run = nullptr;
  const char* run_end = nullptr;
  const auto finish_run = [&] {
    if (run == nullptr) return;
    for (; run < run_end; run += std::min<std::ptrdiff_t>(kLongestRun, run_end - run))
      breaker().split(
          {run, std::min<std::size_t>(kLongestRun, static_cast<std::size_t>(run_end - run))},
          words);
    run = nullptr;
  };
  for (std::size_t at = 0; at < line.size();) {
    const std::string_view chunk = next_chunk(line, at);
    std::string_view word;
    if (plain_word(chunk, word)) {
      finish_run();
      if (!word.empty()) words.push_back(word);
      continue;
    }
    if (run == nullptr) run = chunk.data();
    run_end = chunk.data() + chunk.size();
  }
  finish_run();
}

}  // namespace kindred::static_vectors
