#include "prepare/translations.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/random.h"
#include "catalog/language.h"
#include "prepare/text_key.h"

namespace kindred::prepare {
namespace {

constexpr double kSure = 0.95;
constexpr std::size_t kLeastWords = 4;
constexpr std::array<std::string_view, 7> kLatin = {"en", "es", "fr", "de", "it", "pt", "nl"};

bool is_latin(std::string_view language) {
  return std::find(kLatin.begin(), kLatin.end(), language) != kLatin.end();
}

}  // namespace

bool may_be_in(std::string_view text, std::string_view language) {
  const catalog::IdentifiedLanguage found = catalog::identify_language(text);
  if (found.language.empty() || found.language == language) return true;
  constexpr std::array<std::string_view, 9> kByScript = {"zh", "ja", "ko", "ru", "ar",
                                                         "th", "el", "he", "hi"};
  const bool known = is_latin(language) ||
                     std::find(kByScript.begin(), kByScript.end(), language) != kByScript.end();
  if (!known) return true;
  // Japanese may be written in Chinese characters alone, and names stay in Latin ones.
  if (language == "ja" && found.language == "zh") return true;
  const std::string normalized = normalized_text(text);
  const auto words =
      static_cast<std::size_t>(std::count(normalized.begin(), normalized.end(), ' ')) + 1;
  if (is_latin(found.language)) return words < kLeastWords || found.confidence < kSure;
  return !is_latin(language) && found.confidence < kSure;
}

TranslationPairs::TranslationPairs(TranslationOptions options) : options_(options) {}

std::vector<Example> TranslationPairs::pairs_of(std::vector<Passage> texts) {
  ++sets_;
  std::set<std::string> known;
  std::erase_if(texts, [&](const Passage& passage) {
    if (passage.text.empty()) return true;
    if (options_.check_languages && !may_be_in(passage.text, passage.language)) {
      ++in_another_language_;
      return true;
    }
    if (!known.insert(normalized_text(passage.text)).second) {
      ++untranslated_;
      return true;
    }
    return false;
  });
  if (texts.size() < 2) return {};
  if (options_.pairs_each > 0) return sampled(texts);
  std::vector<Example> examples;
  for (std::size_t a = 0; a < texts.size(); ++a) {
    Example example{.anchor = texts[a]};
    for (std::size_t b = 0; b < texts.size(); ++b) {
      if (a != b) example.positives.push_back(texts[b]);
    }
    examples.push_back(std::move(example));
  }
  return examples;
}

std::vector<Example> TranslationPairs::sampled(const std::vector<Passage>& texts) {
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t a = 0; a < texts.size(); ++a) {
    for (std::size_t b = 0; b < texts.size(); ++b) {
      if (a != b) pairs.emplace_back(a, b);
    }
  }
  Random random = Random(options_.seed).split(sets_);
  random.shuffle(std::span(pairs));
  const auto taken = [&](const auto& pair) -> std::uint64_t& {
    return taken_[{texts[pair.first].language, texts[pair.second].language}];
  };
  std::stable_sort(pairs.begin(), pairs.end(),
                   [&](const auto& a, const auto& b) { return taken(a) < taken(b); });
  pairs.resize(std::min(pairs.size(), options_.pairs_each));
  std::vector<Example> examples;
  for (const auto& pair : pairs) {
    ++taken(pair);
    examples.push_back({.anchor = texts[pair.first], .positives = {texts[pair.second]}});
  }
  return examples;
}

}  // namespace kindred::prepare
