// Shops of a small random model and short made-up products. For tests only.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/progress.h"
#include "base/random.h"
#include "io/temp_directory.h"
#include "shop/shop.h"
#include "shop/sync.h"

namespace kindred::shop {

inline std::string golden_model(const std::string& name = "st-dense") {
  return std::string(KINDRED_TEST_DATA) + "/golden/vectors/" + name;
}

/// Words of the model's vocabulary: a title that depends on the number.
inline std::string words_of(std::uint64_t number) {
  Random random(number);
  std::string text;
  for (int i = 0; i < 4; ++i) text += (i > 0 ? " t" : "t") + std::to_string(3 + random.below(80));
  return text;
}

inline catalog::Product product_of(std::uint64_t number) {
  catalog::Product product;
  product.id = "p" + std::to_string(number);
  product.language = number % 3 == 0 ? "es" : "en";
  product.titles[product.language] = words_of(number);
  product.categories["en"] = {"Shop", number % 2 == 0 ? "Even" : "Odd"};
  product.brand = "Brand" + std::to_string(number % 5);
  product.price = static_cast<double>(number) + 0.5;
  product.currency = "EUR";
  product.attributes.push_back({"storage", {}, {{"", std::to_string(64 << (number % 3)) + " GB"}}});
  return product;
}

inline std::vector<catalog::Product> products_of(std::uint64_t begin, std::uint64_t end) {
  std::vector<catalog::Product> products;
  for (std::uint64_t i = begin; i < end; ++i) products.push_back(product_of(i));
  return products;
}

/// Products and queries have one prompt: a text finds itself first.
inline VersionSettings tiny_version(const std::string& prompt = "{title}",
                                    const std::string& model = "st-dense") {
  ModelRequest request;
  request.path = golden_model(model);
  request.query_prompt = "passage";
  return describe_version(request, catalog::Prompt(prompt), {.threads = 1});
}

inline SyncCounts sync(Shop& shop, Version& version, SyncOptions options = {}) {
  Progress silent(nullptr, "", "");
  std::optional<ShopEncoder> encoder;
  const EncoderSource source = [&]() -> const ShopEncoder& {
    if (!encoder) encoder = ShopEncoder::open(version.settings(), {.threads = 1});
    return *encoder;
  };
  return synchronise(shop.catalogue(), version, source, options, silent);
}

/// The current version, brought up to the catalogue.
inline SyncCounts sync(Shop& shop) {
  Version version = shop.open_version();
  return sync(shop, version);
}

}  // namespace kindred::shop
