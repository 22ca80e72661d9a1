// What the tile registers are told, byte for byte, on processors without them too; the object code
// is looked at by tools/check_isa_objects.
#include "kernels/gemm_amx.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "base/cpu.h"

namespace kindred::kernels {
namespace {

TEST(AmxTileConfig, SaysEveryRegisterThatATileUses) {
  for (int rows = 1; rows <= kAmxTileRows; ++rows) {
    std::array<std::uint8_t, 64> expected{};
    expected[0] = 1;  // palette
    const int upper = std::min(rows, 16), lower = rows - upper;
    for (const std::size_t index : {0, 1, 2, 3, 4, 5, 6, 7}) {
      const bool of_x = index < 6;
      const bool is_lower = index == 2 || index == 3 || index == 5;
      const int count = of_x ? (is_lower ? lower : upper) : 16;
      if (count == 0) continue;
      expected[16 + 2 * index] = 64;
      expected[48 + index] = static_cast<std::uint8_t>(count);
    }
    std::array<std::uint8_t, 64> bytes;
    std::memcpy(bytes.data(), &kAmxTileConfigs[static_cast<std::size_t>(rows) - 1], bytes.size());
    EXPECT_EQ(bytes, expected) << rows << " rows";
  }
}

TEST(AmxTileConfig, IsReadBackAsAsked) {
  if (!can_run(Isa::amx)) GTEST_SKIP() << "this processor lacks amx";
  EXPECT_TRUE(amx_keeps_configurations());
}

}  // namespace
}  // namespace kindred::kernels
