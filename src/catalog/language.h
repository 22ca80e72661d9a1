// Which language a text is in. Tested by language_test.cc.
#pragma once

#include <functional>
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
/// three words and more, and little better than a guess for one: of the category names of a public
/// taxonomy in English, Spanish and French it knows 42 to 61 % of those of one word, takes 21 to
/// 38 % for another language and leaves the rest; with two words it knows 70 to 87 %, with three 87
/// to 93 %, with four 90 to 97 %. Brands and model numbers are nobody's, and other languages of the
/// Latin script come out as their nearest neighbour or as unknown. Threads: any.
IdentifiedLanguage identify_language(std::string_view text);

/// Another way to tell a text's language. Threads: as whoever makes it says.
using LanguageIdentifier = std::function<IdentifiedLanguage(std::string_view text)>;

}  // namespace kindred::catalog
