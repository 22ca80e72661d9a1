// Whether two versions of a shop find the same.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/shop_flags.h"
#include "search/parity.h"

namespace kindred::cli {

struct VersionParity {
  struct Mode {
    std::string name;  ///< vector, words, hybrid
    search::ParityReport report;
  };
  std::uint64_t before = 0;  ///< side a of the reports
  std::uint64_t now = 0;
  std::vector<std::string> queries;
  std::vector<Mode> modes;
};

/// Searches the current version and version `other` for the lines of the file `queries` (empty:
/// titles of products), by vector, by words and by both. Without products it compares nothing.
VersionParity compare_versions(shop::Shop& shop, std::uint64_t other, const std::string& queries,
                               const ShopFlags& flags);
void print_parity(const VersionParity& parity);
nlohmann::ordered_json json_of(const VersionParity& parity);

}  // namespace kindred::cli
