// The words of a text that a model has vectors for. Tested by word_finder_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "static_vectors/static_model.h"
#include "static_vectors/word_splitter.h"

namespace kindred::static_vectors {

/// How texts become words where word vectors encode them.
enum class WordChoice {
  /// What stands between spaces, if it is a word as it is; or else without ASCII punctuation around
  /// it; or else in lower case; or else its words by ICU, each as it is or in lower case. So
  /// "Shoes,"
  /// finds "shoes", and Chinese without spaces its words.
  automatic,
  spaces,   ///< WordMode::spaces, as they are: fastText's way
  unicode,  ///< WordMode::unicode; a word that is unknown as it is is tried in lower case
};

/// "auto", "spaces" or "unicode"; "" is the model's own: spaces where it has n-grams, else auto.
/// Errors: bad_input.
WordChoice parse_word_choice(const std::string& text, const StaticModel& model);
std::string_view to_string(WordChoice choice) noexcept;

struct FoundWord {
  static constexpr std::uint32_t kUnknown = 0xFFFFFFFFU;
  std::uint32_t id = kUnknown;
  std::string_view text;  ///< as it stands in the text
};

/// Threads: one at a time; give each thread its own.
class WordFinder {
 public:
  WordFinder(const StaticModel& model, WordChoice choice);

  /// Appends the words of `text` in their order: known ones, and, where the model has n-grams, the
  /// others too. The views lie in `text`.
  void find(std::string_view text, std::vector<FoundWord>& words);

 private:
  void find_auto(std::string_view chunk, std::vector<FoundWord>& words);
  void find_in(std::string_view chunk, std::vector<FoundWord>& words);
  std::uint32_t id_of(std::string_view word);
  std::uint32_t id_of_lower(std::string_view word);

  const StaticModel& model_;
  WordChoice choice_;
  WordSplitter spaces_{WordMode::spaces};
  WordSplitter unicode_{WordMode::unicode};
  std::vector<std::string_view> chunks_, parts_;
  std::vector<std::uint64_t> hashes_;
  std::string lower_;
};

}  // namespace kindred::static_vectors
