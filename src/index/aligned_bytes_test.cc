#include "index/aligned_bytes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace kindred::index {
namespace {

TEST(AlignedBytes, AreZeroAndBeginALine) {
  for (const std::size_t size : {1, 63, 64, 4097, 5 << 20}) {
    AlignedBytes bytes(size);
    EXPECT_EQ(bytes.size(), size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(bytes.data()) % 64, 0U);
    EXPECT_EQ(std::count(bytes.data(), bytes.data() + size, std::byte{0}),
              static_cast<std::ptrdiff_t>(size));
    bytes.data()[size - 1] = std::byte{7};
    const AlignedBytes moved = std::move(bytes);
    EXPECT_EQ(moved.data()[size - 1], std::byte{7});
  }
  EXPECT_TRUE(AlignedBytes().empty());
  EXPECT_TRUE(AlignedBytes(0).empty());
}

}  // namespace
}  // namespace kindred::index
