// A product's text with its attributes told in other ways. Tested by attribute_variants_test.cc.
#pragma once

#include "base/random.h"
#include "catalog/product.h"

namespace kindred::prepare {

struct VariantOptions {
  double drop = 0.3;     ///< share of attributes left out, at least one of which stays
  double respell = 0.5;  ///< share of quantities written with another blank before the unit
};

/// The product with attributes left out, in another order, and with quantities respelt: "256 GB",
/// "256GB", "256G"-like spellings become the first two. All of it is still true of the product:
/// nothing is added, no value changes, no unit is converted or left out (a number alone would be
/// true of other products too), titles and descriptions stay.
catalog::Product vary_attributes(const catalog::Product& product, const VariantOptions& options,
                                 Random& random);

}  // namespace kindred::prepare
