#include "prepare/product_texts.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "catalog/row_source.h"

namespace kindred::prepare {
namespace {

constexpr std::pair<std::string_view, std::string_view> kColumns[] = {
    {"_id", "id"},
    {"text", "description"},
    {"product_id", "id"},
    {"product_title", "title"},
    {"product_name", "title"},
    {"product_description", "description"},
    {"product_brand", "brand"},
    {"product_color", "attribute:color"},
    {"product_locale", "language"},
    {"category hierarchy", "category"},
};

// The columns of the file's first row.
std::vector<std::string> columns_of(const std::string& path) {
  const auto rows = catalog::open_rows(path);
  if (!rows->columns().empty()) return {rows->columns().begin(), rows->columns().end()};
  std::vector<catalog::RawField> fields;
  std::uint64_t line = 0;
  std::vector<std::string> names;
  try {
    rows->next(fields, line);
  } catch (const Error&) {
    return names;  // reported when it is come to
  } catch (const catalog::NotUtf8&) {
    return names;
  }
  for (const catalog::RawField& field : fields) names.emplace_back(field.column);
  return names;
}

catalog::Mapping mapping_of(const std::string& path) {
  nlohmann::json json{{"columns", nlohmann::json::object()}};
  for (const std::string& column : columns_of(path)) {
    for (const auto& [name, target] : kColumns) {
      if (column != name) continue;
      json["columns"][column] = target;
      if (name == "category hierarchy") json["category_separator"] = "/";
    }
  }
  if (json["columns"].empty()) return catalog::Mapping();
  return catalog::Mapping::from_json(json.dump(), path);
}

}  // namespace

catalog::ProductReader open_products(const ProductFile& file) {
  return catalog::ProductReader::open(file.path,
                                      file.mapping ? *file.mapping : mapping_of(file.path));
}

catalog::Prompt prompt_of(const ProductFile& file) {
  return file.prompt.value_or(catalog::Prompt());
}

bool holds_documents(const ProductFile& file) {
  if (file.mapping || file.prompt) return false;
  const std::vector<std::string> columns = columns_of(file.path);
  return std::find(columns.begin(), columns.end(), "_id") != columns.end();
}

const std::vector<std::string>* category_levels(const catalog::Product& product) {
  for (const char* language : {"", "en"}) {
    const auto found = product.categories.find(language);
    if (found != product.categories.end() && !found->second.empty()) return &found->second;
  }
  for (const auto& [language, levels] : product.categories) {
    if (!levels.empty()) return &levels;
  }
  return nullptr;
}

std::string category_name(const catalog::Product& product) {
  const auto* levels = category_levels(product);
  return levels == nullptr ? "" : fmt::format("{}", fmt::join(*levels, " > "));
}

std::string language_of_locale(std::string_view locale) {
  std::string language(locale.substr(0, locale.find_first_of("-_")));
  for (char& c : language) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  if (language == "us" || language == "uk") return "en";
  if (language == "jp") return "ja";
  return language;
}

}  // namespace kindred::prepare
