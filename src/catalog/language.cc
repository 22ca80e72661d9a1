#include "catalog/language.h"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>
#include <vector>

#include "catalog/generator.h"
#include "catalog/language_words.h"
#include "text/code_points.h"

namespace kindred::catalog {
namespace {

constexpr std::size_t kClasses = std::size(kLanguageWords);
constexpr std::size_t kLongestGram = 4;

/// Runs of letters of the Latin script, in lower case, between spaces.
std::u32string latin_words(std::string_view text) {
  std::u32string words = U" ";
  for (std::size_t i = 0; i < text.size();) {
    const auto [c, bytes] = text::decode(text, i);
    i += bytes;
    const auto character = static_cast<UChar32>(c);
    UErrorCode error = U_ZERO_ERROR;
    const bool latin =
        u_isalpha(character) && uscript_getScript(character, &error) == USCRIPT_LATIN;
    if (latin) {
      words += static_cast<char32_t>(u_tolower(character));
    } else if (words.back() != U' ') {
      words += U' ';
    }
  }
  if (words.back() != U' ') words += U' ';
  return words;
}

/// Multinomial naive Bayes over character n-grams, with additive smoothing.
class Classifier {
 public:
  static const Classifier& get() {
    static const Classifier instance;
    return instance;
  }

  struct Best {
    std::size_t language;
    double confidence;
  };
  Best classify(const std::u32string& words) const {
    std::array<double, kClasses> scores{};
    for_each_gram(words, [&](std::u32string_view gram) {
      const auto found = weights_.find(std::u32string(gram));
      if (found == weights_.end()) return;
      for (std::size_t l = 0; l < kClasses; ++l) scores[l] += found->second[l];
    });
    const auto best =
        static_cast<std::size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
    // The grams of a text overlap, so that their sum is more certain than it should be.
    constexpr double kOverlap = kLongestGram;
    double sum = 0.0;
    for (const double score : scores) sum += std::exp((score - scores[best]) / kOverlap);
    return {best, 1.0 / sum};
  }

 private:
  Classifier() {
    std::array<std::vector<std::u32string>, kClasses> texts;
    for (std::size_t l = 0; l < kClasses; ++l) {
      for (int repeat = 0; repeat < kWordsRepeat; ++repeat) {
        texts[l].push_back(latin_words(kLanguageWords[l].words));
      }
    }
    generate({.seed = 0x6c616e67, .products = kProducts}, [&](const GeneratedProduct& product) {
      for (std::size_t l = 0; l < kClasses; ++l) {
        const auto code =
            std::find(kLanguageCodes.begin(), kLanguageCodes.end(), kLanguageWords[l].language);
        if (code == kLanguageCodes.end()) continue;
        texts[l].push_back(latin_words(
            product.titles.by_language[static_cast<std::size_t>(code - kLanguageCodes.begin())]));
      }
    });
    std::array<double, kClasses> totals{};
    for (std::size_t l = 0; l < kClasses; ++l) {
      for (const std::u32string& text : texts[l]) {
        for_each_gram(text, [&](std::u32string_view gram) {
          weights_[std::u32string(gram)][l] += 1.0F;
          totals[l] += 1.0;
        });
      }
    }
    // Relative frequencies are smoothed, so that languages with more text are not preferred.
    for (auto& [gram, counts] : weights_) {
      for (std::size_t l = 0; l < kClasses; ++l) {
        counts[l] = static_cast<float>(std::log(counts[l] / totals[l] + kFloor));
      }
    }
  }

  template <typename Fn>
  static void for_each_gram(const std::u32string& text, const Fn& fn) {
    for (std::size_t begin = 0; begin < text.size(); ++begin) {
      for (std::size_t n = 1; n <= kLongestGram && begin + n <= text.size(); ++n) {
        const auto gram = std::u32string_view(text).substr(begin, n);
        if (n == 1 && gram[0] == U' ') continue;
        if (n > 2 && gram.substr(1, n - 2).find(U' ') != std::u32string_view::npos) continue;
        fn(gram);
      }
    }
  }

  static constexpr std::size_t kProducts = 400;
  static constexpr int kWordsRepeat = 4;
  static constexpr double kFloor = 2e-5;
  std::unordered_map<std::u32string, std::array<float, kClasses>> weights_;
};

/// Letters of each script.
struct ScriptCounts {
  std::size_t latin = 0, han = 0, kana = 0, hangul = 0;
  std::array<std::size_t, 6> others{};
  static constexpr std::array<UScriptCode, 6> kOthers = {USCRIPT_CYRILLIC, USCRIPT_ARABIC,
                                                         USCRIPT_THAI,     USCRIPT_GREEK,
                                                         USCRIPT_HEBREW,   USCRIPT_DEVANAGARI};
  static constexpr std::array<std::string_view, 6> kOtherLanguages = {"ru", "ar", "th",
                                                                      "el", "he", "hi"};

  explicit ScriptCounts(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
      const auto [c, bytes] = text::decode(text, i);
      i += bytes;
      UErrorCode error = U_ZERO_ERROR;
      const UScriptCode script = uscript_getScript(static_cast<UChar32>(c), &error);
      if (!u_isalpha(static_cast<UChar32>(c))) continue;
      latin += script == USCRIPT_LATIN ? 1 : 0;
      han += script == USCRIPT_HAN ? 1 : 0;
      kana += script == USCRIPT_HIRAGANA || script == USCRIPT_KATAKANA ? 1 : 0;
      hangul += script == USCRIPT_HANGUL ? 1 : 0;
      for (std::size_t o = 0; o < kOthers.size(); ++o) others[o] += script == kOthers[o] ? 1 : 0;
    }
  }
};

}  // namespace

IdentifiedLanguage identify_language(std::string_view raw) {
  std::string repaired;
  text::append_repaired(raw, repaired);
  const ScriptCounts counts(repaired);
  // A Chinese character says about as much as three letters; brands and models are Latin
  // everywhere.
  constexpr std::size_t kWeight = 3;
  const std::size_t east = kWeight * (counts.han + counts.kana) + 2 * counts.hangul;
  const auto most = std::max_element(counts.others.begin(), counts.others.end());
  if (east > 0 && east >= counts.latin / 3 && east >= *most) {
    if (counts.hangul > counts.han + counts.kana) return {"ko", 1.0};
    // Japanese has kana between its Chinese characters; a stray の is fashionable in Chinese.
    const bool japanese = counts.kana > 1 && counts.kana * 10 > counts.han;
    return {japanese || (counts.han == 0 && counts.kana > 0) ? "ja" : "zh", 1.0};
  }
  if (*most > 0 && *most * 2 >= counts.latin / 3) {
    const auto which = static_cast<std::size_t>(most - counts.others.begin());
    return {std::string(ScriptCounts::kOtherLanguages[which]), 1.0};
  }
  constexpr std::size_t kFewestLetters = 3;
  if (counts.latin < kFewestLetters) return {};
  const auto best = Classifier::get().classify(latin_words(repaired));
  constexpr double kLeastConfidence = 0.5;
  if (best.confidence < kLeastConfidence) return {"", best.confidence};
  return {std::string(kLanguageWords[best.language].language), best.confidence};
}

}  // namespace kindred::catalog
