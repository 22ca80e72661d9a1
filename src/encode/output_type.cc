#include "encode/output_type.h"

#include <cstdint>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "io/half.h"
#include "kernels/quantize.h"

namespace kindred::encode {
namespace {

void check_halves(std::span<const float> values, const std::vector<std::uint16_t>& halves,
                  std::size_t dimensions, std::uint64_t first_row) {
  constexpr unsigned kNotFinite = 0x7C00;
  for (std::size_t i = 0; i < halves.size(); ++i) {
    if ((halves[i] & kNotFinite) != kNotFinite) continue;
    fail(ErrorKind::bad_input,
         "row {} has the value {}, and float16 holds 65504 at most; write float32, or normalise",
         first_row + i / dimensions, values[i]);
  }
}

}  // namespace

void convert_rows(std::span<const float> values, std::size_t dimensions, io::VectorType type,
                  const Calibration* calibration, std::byte* out, std::uint64_t first_row) {
  if (type == io::VectorType::int8 || type == io::VectorType::uint8)
    require(calibration && calibration->dimensions() == dimensions, "convert_rows: calibration");
  const float* x = values.data();
  const std::size_t rows = values.size() / dimensions;
  auto* const bytes = reinterpret_cast<std::uint8_t*>(out);
  auto* const signed_bytes = reinterpret_cast<std::int8_t*>(out);
  switch (type) {
    case io::VectorType::float32:
      std::memcpy(out, x, values.size_bytes());
      return;
    case io::VectorType::float16: {
      std::vector<std::uint16_t> halves(values.size());
      io::floats_to_halves(x, values.size(), halves.data());
      check_halves(values, halves, dimensions, first_row);
      std::memcpy(out, halves.data(), halves.size() * sizeof(std::uint16_t));
      return;
    }
    case io::VectorType::int8:
      kernels::quantize_int8(x, rows, dimensions, calibration->ranges, signed_bytes);
      return;
    case io::VectorType::uint8:
      kernels::quantize_uint8(x, rows, dimensions, calibration->ranges, bytes);
      return;
    case io::VectorType::binary:
      kernels::quantize_binary(x, rows, dimensions, signed_bytes);
      return;
    case io::VectorType::ubinary:
      kernels::quantize_ubinary(x, rows, dimensions, bytes);
      return;
  }
}

}  // namespace kindred::encode
