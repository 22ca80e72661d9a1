// float32 vectors to the stored types. Tested by output_type_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "encode/calibration.h"
#include "io/vector_writer.h"

namespace kindred::encode {

/// Converts `values` (rows of `dimensions` floats) and writes rows of
/// io::stored_columns(type, dimensions) elements to `out`, as sentence-transformers does it:
/// int8 and uint8 are floor((x - min) / ((max - min) / 255)) cut to 0 … 255 (minus 128 for int8, a
/// step of 0 counts as 1); binary types set a bit where x > 0, the first dimension in the highest
/// bit. `calibration` may be null for the other types; for int8 and uint8 its dimensions must
/// agree. `first_row` is the number of the first row, as messages should count it. Errors:
/// bad_input for a value too large for float16.
void convert_rows(std::span<const float> values, std::size_t dimensions, io::VectorType type,
                  const Calibration* calibration, std::byte* out, std::uint64_t first_row = 0);

}  // namespace kindred::encode
