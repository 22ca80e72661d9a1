// Items and backends for tests. For tests only.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "catalog/generator.h"
#include "io/temp_directory.h"
#include "search/embedded_backend.h"

namespace kindred::search {

inline Item make_item(std::string id, std::string title, std::vector<float> vector,
                      index::FieldValues fields = {}, std::string language = "en") {
  std::string payload = "payload of " + id;
  return {std::move(id),
          {{TextField::title, std::move(language), std::move(title)}},
          std::move(fields),
          std::move(payload),
          std::move(vector)};
}

inline std::vector<std::string> ids_of(const auto& hits) {
  std::vector<std::string> ids;
  for (const auto& hit : hits) ids.push_back(hit.item.id);
  return ids;
}

/// Products of the demo's shop with vectors around a centre for each category.
inline std::vector<Item> made_up_items(std::size_t products, std::size_t dimension) {
  std::vector<Item> items;
  catalog::generate({.products = products}, [&](const catalog::GeneratedProduct& product) {
    const auto language = static_cast<std::size_t>(product.language);
    const std::string code(catalog::kLanguageCodes[language]);
    Item item;
    item.id = "p" + std::to_string(product.id);
    item.texts = {{TextField::title, code, product.title()},
                  {TextField::description, code, product.description()},
                  {TextField::brand, "", product.brand}};
    const std::string leaf = product.category.back()[product.language];
    item.fields = {{{"language", code}, {"brand", product.brand}, {"category", leaf}},
                   {{"price", product.price}}};
    Random centre(std::hash<std::string>()(product.category.back()[catalog::Language::en]));
    Random noise(product.id);
    for (std::size_t d = 0; d < dimension; ++d) {
      item.vector.push_back(static_cast<float>(centre.normal() + 0.5 * noise.normal()));
    }
    items.push_back(std::move(item));
  });
  return items;
}

/// The same vectors by cosine in each backend.
inline std::unique_ptr<EmbeddedBackend> make_embedded(const std::string& directory,
                                                      std::size_t dimension) {
  EmbeddedOptions options;
  options.vectors.dimension = dimension;
  return EmbeddedBackend::create(directory, options);
}

}  // namespace kindred::search
