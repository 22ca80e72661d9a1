// A product as a line of JSON or TSV.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "catalog/generator.h"

namespace kindred::catalog {
namespace {

using Json = nlohmann::ordered_json;

Json by_language(const GeneratedTexts& texts) {
  Json object = Json::object();
  for (std::size_t l = 0; l < kLanguages; ++l) {
    object[std::string(kLanguageCodes[l])] = texts.by_language[l];
  }
  return object;
}

std::string category_path(const GeneratedProduct& product, Language language) {
  std::string path;
  for (const GeneratedTexts& level : product.category) {
    if (!path.empty()) path += " > ";
    path += level[language];
  }
  return path;
}

}  // namespace

std::string to_json_line(const GeneratedProduct& product) {
  Json line;
  line["id"] = product.id;
  line["language"] = kLanguageCodes[static_cast<std::size_t>(product.language)];
  line["title"] = product.title();
  line["description"] = product.description();
  line["category"] = category_path(product, product.language);
  line["brand"] = product.brand;
  line["price"] = product.price;
  line["currency"] = product.currency;
  line["attributes"] = Json::array();
  for (const GeneratedAttribute& attribute : product.attributes) {
    line["attributes"].push_back({{"key", attribute.key},
                                  {"name", by_language(attribute.name)},
                                  {"value", by_language(attribute.value)}});
  }
  line["titles"] = by_language(product.titles);
  line["descriptions"] = by_language(product.descriptions);
  line["categories"] = Json::object();
  for (std::size_t l = 0; l < kLanguages; ++l) {
    Json levels = Json::array();
    for (const GeneratedTexts& level : product.category) levels.push_back(level.by_language[l]);
    line["categories"][std::string(kLanguageCodes[l])] = std::move(levels);
  }
  return line.dump();
}

std::string_view tsv_header() {
  return "id\tlanguage\tcategory\ttitle\ttitle_zh\ttitle_en\ttitle_es\ttitle_fr";
}

std::string to_tsv_line(const GeneratedProduct& product) {
  std::string line = std::to_string(product.id);
  const auto add = [&line](std::string_view field) {
    line += '\t';
    line += field;
  };
  add(kLanguageCodes[static_cast<std::size_t>(product.language)]);
  add(category_path(product, product.language));
  add(product.title());
  for (const std::string& title : product.titles.by_language) add(title);
  return line;
}

}  // namespace kindred::catalog
