#include "catalog/product.h"

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace kindred::catalog {
namespace {

using Json = nlohmann::json;

template <typename T>
void put(Json& json, const char* key, const T& value) {
  if (!value.empty()) json[key] = value;
}

template <typename T>
void take(const Json& json, const char* key, T& value) {
  const auto found = json.find(key);
  if (found != json.end()) found->get_to(value);
}

}  // namespace

std::string_view text_in(const Texts& texts, std::string_view language) noexcept {
  for (const std::string_view wanted : {language, std::string_view(), std::string_view("en")}) {
    const auto found = texts.find(wanted);
    if (found != texts.end()) return found->second;
  }
  return texts.empty() ? std::string_view() : std::string_view(texts.begin()->second);
}

std::string to_json(const Product& product) {
  Json json;
  json["id"] = product.id;
  put(json, "language", product.language);
  if (product.recognised) json["recognised"] = true;
  put(json, "titles", product.titles);
  put(json, "descriptions", product.descriptions);
  put(json, "categories", product.categories);
  put(json, "brand", product.brand);
  if (product.price) json["price"] = *product.price;
  put(json, "currency", product.currency);
  put(json, "image", product.image);
  for (const Attribute& attribute : product.attributes) {
    Json entry{{"key", attribute.key}};
    put(entry, "names", attribute.names);
    put(entry, "values", attribute.values);
    json["attributes"].push_back(std::move(entry));
  }
  put(json, "other", product.other);
  // Invalid UTF-8 is repaired by the reader already; should any come here, it is replaced.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Product product_from_json(std::string_view text, std::string_view origin) {
  try {
    const Json json = Json::parse(text);
    Product product;
    json.at("id").get_to(product.id);
    take(json, "language", product.language);
    product.recognised = json.value("recognised", false);
    take(json, "titles", product.titles);
    take(json, "descriptions", product.descriptions);
    take(json, "categories", product.categories);
    take(json, "brand", product.brand);
    if (json.contains("price")) product.price = json["price"].get<double>();
    take(json, "currency", product.currency);
    take(json, "image", product.image);
    for (const Json& entry : json.value("attributes", Json::array())) {
      Attribute& attribute = product.attributes.emplace_back();
      entry.at("key").get_to(attribute.key);
      take(entry, "names", attribute.names);
      take(entry, "values", attribute.values);
    }
    take(json, "other", product.other);
    return product;
  } catch (const Json::exception& error) {
    fail(ErrorKind::corrupt, "{}: not a stored product: {}; import it again", origin, error.what());
  }
}

}  // namespace kindred::catalog
