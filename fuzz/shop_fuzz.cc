// What a shop reads of its own and of its owner's: the first byte says which. Settings, an item's
// payload, labelled queries and a stored product give an Error, or what is written and read again
// the same.
#include <cmath>
#include <cstdlib>
#include <string>
#include <string_view>

#include "catalog/product.h"
#include "index/fields.h"
#include "io/temp_directory.h"
#include "kindred/error.h"
#include "shop/item.h"
#include "shop/labels.h"
#include "shop/settings.h"

namespace {

using namespace kindred;

void read_settings(std::string_view text) {
  const std::string json = to_json(shop::settings_from_json(text, "input"));
  if (to_json(shop::settings_from_json(json, "again")) != json) std::abort();
}

void read_payload(std::string_view text) {
  shop::text_hash(text);
  shop::shown(text, "en");
  shop::shown(text);
}

void read_labels(std::string_view text) {
  static const io::TempDirectory directory;
  for (const shop::Labels& labels : shop::read_labels(directory.write("labels.csv", text))) {
    for (const auto& [id, gain] : labels.gains) {
      if (!(gain > 0.0 && std::isfinite(gain))) std::abort();
    }
  }
}

void read_product(std::string_view text) {
  const catalog::Product product = catalog::product_from_json(text, "input");
  if (catalog::product_from_json(catalog::to_json(product), "again") != product) std::abort();
  static const catalog::Prompt prompt;
  const shop::Composed composed = shop::compose(product, prompt);
  if (shop::text_hash(composed.item.payload) != shop::hash_of(composed.text)) std::abort();
  if (shop::shown(composed.item.payload).brand != product.brand) std::abort();
  composed.item.fields.validate();
  const std::string fields = index::encode_fields(composed.item.fields);
  if (index::decode_fields(fields) != composed.item.fields) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    switch (data[0] % 4) {
      case 0:
        read_settings(text);
        break;
      case 1:
        read_payload(text);
        break;
      case 2:
        read_labels(text);
        break;
      default:
        read_product(text);
    }
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::internal) std::abort();
  }
  return 0;
}
