#include "prepare/attribute_variants.h"

#include <span>
#include <string>

#include "catalog/quantity.h"

namespace kindred::prepare {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Without the blanks between the numbers and the units of normalised quantities.
std::string close_up(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool between = text[i] == ' ' && i > 0 && is_digit(text[i - 1]) && i + 1 < text.size() &&
                         is_letter(text[i + 1]);
    if (!between) result += text[i];
  }
  return result;
}

}  // namespace

catalog::Product vary_attributes(const catalog::Product& product, const VariantOptions& options,
                                 Random& random) {
  catalog::Product variant = product;
  variant.attributes.clear();
  for (const catalog::Attribute& attribute : product.attributes) {
    if (random.uniform() >= options.drop) variant.attributes.push_back(attribute);
  }
  if (variant.attributes.empty() && !product.attributes.empty()) {
    variant.attributes.push_back(product.attributes[random.below(product.attributes.size())]);
  }
  random.shuffle(std::span(variant.attributes));
  for (catalog::Attribute& attribute : variant.attributes) {
    const bool respelt = random.uniform() < options.respell;
    for (auto& [language, value] : attribute.values) {
      if (!respelt || !catalog::first_quantity(value, attribute.key)) continue;
      const std::string apart = catalog::normalize_quantities(value, attribute.key);
      if (value != apart) {
        value = apart;
        continue;
      }
      // "2 cells" is no quantity, and "2cells" would not be read as the same.
      const std::string closed = close_up(apart);
      if (catalog::normalize_quantities(closed, attribute.key) == apart) value = closed;
    }
  }
  return variant;
}

}  // namespace kindred::prepare
