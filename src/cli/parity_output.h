// Whether two versions of a shop find the same, in print.
#pragma once

#include <cstdint>
#include <string>

#include "cli/shop_flags.h"

namespace kindred::cli {

/// Searches the current version and version `other` for the lines of `queries` (empty: titles of
/// products), by vector, by words and by both, and prints how alike the first ten are.
void print_parity(shop::Shop& shop, std::uint64_t other, const std::string& queries,
                  const ShopFlags& flags);

}  // namespace kindred::cli
