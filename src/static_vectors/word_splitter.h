// A line of text to its words. Tested by word_splitter_test.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kindred::static_vectors {

/// What a word is.
enum class WordMode {
  spaces,   ///< what stands between ASCII white space or zero bytes, unchanged, as fastText reads
  unicode,  ///< words of UAX #29 by ICU, with its dictionaries for Chinese, Japanese, Thai and
            ///< their kin; punctuation, symbols and spaces are no words
};

/// "spaces" or "unicode". Errors: bad_input.
WordMode parse_word_mode(const std::string& text);

/// Threads: one at a time; give each thread its own.
class WordSplitter {
 public:
  /// `lower`: words in lower case, by Unicode's rules without those of a language.
  explicit WordSplitter(WordMode mode, bool lower = false) : mode_(mode), lower_(lower) {}

  WordMode mode() const noexcept { return mode_; }

  /// Appends the words of `line`, which has no line end in it (one is white space). The views lie
  /// in `line`, or, in lower case, in this splitter until its next call. What is not UTF-8 is part
  /// of a word by `spaces` and divides words by `unicode`.
  void split(std::string_view line, std::vector<std::string_view>& words);

 private:
  static void split_unicode(std::string_view line, std::vector<std::string_view>& words);

  WordMode mode_;
  bool lower_;
  std::string lowered_;
};

/// Replaces `out` by the text in lower case; bytes that are not UTF-8 become U+FFFD.
void to_lower(std::string_view text, std::string& out);
void to_upper(std::string_view text, std::string& out);  ///< likewise

/// fastText's delimiters.
constexpr bool is_word_space(char c) noexcept {
  return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0';
}

}  // namespace kindred::static_vectors
