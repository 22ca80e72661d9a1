#include "catalog/clean.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>

#include "base/error.h"
#include "catalog/html.h"
#include "catalog/language.h"
#include "catalog/quantity.h"
#include "text/code_points.h"

namespace kindred::catalog {
namespace {

const icu::Normalizer2& normalizer(const icu::Normalizer2* (*get)(UErrorCode&)) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* instance = get(error);
  require(U_SUCCESS(error), "ICU has no normalisation data");
  return *instance;
}
const icu::Normalizer2& nfc() {
  static const icu::Normalizer2& instance = normalizer(&icu::Normalizer2::getNFCInstance);
  return instance;
}
const icu::Normalizer2& nfkc() {
  static const icu::Normalizer2& instance = normalizer(&icu::Normalizer2::getNFKCInstance);
  return instance;
}

bool is_joiner(UChar32 c) {
  return c == 0x200c || c == 0x200d;
}

bool is_space(UChar32 c) {
  return u_isUWhiteSpace(c) || c == 0x200b || c == 0xfeff || c == 0x2800;
}

/// What no text needs: controls, bidirectional and other invisible formatting, private use,
/// unassigned and lone surrogates.
bool is_noise(UChar32 c) {
  if (is_joiner(c)) return false;
  // Tags that flags of regions are spelt with, and selectors of a character's form.
  if (c >= 0xe0020 && c <= 0xe007f) return false;
  const auto category = static_cast<UCharCategory>(u_charType(c));
  return category == U_CONTROL_CHAR || category == U_FORMAT_CHAR ||
         category == U_PRIVATE_USE_CHAR || category == U_UNASSIGNED || category == U_SURROGATE;
}

void append_in_width(icu::UnicodeString& out, UChar32 c) {
  const int type = u_getIntPropertyValue(c, UCHAR_DECOMPOSITION_TYPE);
  icu::UnicodeString parts;
  if ((type == U_DT_WIDE || type == U_DT_NARROW) && nfkc().getDecomposition(c, parts)) {
    out += parts;
  } else {
    out += c;
  }
}

bool is_plain_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; });
}

std::string in_one_line(std::string_view ascii) {
  std::string result;
  for (const char c : ascii) {
    if (c != ' ' || (!result.empty() && result.back() != ' ')) result += c;
  }
  while (result.ends_with(' ')) result.pop_back();
  return result;
}

void clean_texts(Texts& texts, const std::string& seller, const LanguageIdentifier& identify) {
  for (auto& [language, text] : texts) text = clean_text(text);
  std::erase_if(texts, [](const auto& entry) { return entry.second.empty(); });
  const auto unknown = texts.find("");
  if (unknown == texts.end()) return;
  std::string language = identify(unknown->second).language;
  if (language.empty()) language = seller;
  if (language.empty() || texts.contains(language)) return;
  auto node = texts.extract(unknown);
  node.key() = language;
  texts.insert(std::move(node));
}

}  // namespace

std::string clean_text(std::string_view text) {
  std::string stripped;
  text::append_repaired(text, stripped);
  if (stripped.find_first_of("<&") != std::string::npos) stripped = strip_html(stripped);
  if (is_plain_ascii(stripped)) return in_one_line(stripped);

  const auto wide = icu::UnicodeString::fromUTF8(stripped);
  icu::UnicodeString even;
  bool space = false;
  for (std::int32_t i = 0; i < wide.length(); i = wide.moveIndex32(i, 1)) {
    const UChar32 c = wide.char32At(i);
    if (is_space(c)) {
      space = !even.isEmpty();
      continue;
    }
    if (is_noise(c)) continue;
    if (space) even += static_cast<UChar32>(' ');
    space = false;
    append_in_width(even, c);
  }
  UErrorCode error = U_ZERO_ERROR;
  const icu::UnicodeString composed = nfc().normalize(even, error);
  require(U_SUCCESS(error), "ICU could not normalise a text");
  std::string result;
  composed.toUTF8String(result);
  return result;
}

void clean(Product& product, const LanguageIdentifier& identify) {
  product.brand = clean_text(product.brand);
  if (product.language.empty()) {
    const auto title = product.titles.find("");
    if (title != product.titles.end()) {
      product.language = identify(clean_text(title->second)).language;
      product.recognised = !product.language.empty();
    }
  }
  clean_texts(product.titles, product.language, identify);
  clean_texts(product.descriptions, product.language, identify);
  for (auto& [language, levels] : product.categories) {
    for (std::string& level : levels) level = clean_text(level);
    std::erase(levels, "");
  }
  std::erase_if(product.categories, [](const auto& entry) { return entry.second.empty(); });
  const auto unknown = product.categories.find("");
  if (unknown != product.categories.end() && !product.language.empty() &&
      !product.categories.contains(product.language)) {
    auto node = product.categories.extract(unknown);
    node.key() = product.language;
    product.categories.insert(std::move(node));
  }
  for (Attribute& attribute : product.attributes) {
    for (auto& [language, name] : attribute.names) name = clean_text(name);
    for (auto& [language, value] : attribute.values) {
      value = normalize_quantities(clean_text(value), attribute.key);
    }
    std::erase_if(attribute.values, [](const auto& entry) { return entry.second.empty(); });
    std::erase_if(attribute.names, [](const auto& entry) { return entry.second.empty(); });
  }
  std::erase_if(product.attributes, [](const Attribute& a) { return a.values.empty(); });
}

}  // namespace kindred::catalog
