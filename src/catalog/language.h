// Which language a text is in. Tested by language_test.cc.
#pragma once

#include <string>
#include <string_view>

namespace kindred::catalog {

struct IdentifiedLanguage {
  std::string language;     ///< "zh", "en", …; empty where the text does not say
  double confidence = 0.0;  ///< of that language among those of its script, 0 to 1
};

/// By script: zh, ja, ko, ru (any Cyrillic), ar, th, el, he, hi. In the Latin script by a naive
/// Bayes classifier over 1- to 4-grams of characters for en, es, fr, de, it, pt and nl, trained on
/// the words of the project's own made-up catalogue and a list of common words. Good for titles of
/// three words and more; single words, brands and model numbers are often nobody's, and other
/// languages of the Latin script come out as their nearest neighbour or as unknown. Threads: any.
IdentifiedLanguage identify_language(std::string_view text);

}  // namespace kindred::catalog
