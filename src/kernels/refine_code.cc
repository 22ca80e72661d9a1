// The layout of refinement codes, the choice of instruction set, its proof, and the scalar
// reference.
#include "kernels/refine_code.h"

#include <cstring>

#include "kernels/all_variants.h"

namespace kindred::kernels {
namespace {

constexpr std::size_t kGroup = 64;

template <unsigned kBits>
struct ScalarProduct {
  static std::int32_t run(const std::byte* code, const std::int8_t* query, std::size_t dimensions) {
    std::int32_t sum = 0;
    for (std::size_t d = 0; d < dimensions; d += kGroup) {
      std::uint8_t values[kGroup];
      unpack_refine_code(code + refine_code_bytes(d, kBits), kGroup, kBits, values);
      for (std::size_t i = 0; i < kGroup; ++i) sum += values[i] * query[d + i];
    }
    return sum;
  }
};

RefineProduct refine_product_scalar(unsigned bits) noexcept {
  return refine_product_of<ScalarProduct>(bits);
}

bool is_right(RefineProductOf candidate) {
  constexpr std::size_t kMost = 192;
  std::vector<std::byte> code(refine_code_bytes(kMost, 8));
  std::vector<std::int8_t> query(kMost);
  for (std::size_t i = 0; i < kMost; ++i) {
    code[i] = static_cast<std::byte>(i * 37 + 11);
    query[i] = static_cast<std::int8_t>(static_cast<int>(i * 53 % 255) - 127);
  }
  for (unsigned bits = 2; bits <= 8; ++bits)
    for (const std::size_t n : {64, 128, 192})
      if (candidate(bits)(code.data(), query.data(), n) !=
          refine_product_scalar(bits)(code.data(), query.data(), n))
        return false;
  return true;
}

}  // namespace

constinit const Variants<RefineProductOf> kRefineVariants("refinement codes", is_right,
                                                          refine_product_scalar,
                                                          refine_product_avx2,
                                                          refine_product_avx512);

void pack_refine_code(const std::uint8_t* values, std::size_t dimensions, unsigned bits,
                      std::byte* code) {
  if (bits == 8) {
    std::memcpy(code, values, dimensions);
    return;
  }
  std::memset(code, 0, refine_code_bytes(dimensions, bits));
  for (std::size_t d = 0; d < dimensions; d += kGroup, values += kGroup) {
    unsigned shift = 0;
    // A plane of 4, 2 or 1 bits packs 64 · width / 8 bytes; dimension i is in byte i mod that many.
    for (const unsigned width : {4U, 2U, 1U}) {
      if ((bits & width) == 0) continue;
      const std::size_t bytes = kGroup * width / 8;
      for (std::size_t i = 0; i < kGroup; ++i) {
        const unsigned part = values[i] >> shift & ((1U << width) - 1);
        if (width == 1)
          code[i / 8] |= static_cast<std::byte>(part << (i % 8));
        else
          code[i % bytes] |= static_cast<std::byte>(part << (i / bytes * width));
      }
      code += bytes;
      shift += width;
    }
  }
}

void unpack_refine_code(const std::byte* code, std::size_t dimensions, unsigned bits,
                        std::uint8_t* values) {
  if (bits == 8) {
    std::memcpy(values, code, dimensions);
    return;
  }
  std::memset(values, 0, dimensions);
  for (std::size_t d = 0; d < dimensions; d += kGroup, values += kGroup) {
    unsigned shift = 0;
    for (const unsigned width : {4U, 2U, 1U}) {
      if ((bits & width) == 0) continue;
      const std::size_t bytes = kGroup * width / 8;
      for (std::size_t i = 0; i < kGroup; ++i) {
        const auto byte = std::to_integer<unsigned>(code[width == 1 ? i / 8 : i % bytes]);
        const unsigned at = width == 1 ? i % 8 : static_cast<unsigned>(i / bytes) * width;
        values[i] =
            static_cast<std::uint8_t>(values[i] | (byte >> at & ((1U << width) - 1)) << shift);
      }
      code += bytes;
      shift += width;
    }
  }
}

RefineProduct refine_product(unsigned bits, Isa isa) noexcept {
  return kRefineVariants.choose(isa)(bits);
}

}  // namespace kindred::kernels
