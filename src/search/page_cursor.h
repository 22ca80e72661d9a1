// The place in a search where its next page begins. Tested by page_cursor_test.cc.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kindred::search {

/// The keys that were given already, as text that a client hands back: hexadecimal digits of
/// CRC-32C of what follows, `request`, then the differences of the ascending keys as
/// variable-length numbers. `request` tells apart requests that a cursor does not belong to.
std::string encode_cursor(std::uint32_t request, std::vector<std::uint64_t> keys);
/// Ascending. Errors: bad_input for what encode_cursor did not write, or wrote for another request.
std::vector<std::uint64_t> decode_cursor(std::string_view cursor, std::uint32_t request);

}  // namespace kindred::search
