// Texts that say the same in several languages, as pairs. Tested by translations_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "prepare/example.h"

namespace kindred::prepare {

struct TranslationOptions {
  /// Ordered pairs of languages taken from each set of texts: of those that came up least so far,
  /// by chance. 0: every language with all others.
  std::size_t pairs_each = 0;
  /// Leave out texts that are in another language than they say. Texts of the Latin script with
  /// fewer than four words are believed, for nobody can tell (catalog/language.h).
  bool check_languages = true;
  std::uint64_t seed = 1;
};

/// Whether `text` may be in `language`, as far as it can be told.
bool may_be_in(std::string_view text, std::string_view language);

/// Threads: one at a time.
class TranslationPairs {
 public:
  explicit TranslationPairs(TranslationOptions options = {});

  /// Examples of texts of different languages: an anchor with its translations as positives, or one
  /// positive each where pairs are sampled. Texts that are the same as one before, but for case and
  /// punctuation, are no translations and are left out; none where fewer than two are left.
  std::vector<Example> pairs_of(std::vector<Passage> texts);

  std::uint64_t untranslated() const noexcept { return untranslated_; }  ///< texts left out
  std::uint64_t in_another_language() const noexcept { return in_another_language_; }

 private:
  std::vector<Example> sampled(const std::vector<Passage>& texts);

  TranslationOptions options_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> taken_;  // pairs of languages
  std::uint64_t sets_ = 0;
  std::uint64_t untranslated_ = 0;
  std::uint64_t in_another_language_ = 0;
};

}  // namespace kindred::prepare
