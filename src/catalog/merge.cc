#include "catalog/merge.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <vector>

namespace kindred::catalog {
namespace {

using Languages = std::set<std::string, std::less<>>;

template <typename T>
using ByLanguage = std::map<std::string, T, std::less<>>;

template <typename T>
Languages languages_of(const ByLanguage<T>& texts) {
  Languages languages;
  for (const auto& [language, text] : texts) {
    if (!language.empty()) languages.insert(language);
  }
  return languages;
}

/// Which of `known` a text replaces whose language nobody named.
template <typename T>
std::string language_of_unnamed(const ByLanguage<T>& known, const T& text,
                                const std::string& recognised, const std::string& of_product,
                                const Languages& named) {
  for (const auto& [language, there] : known) {
    if (there == text && !named.contains(language)) return language;
  }
  if (known.contains(recognised)) return recognised;
  std::vector<std::string> replaceable;
  for (const auto& [language, there] : known) {
    if (!named.contains(language)) replaceable.push_back(language);
  }
  if (replaceable.size() == 1) return replaceable.front();
  const bool own =
      std::find(replaceable.begin(), replaceable.end(), of_product) != replaceable.end();
  return own ? of_product : recognised;
}

template <typename T>
void merge_texts(ByLanguage<T>& known, const ByLanguage<T>& row, const Languages& named,
                 const std::string& of_product) {
  for (const auto& [language, text] : row) {
    if (text.empty()) continue;
    if (named.contains(language)) {
      known[language] = text;
      continue;
    }
    const std::string replaced = language_of_unnamed(known, text, language, of_product, named);
    if (const auto there = known.find(replaced); there != known.end() && there->second == text)
      continue;
    known.erase(replaced);
    known[language] = text;
  }
}

void merge_values(Texts& known, const Texts& row, const std::string& translation) {
  for (const auto& [language, value] : row) {
    if (value.empty()) continue;
    if (!language.empty() || translation.empty()) {
      known[language] = value;
      continue;
    }
    const auto there = known.find("");
    const bool same = there != known.end() && there->second == value;
    if (!same) known[translation] = value;
  }
}

using Places = std::map<std::string_view, std::vector<std::size_t>>;

Places places_of(const std::vector<Attribute>& attributes) {
  Places places;
  for (std::size_t i = 0; i < attributes.size(); ++i) places[attributes[i].key].push_back(i);
  return places;
}

/// `translation`: the row's language, where it is another than the product's; else empty.
void merge_attributes(std::vector<Attribute>& known, const std::vector<Attribute>& row,
                      const std::string& translation) {
  const Places in_row = places_of(row);
  const Places in_known = places_of(known);
  std::vector<Attribute> added;
  std::vector<char> gone(known.size(), 0);
  for (std::size_t i = 0; i < row.size(); ++i) {
    const std::vector<std::size_t>& here = in_row.at(row[i].key);
    if (here.front() != i) continue;  // all of a key at its first
    const auto found = in_known.find(row[i].key);
    const auto there = found == in_known.end() ? std::vector<std::size_t>() : found->second;
    const bool pairs = here.size() == there.size() && (here.size() == 1 || !translation.empty());
    for (std::size_t n = 0; pairs && n < here.size(); ++n) {
      merge_values(known[there[n]].names, row[here[n]].names, translation);
      merge_values(known[there[n]].values, row[here[n]].values, translation);
    }
    const bool same = std::equal(here.begin(), here.end(), there.begin(), there.end(),
                                 [&](std::size_t a, std::size_t b) { return row[a] == known[b]; });
    if (pairs || same) continue;
    for (const std::size_t place : there) gone[place] = 1;
    for (const std::size_t place : here) added.push_back(row[place]);
  }
  std::size_t at = 0;
  std::erase_if(known, [&](const Attribute&) { return gone[at++] != 0; });
  std::move(added.begin(), added.end(), std::back_inserter(known));
}

template <typename T>
void rename_language(ByLanguage<T>& texts, const std::string& from, const std::string& to) {
  auto node = texts.extract(from);
  if (node.empty()) return;
  node.key() = to;
  texts.insert(std::move(node));
}

/// A row that names the language of the title whose language was only recognised puts it right.
void correct_language(Product& known, const Product& row) {
  const auto own = known.titles.find(known.language);
  const auto title = row.titles.find(row.language);
  if (own == known.titles.end() || title == row.titles.end() || own->second != title->second)
    return;
  rename_language(known.titles, known.language, row.language);
  rename_language(known.descriptions, known.language, row.language);
  rename_language(known.categories, known.language, row.language);
  known.language = row.language;
  known.recognised = false;
}

}  // namespace

NamedLanguages named_languages(const Product& product) {
  return {!product.language.empty(), languages_of(product.titles),
          languages_of(product.descriptions), languages_of(product.categories)};
}

void merge(Product& known, const Product& row, const NamedLanguages& named) {
  if (known.language.empty()) known.recognised = row.recognised;
  if (known.recognised && named.product) correct_language(known, row);
  if (known.language.empty()) known.language = row.language;
  const bool other_language = !row.language.empty() && row.language != known.language;
  const std::string translation = named.product && other_language ? row.language : "";
  merge_texts(known.titles, row.titles, named.titles, known.language);
  merge_texts(known.descriptions, row.descriptions, named.descriptions, known.language);
  merge_texts(known.categories, row.categories, named.categories, known.language);
  // Of a title that was replaced by one in another language.
  if (other_language && !named.product && !known.titles.contains(known.language)) {
    known.language = row.language;
    known.recognised = row.recognised;
  }
  if (!row.brand.empty()) known.brand = row.brand;
  if (row.price) known.price = row.price;
  if (!row.currency.empty() && (row.price || known.currency.empty())) known.currency = row.currency;
  if (!row.image.empty()) known.image = row.image;
  merge_attributes(known.attributes, row.attributes, translation);
  for (const auto& [column, value] : row.other) {
    if (!value.empty()) known.other[column] = value;
  }
}

}  // namespace kindred::catalog
