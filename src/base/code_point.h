// The code points of UTF-8. Tested by printable_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kindred {

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t bytes = 0;  ///< 0: not UTF-8
};

/// The first of a text that is not empty.
CodePoint first_code_point(std::string_view text) noexcept;

}  // namespace kindred
