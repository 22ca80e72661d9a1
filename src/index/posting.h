// The rows of one tag as a compressed bitmap. Tested by posting_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "index/row_set.h"

namespace kindred::index {

/// `rows`, ascending and distinct, in Roaring's portable format
/// (github.com/RoaringBitmap/RoaringFormatSpec), written by CRoaring.
std::string encode_posting(std::span<const std::uint32_t> rows);

// Readers of that format, in place, so that a mapped file needs neither a copy nor an allocation
// for each tag, and with every size checked: a posting that contradicts itself, or has a row that
// the set does not, gives false (or nothing).

/// Adds the posting's rows to `out`.
bool add_posting(std::span<const std::byte> posting, RowSet& out);
/// How many of the posting's rows are in `rows`.
std::optional<std::uint64_t> count_posting(std::span<const std::byte> posting, const RowSet& rows);

}  // namespace kindred::index
