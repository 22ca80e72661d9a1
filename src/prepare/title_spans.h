// Where a product's title says its attributes. Tested by title_spans_test.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalog/product.h"
#include "prepare/spans.h"

namespace kindred::prepare {

/// The product's brand ("brand") and the values of its attributes (their keys), in that language or
/// in none, where the title has them as whole words, upper and lower case of Latin letters alike
/// and with or without blanks ("256 GB", "256GB"). Of values that overlap the longest is taken, of
/// equal ones the first in the title; a value that stands there twice is marked twice.
std::vector<Span> title_spans(std::string_view title, std::string_view language,
                              const catalog::Product& product);

}  // namespace kindred::prepare
