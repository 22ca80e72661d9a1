// What a column becomes, by its name or as a mapping writes it. For mapping.cc alone; tested by
// mapping_test.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "catalog/mapping.h"

namespace kindred::catalog {

inline constexpr std::size_t kMaxLevels = 8;  // of a category

std::string lower(std::string_view text);  ///< letters of ASCII
/// Without the blanks around it.
std::string_view trimmed(std::string_view text);

/// "title:es", "category:1", "attribute:colour:es".
std::optional<Mapping::Target> parse_target(std::string_view text, char separator);
/// What is understood without a mapping.
Mapping::Target usual_target(std::string_view column);

}  // namespace kindred::catalog
