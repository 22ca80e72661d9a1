// What is imported into a catalogue: the first byte says which. A mapping and a prompt give an
// Error or work on a product; rows of JSONL, CSV and TSV give products that are stored and read
// again the same, or reports of bad rows.
#include <cmath>
#include <cstdlib>
#include <string>
#include <string_view>

#include "catalog/clean.h"
#include "catalog/mapping.h"
#include "catalog/merge.h"
#include "catalog/price.h"
#include "catalog/product_reader.h"
#include "catalog/prompt.h"
#include "catalog/quantity.h"
#include "io/temp_directory.h"
#include "kindred/error.h"
#include "text/code_points.h"

namespace {

using namespace kindred;
using catalog::Product;

void check_stored(const Product& product) {
  if (catalog::product_from_json(catalog::to_json(product), "again") != product) std::abort();
}

void apply_mapping(std::string_view json) {
  const auto mapping = catalog::Mapping::from_json(json, "input");
  const catalog::RawField row[] = {
      {"SKU", "a"},       {"Nombre", "red lamp"}, {"C1", "Home / Lamps"},
      {"x", "1.234,5 €"}, {"Farbe", "[1]", true}, {"title", "lamp"},
      {"id", "b"}};
  try {
    check_stored(mapping.apply(row));
  } catch (const catalog::BadRow&) {
    // as it may be
  }
}

void apply_prompt(std::string_view json) {
  const auto prompt = catalog::Prompt::from_json(json, "input");
  const auto again = catalog::Prompt::from_json(prompt.to_json(), "again");
  if (again.version() != prompt.version()) std::abort();
  Product product{.id = "p1", .language = "zh"};
  product.titles = {{"zh", "红色台灯"}, {"en", "red lamp"}};
  product.categories["en"] = {"Home", "Lamps"};
  product.price = 10.5;
  product.attributes.push_back({"storage", {}, {{"", "256 GB"}}});
  for (const std::string_view language : {"", "zh", "en"}) {
    if (again.apply(product, language) != prompt.apply(product, language)) std::abort();
  }
}

void check_clean(std::string_view text) {
  if (text::valid_prefix(text) != text.size()) std::abort();
  const auto price = catalog::parse_price(text);
  if (price && !std::isfinite(price->value)) std::abort();
  for (const std::string_view key : {"", "storage", "weight", "size"}) {
    catalog::normalize_quantities(text, key);
    const auto quantity = catalog::first_quantity(text, key);
    if (quantity && std::isnan(quantity->in_base_unit().value)) std::abort();
  }
}

void read_products(std::string_view text, io::TableFormat format) {
  static const io::TempDirectory directory;
  auto reader = catalog::ProductReader::open(directory.write("products", text), {}, format);
  Product joined;  // of all rows
  for (catalog::ReadProduct read; reader.next(read);) {
    if (read.bad) continue;
    check_stored(read.product);
    const auto named = catalog::named_languages(read.product);
    clean(read.product);
    check_stored(read.product);
    merge(joined, read.product, named);
    Product again = joined;
    merge(again, read.product, named);
    if (again != joined) std::abort();
    check_stored(joined);
    for (const auto& [language, title] : read.product.titles) check_clean(title);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    switch (data[0] % 5) {
      case 0:
        apply_mapping(text);
        break;
      case 1:
        apply_prompt(text);
        break;
      case 2:
        read_products(text, io::TableFormat::jsonl);
        break;
      case 3:
        read_products(text, io::TableFormat::csv);
        break;
      default:
        read_products(text, io::TableFormat::tsv);
    }
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::internal) std::abort();
  }
  return 0;
}
