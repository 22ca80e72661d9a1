// What a row adds to a product that is known already. Tested by merge_test.cc.
#pragma once

#include <set>
#include <string>

#include "catalog/product.h"

namespace kindred::catalog {

/// What a row named languages for, before they were recognised (clean.h).
struct NamedLanguages {
  bool product = false;
  std::set<std::string, std::less<>> titles = {};
  std::set<std::string, std::less<>> descriptions = {};
  std::set<std::string, std::less<>> categories = {};
};
NamedLanguages named_languages(const Product& product);

/// Adds the facts of a row to `known`, which has the same id; what the row says nothing about
/// stays. `named`: of the row, before it was cleaned. Adding a row once more changes nothing.
///
/// Texts are added by language, and replace those of their language. A text whose language the row
/// does not name replaces that of the language that was recognised, else the only one there is,
/// else that in the product's language; where a text is the same as one that is there, it is that.
/// Brand, image and what else there is replace what was there; a currency does with a price alone.
/// A row that names another language than the product's is a translation, unless it names that of a
/// title whose language was only recognised: the product keeps its language, and values of
/// attributes that differ are added in the row's. Attributes are added by key; those of a key that
/// comes several times replace all of that key.
void merge(Product& known, const Product& row, const NamedLanguages& named);

}  // namespace kindred::catalog
