#include "catalog/compose.h"

#include <algorithm>
#include <span>

#include "catalog/generator.h"

namespace kindred::catalog {
namespace {

constexpr std::size_t kZh = static_cast<std::size_t>(Language::zh);
constexpr std::size_t kEn = static_cast<std::size_t>(Language::en);
constexpr std::size_t kEs = static_cast<std::size_t>(Language::es);
constexpr std::size_t kFr = static_cast<std::size_t>(Language::fr);
constexpr std::size_t kTitleFeatures = 2;

/// `pattern` with its "{}" replaced.
std::string fill(std::string_view pattern, std::string_view value) {
  const std::size_t at = pattern.find("{}");
  std::string result(pattern.substr(0, at));
  result += value;
  result += pattern.substr(at + 2);
  return result;
}

void append(std::string& text, std::string_view separator, std::string_view part) {
  if (part.empty()) return;
  if (!text.empty()) text += separator;
  text += part;
}

std::string title_value(const Draw& draw, AttributeRole role, std::size_t language) {
  for (const DrawnAttribute& attribute : draw.attributes) {
    if (attribute.words->role == role) {
      return fill(attribute.words->in_title[language], attribute_value(attribute, language));
    }
  }
  return {};
}

std::string_view qualifier(const Draw& draw, std::size_t language) {
  if (draw.qualifier == nullptr) return {};
  const Qualifier& q = *draw.qualifier;
  switch (language) {
    case kZh:
      return q.zh;
    case kEn:
      return q.en;
    case kEs:
      return draw.leaf->es_plural ? q.es_plural : q.es;
    default:
      return draw.leaf->fr_plural ? q.fr_plural : q.fr;
  }
}

/// Spanish "y" is "e" before the sound i ("e interior") but not before "hie".
std::string_view and_word(std::string_view next, std::size_t language) {
  if (language == kEn) return " and ";
  if (language == kFr) return " et ";
  const bool sound_i = next.starts_with("i") || next.starts_with("I") ||
                       (next.starts_with("hi") && !next.starts_with("hie"));
  return sound_i ? " e " : " y ";
}

/// "with A, B and C"; in Chinese "A B C" by `separator`.
std::string features_phrase(std::span<const Word* const> features, std::size_t language,
                            std::string_view separator) {
  std::string text;
  for (const Word* feature : features) {
    const std::string_view words = (*feature)[language];
    const std::string_view between = language == kZh              ? separator
                                     : feature == features.back() ? and_word(words, language)
                                                                  : ", ";
    append(text, between, words);
  }
  if (text.empty() || language == kZh) return text;
  return std::string(language == kEn ? "with " : language == kEs ? "con " : "avec ") + text;
}

std::span<const Word* const> title_features(const Draw& draw) {
  return std::span(draw.features).first(std::min(kTitleFeatures, draw.features.size()));
}

/// The noun with what stands at it.
std::string chinese_name(const Draw& draw) {
  return std::string(draw.brand) + ' ' + std::string(draw.series) + ' ' +
         title_value(draw, AttributeRole::audience, kZh) + std::string(qualifier(draw, kZh)) +
         title_value(draw, AttributeRole::pattern, kZh) +
         title_value(draw, AttributeRole::material, kZh) + std::string(draw.leaf->noun.zh);
}

std::string english_name(const Draw& draw) {
  std::string text(draw.brand);
  append(text, " ", draw.series);
  append(text, " ", title_value(draw, AttributeRole::audience, kEn));
  append(text, " ", qualifier(draw, kEn));
  append(text, " ", title_value(draw, AttributeRole::pattern, kEn));
  append(text, " ", title_value(draw, AttributeRole::material, kEn));
  append(text, " ", draw.leaf->noun.en);
  return text;
}

std::string romance_name(const Draw& draw, std::size_t language) {
  std::string text(draw.leaf->noun[language]);
  append(text, " ", qualifier(draw, language));
  append(text, " ", title_value(draw, AttributeRole::material, language));
  append(text, " ", title_value(draw, AttributeRole::pattern, language));
  append(text, " ", title_value(draw, AttributeRole::audience, language));
  append(text, " ", draw.brand);
  append(text, " ", draw.series);
  return text;
}

std::string name(const Draw& draw, std::size_t language) {
  if (language == kZh) return chinese_name(draw);
  if (language == kEn) return english_name(draw);
  return romance_name(draw, language);
}

std::string attribute_list(const Draw& draw, std::size_t language) {
  std::string text;
  for (const DrawnAttribute& attribute : draw.attributes) {
    std::string entry(attribute.words->name[language]);
    entry += language == kZh ? "：" : language == kFr ? " : " : ": ";
    entry += attribute_value(attribute, language);
    append(text, language == kZh ? "；" : language == kFr ? " ; " : "; ", entry);
  }
  return text;
}

}  // namespace

std::string attribute_value(const DrawnAttribute& attribute, std::size_t language) {
  const AttributeWords& words = *attribute.words;
  if (!words.words.empty()) return std::string(words.words[attribute.value][language]);
  std::string number(words.numbers[attribute.value]);
  if (language == kEs || language == kFr) std::replace(number.begin(), number.end(), '.', ',');
  return number + std::string(words.unit[language]);
}

std::string compose_title(const Draw& draw, std::size_t language) {
  std::string text = name(draw, language);
  append(text, " ", features_phrase(title_features(draw), language, " "));
  const std::string_view separator = language == kZh ? " " : ", ";
  for (const DrawnAttribute& attribute : draw.attributes) {
    if (attribute.words->role == AttributeRole::other) {
      append(text, separator,
             fill(attribute.words->in_title[language], attribute_value(attribute, language)));
    }
  }
  append(text, separator, title_value(draw, AttributeRole::colour, language));
  return text;
}

std::string compose_description(const Draw& draw, std::size_t language) {
  static constexpr Word kFor = {"适合{}。", " Made for {}.", " Uso recomendado: {}.",
                                " Usage conseillé : {}."};
  const bool chinese = language == kZh;
  std::string text = name(draw, language);
  append(text, chinese ? "，" : " ", features_phrase(draw.features, language, "，"));
  text += chinese ? "。" : ".";
  if (draw.use != nullptr) text += fill(kFor[language], (*draw.use)[language]);
  const std::string attributes = attribute_list(draw, language);
  if (!attributes.empty()) {
    if (!chinese) text += ' ';
    text += attributes;
    text += chinese ? "。" : ".";
  }
  if (!chinese) text += ' ';
  text += (*draw.service)[language];
  return text;
}

}  // namespace kindred::catalog
