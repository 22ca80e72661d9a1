// What a trainer should not see, out of examples. Tested by example_cleaner_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "catalog/language.h"
#include "prepare/example_source.h"
#include "prepare/hash_set.h"

namespace kindred::prepare {

struct CleaningOptions {
  std::size_t most_characters = 32'768;  ///< of a text; a longer one is rejected
  /// How many negatives each example with positives gets: the first that many, and those with
  /// fewer are rejected. Unset: as many as there are.
  std::optional<std::size_t> negatives = std::nullopt;
  bool keep_markup = false;      ///< leave HTML in
  bool keep_duplicates = false;  ///< examples whose texts are all those of one before
  /// Tells the language of texts whose language nobody named; unset: they stay without.
  catalog::LanguageIdentifier identify = {};
};

/// Threads: one at a time. Memory: 11 to 21 bytes an example, for duplicates.
class ExampleCleaner {
 public:
  explicit ExampleCleaner(CleaningOptions options = {});

  /// Takes blanks off the ends of texts, HTML out, and what teaches nothing or something wrong
  /// out of the lists: passages that are empty or repeat one before, positives that are the anchor,
  /// negatives that are the anchor or a positive. Texts that are the same but for case, widths,
  /// blanks and punctuation (text_key.h) are the same. Says why, where nothing is left to learn.
  std::optional<Reject> clean(Example& example);

  /// What was changed, in sentences, with how often.
  const std::map<std::string_view, std::uint64_t>& changes() const noexcept { return changes_; }

 private:
  std::optional<Reject> clean_text(std::string& text);
  std::optional<Reject> clean_anchor(Example& example);
  std::optional<Reject> clean_list(std::vector<Passage>& passages, std::string_view left_out);
  std::optional<Reject> drop_repeats(Example& example);
  std::uint64_t key_of(const Example& example) const;
  void tell_languages(Example& example) const;

  CleaningOptions options_;
  std::map<std::string_view, std::uint64_t> changes_;
  HashSet seen_;
};

}  // namespace kindred::prepare
