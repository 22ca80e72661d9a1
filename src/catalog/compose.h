// Titles and descriptions from words, by the grammar of each language. Tested by generator_test.cc.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/lexicon.h"

namespace kindred::catalog {

/// A value of an attribute: a number of its table (behind `numbers`), or a word.
struct DrawnAttribute {
  const AttributeWords* words = nullptr;
  std::size_t value = 0;
};

/// What was drawn for one product.
struct Draw {
  const Leaf* leaf = nullptr;
  std::string_view brand;
  std::string_view series;
  const Qualifier* qualifier = nullptr;  ///< or null
  std::vector<const Word*> features;     ///< the first two are in the title
  const Word* use = nullptr;             ///< or null
  const Word* service = nullptr;
  std::vector<DrawnAttribute> attributes;  ///< as listed; roles place them in the title
};

/// "256GB ROM", "6,7 pulgadas", "negro".
std::string attribute_value(const DrawnAttribute& attribute, std::size_t language);

std::string compose_title(const Draw& draw, std::size_t language);
std::string compose_description(const Draw& draw, std::size_t language);

}  // namespace kindred::catalog
