#include "shop/item.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/sha256.h"
#include "catalog/quantity.h"
#include "index/fields.h"

namespace kindred::shop {
namespace {

using catalog::Product;
using catalog::Texts;
using Json = nlohmann::json;
using search::TextField;

std::optional<double> number_in(std::string_view text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

Texts category_paths(const Product& product) {
  Texts paths;
  for (const auto& [language, levels] : product.categories)
    paths[language] = fmt::format("{}", fmt::join(levels, index::kPathSeparator));
  return paths;
}

class FieldWriter {
 public:
  explicit FieldWriter(index::FieldValues& out) : out_(out) {}

  void tag(std::string field, std::string_view value) {
    if (value.empty() || value.size() > kMaxFieldBytes || field.size() > kMaxFieldBytes) return;
    out_.tags.push_back({std::move(field), std::string(value)});
  }
  void number(std::string field, std::optional<double> value) {
    if (!value || !std::isfinite(*value) || field.size() > kMaxFieldBytes) return;
    out_.numbers.push_back({std::move(field), *value});
  }
  /// One language under the plain name, each under its own.
  void tags(const std::string& field, const Texts& texts) {
    tag(field, catalog::text_in(texts, ""));
    for (const auto& [language, text] : texts) {
      if (!language.empty()) tag(fmt::format("{}.{}", field, language), text);
    }
  }

 private:
  index::FieldValues& out_;
};

void write_attribute(const catalog::Attribute& attribute, FieldWriter& fields) {
  const std::string field = "attribute." + attribute.key;
  fields.tags(field, attribute.values);
  const std::string_view value = catalog::text_in(attribute.values, "");
  if (const auto quantity = catalog::first_quantity(value, attribute.key)) {
    fields.number(field, quantity->in_base_unit().value);
  } else {
    fields.number(field, number_in(value));
  }
}

index::FieldValues fields_of(const Product& product) {
  index::FieldValues values;
  FieldWriter fields(values);
  fields.tag("language", product.language);
  fields.tag("brand", product.brand);
  fields.tag("currency", product.currency);
  fields.number("price", product.price);
  fields.tags("category", category_paths(product));
  for (const catalog::Attribute& attribute : product.attributes) write_attribute(attribute, fields);
  for (const auto& [column, value] : product.other) {
    const auto number = number_in(value);
    if (number) fields.number("other." + column, number);
    if (!number) fields.tag("other." + column, value);
  }
  return values;
}

std::vector<search::FieldText> texts_of(const Product& product) {
  std::vector<search::FieldText> texts;
  const auto add = [&](TextField field, const Texts& of_languages) {
    for (const auto& [language, text] : of_languages) texts.push_back({field, language, text});
  };
  add(TextField::title, product.titles);
  if (!product.brand.empty()) texts.push_back({TextField::brand, "", product.brand});
  add(TextField::category, category_paths(product));
  add(TextField::description, product.descriptions);
  Texts attributes;
  for (const catalog::Attribute& attribute : product.attributes) {
    for (const auto& [language, value] : attribute.values) {
      std::string& all = attributes[language];
      all += (all.empty() ? "" : "; ") + value;
    }
  }
  add(TextField::description, attributes);
  return texts;
}

template <typename T>
void put(Json& json, const char* key, const T& value) {
  if (!value.empty()) json[key] = value;
}

std::string payload_of(const Product& product, std::string_view text) {
  Json json{{"text", hash_of(text)}};
  put(json, "titles", product.titles);
  put(json, "categories", category_paths(product));
  put(json, "language", product.language);
  put(json, "brand", product.brand);
  if (product.price) json["price"] = *product.price;
  put(json, "currency", product.currency);
  put(json, "image", product.image);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string hash_of(std::string_view text) {
  return sha256(text).substr(0, 16);
}

Composed compose(const Product& product, const catalog::Prompt& prompt) {
  Composed composed;
  composed.text = prompt.apply(product);
  composed.item.id = product.id;
  composed.item.texts = texts_of(product);
  composed.item.fields = fields_of(product);
  composed.item.payload = payload_of(product, composed.text);
  return composed;
}

std::vector<std::pair<std::string, index::FieldKinds>> expected_fields() {
  const index::FieldKinds tags{.tags = true, .numbers = false};
  return {{"language", tags},
          {"brand", tags},
          {"currency", tags},
          {"category", tags},
          {"price", {.tags = false, .numbers = true}}};
}

std::string text_hash(std::string_view payload) {
  const Json json = Json::parse(payload, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return {};
  const auto found = json.find("text");
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Shown shown(std::string_view payload, std::string_view language) {
  try {
    const Json json = Json::parse(payload);
    Shown shown;
    shown.language = json.value("language", "");
    if (language.empty()) language = shown.language;
    shown.title = catalog::text_in(json.value("titles", Texts()), language);
    shown.category = catalog::text_in(json.value("categories", Texts()), language);
    shown.brand = json.value("brand", "");
    if (json.contains("price")) shown.price = json.at("price").get<double>();
    shown.currency = json.value("currency", "");
    shown.image = json.value("image", "");
    return shown;
  } catch (const Json::exception& error) {
    fail(ErrorKind::corrupt, "an item's payload is not that of a product: {}; reindex the shop",
         error.what());
  }
}

}  // namespace kindred::shop
