// How the AMX kernels set up the tile registers. Internal; tested by gemm_amx_test.cc. Plain data:
// this header is compiled for every instruction set.
#pragma once

#include <array>
#include <cstdint>

namespace kindred::kernels {

/// The 64-byte operand of ldtilecfg (Intel SDM, volume 1, table 18-1).
struct alignas(64) AmxTileConfig {
  std::uint8_t palette = 1;
  std::uint8_t start_row = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t row_bytes[16] = {};
  std::uint8_t rows[16] = {};

  constexpr bool operator==(const AmxTileConfig&) const = default;
};
static_assert(sizeof(AmxTileConfig) == 64);

/// Most rows of one of our tiles.
inline constexpr int kAmxTileRows = 32;

/// Entry r - 1 is the configuration for a tile of r rows.
extern const std::array<AmxTileConfig, kAmxTileRows> kAmxTileConfigs;

/// Loads every configuration and reads it back; false where the processor holds another than was
/// asked. Must run, and give true, before the first tile instruction. Needs AMX.
bool amx_keeps_configurations();

}  // namespace kindred::kernels
