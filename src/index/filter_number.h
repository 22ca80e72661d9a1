// Numbers in filter expressions. Internal to filter*.cc.
#pragma once

#include <optional>
#include <string_view>

namespace kindred::index {

/// The whole text as a finite decimal number: "50", "-3.5", "1e3".
std::optional<double> parse_number(std::string_view text) noexcept;

}  // namespace kindred::index
