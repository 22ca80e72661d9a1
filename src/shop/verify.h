// Whether a version's items are what the catalogue says. Tested by shop_test.cc.
#pragma once

#include <cstdint>
#include <functional>

#include "catalog/store.h"
#include "shop/version.h"

namespace kindred::shop {

struct VerifyResult {
  std::uint64_t products = 0;  ///< of the catalogue
  std::uint64_t items = 0;
  std::uint64_t waiting = 0;  ///< changes of the catalogue that are not in the items yet
};

/// Reads everything of catalogue and index, and compares each item that the version has followed
/// with its product, and each removed one with nothing. `progress` is given the changes compared.
/// Errors: corrupt, with the first difference.
VerifyResult verify(catalog::Store& store, Version& version,
                    const std::function<void(std::uint64_t)>& progress = {});

}  // namespace kindred::shop
