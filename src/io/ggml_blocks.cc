#include "io/ggml_blocks.h"

#include <cstdint>
#include <cstring>

#include "base/error.h"
#include "io/half.h"

namespace kindred::io {
namespace {

// Layouts as in ggml-common.h. All members are bytes, so that blocks may lie at any address.

struct Half {
  std::uint8_t bytes[2];
  float value() const {
    std::uint16_t bits;
    std::memcpy(&bits, bytes, 2);
    return half_to_float(bits);
  }
};

struct BlockQ4_0 {
  static constexpr std::size_t kElements = 32;
  Half scale;
  std::uint8_t nibbles[16];  // element j low, element j + 16 high
};
struct BlockQ4_1 {
  static constexpr std::size_t kElements = 32;
  Half scale;
  Half minimum;
  std::uint8_t nibbles[16];
};
struct BlockQ5_0 {
  static constexpr std::size_t kElements = 32;
  Half scale;
  std::uint8_t high_bits[4];  // bit j of these 32: the fifth of element j
  std::uint8_t nibbles[16];
};
struct BlockQ5_1 {
  static constexpr std::size_t kElements = 32;
  Half scale;
  Half minimum;
  std::uint8_t high_bits[4];
  std::uint8_t nibbles[16];
};
struct BlockQ8_0 {
  static constexpr std::size_t kElements = 32;
  Half scale;
  std::int8_t values[32];
};
struct BlockQ2_K {
  static constexpr std::size_t kElements = 256;
  std::uint8_t scales[16];  // of 16 elements each: scale low, minimum high
  std::uint8_t pairs[64];
  Half scale;
  Half minimum;
};
struct BlockQ3_K {
  static constexpr std::size_t kElements = 256;
  std::uint8_t high_bits[32];
  std::uint8_t pairs[64];
  std::uint8_t scales[12];  // 16 scales of 6 bits
  Half scale;
};
struct BlockQ4_K {
  static constexpr std::size_t kElements = 256;
  Half scale;
  Half minimum;
  std::uint8_t scales[12];  // 8 scales and 8 minima of 6 bits
  std::uint8_t nibbles[128];
};
struct BlockQ5_K {
  static constexpr std::size_t kElements = 256;
  Half scale;
  Half minimum;
  std::uint8_t scales[12];
  std::uint8_t high_bits[32];
  std::uint8_t nibbles[128];
};
struct BlockQ6_K {
  static constexpr std::size_t kElements = 256;
  std::uint8_t nibbles[128];
  std::uint8_t high_pairs[64];
  std::int8_t scales[16];
  Half scale;
};
struct BlockIQ4_NL {
  static constexpr std::size_t kElements = 32;
  Half scale;
  std::uint8_t nibbles[16];  // places in kNonLinear
};
struct BlockIQ4_XS {
  static constexpr std::size_t kElements = 256;
  Half scale;
  std::uint8_t scales_high[2];  // 2 bits of each of 8 scales
  std::uint8_t scales_low[4];   // 4 bits of each
  std::uint8_t nibbles[128];
};
static_assert(sizeof(BlockQ5_0) == 22 && sizeof(BlockQ5_1) == 24 && sizeof(BlockQ2_K) == 84);
static_assert(sizeof(BlockQ3_K) == 110 && sizeof(BlockIQ4_NL) == 18 && sizeof(BlockIQ4_XS) == 136);
static_assert(sizeof(BlockQ4_0) == 18 && sizeof(BlockQ4_1) == 20 && sizeof(BlockQ8_0) == 34);
static_assert(sizeof(BlockQ4_K) == 144 && sizeof(BlockQ5_K) == 176 && sizeof(BlockQ6_K) == 210);

void expand(const BlockQ4_0& block, float* out) {
  const float scale = block.scale.value();
  for (int j = 0; j < 16; ++j) {
    out[j] = static_cast<float>((block.nibbles[j] & 15) - 8) * scale;
    out[j + 16] = static_cast<float>((block.nibbles[j] >> 4) - 8) * scale;
  }
}

void expand(const BlockQ4_1& block, float* out) {
  const float scale = block.scale.value();
  const float minimum = block.minimum.value();
  for (int j = 0; j < 16; ++j) {
    out[j] = static_cast<float>(block.nibbles[j] & 15) * scale + minimum;
    out[j + 16] = static_cast<float>(block.nibbles[j] >> 4) * scale + minimum;
  }
}

/// The fifth bits of elements j and j + 16, where the fifth bit belongs.
struct FifthBits {
  int low;
  int high;
};

FifthBits fifth_bits(const std::uint8_t* packed, int j) {
  return {((packed[j / 8] >> (j % 8)) & 1) << 4, ((packed[j / 8 + 2] >> (j % 8)) & 1) << 4};
}

void expand(const BlockQ5_0& block, float* out) {
  const float scale = block.scale.value();
  for (int j = 0; j < 16; ++j) {
    const FifthBits bits = fifth_bits(block.high_bits, j);
    out[j] = static_cast<float>(((block.nibbles[j] & 15) | bits.low) - 16) * scale;
    out[j + 16] = static_cast<float>(((block.nibbles[j] >> 4) | bits.high) - 16) * scale;
  }
}

void expand(const BlockQ5_1& block, float* out) {
  const float scale = block.scale.value();
  const float minimum = block.minimum.value();
  for (int j = 0; j < 16; ++j) {
    const FifthBits bits = fifth_bits(block.high_bits, j);
    out[j] = static_cast<float>((block.nibbles[j] & 15) | bits.low) * scale + minimum;
    out[j + 16] = static_cast<float>((block.nibbles[j] >> 4) | bits.high) * scale + minimum;
  }
}

void expand(const BlockQ8_0& block, float* out) {
  const float scale = block.scale.value();
  for (int j = 0; j < 32; ++j) out[j] = static_cast<float>(block.values[j]) * scale;
}

struct ScaleAndMinimum {
  float scale;
  float minimum;
};

// The first four pairs lie in the low 6 bits of bytes 0-3 and 4-7; the last four have their low 4
// bits in bytes 8-11 and their high 2 bits on top of bytes 0-3 and 4-7.
ScaleAndMinimum unpack_scales(const std::uint8_t* packed, int group, float scale, float minimum) {
  int group_scale;
  int group_minimum;
  if (group < 4) {
    group_scale = packed[group] & 63;
    group_minimum = packed[group + 4] & 63;
  } else {
    group_scale = (packed[group + 4] & 15) | ((packed[group - 4] >> 6) << 4);
    group_minimum = (packed[group + 4] >> 4) | ((packed[group] >> 6) << 4);
  }
  return {scale * static_cast<float>(group_scale), minimum * static_cast<float>(group_minimum)};
}

void expand(const BlockQ2_K& block, float* out) {
  const float scale = block.scale.value();
  const float minimum = block.minimum.value();
  for (int group = 0; group < 16; ++group) {  // 16 elements; 8 groups share 32 bytes
    const std::uint8_t* pairs = block.pairs + 32 * (group / 8) + 16 * (group % 2);
    const int shift = 2 * (group % 8 / 2);
    const float group_scale = scale * static_cast<float>(block.scales[group] & 15);
    const float group_minimum = minimum * static_cast<float>(block.scales[group] >> 4);
    for (int j = 0; j < 16; ++j) {
      const int q = (pairs[j] >> shift) & 3;
      out[16 * group + j] = group_scale * static_cast<float>(q) - group_minimum;
    }
  }
}

// Bytes 0-7 hold the low 4 bits of scales 0-7 (low) and 8-15 (high); bytes 8-11 their high 2 bits.
int unpack_q3_scale(const std::uint8_t* packed, int group) {
  const int low = (packed[group % 8] >> (group < 8 ? 0 : 4)) & 15;
  const int high = (packed[8 + group % 4] >> (2 * (group / 4))) & 3;
  return (low | (high << 4)) - 32;
}

void expand(const BlockQ3_K& block, float* out) {
  const float scale = block.scale.value();
  for (int group = 0; group < 16; ++group) {
    const int at = 16 * (group % 2);
    const std::uint8_t* pairs = block.pairs + 32 * (group / 8) + at;
    const int shift = 2 * (group % 8 / 2);
    const float group_scale = scale * static_cast<float>(unpack_q3_scale(block.scales, group));
    for (int j = 0; j < 16; ++j) {
      const int high_bit = (block.high_bits[at + j] >> (group / 2)) & 1;
      const int q = ((pairs[j] >> shift) & 3) - (high_bit != 0 ? 0 : 4);
      out[16 * group + j] = group_scale * static_cast<float>(q);
    }
  }
}

void expand(const BlockQ4_K& block, float* out) {
  const float scale = block.scale.value();
  const float minimum = block.minimum.value();
  for (int pair = 0; pair < 4; ++pair) {  // two groups of 32 share 32 bytes
    const std::uint8_t* nibbles = block.nibbles + 32 * pair;
    const auto low = unpack_scales(block.scales, 2 * pair, scale, minimum);
    const auto high = unpack_scales(block.scales, 2 * pair + 1, scale, minimum);
    for (int j = 0; j < 32; ++j) {
      out[64 * pair + j] = low.scale * static_cast<float>(nibbles[j] & 15) - low.minimum;
      out[64 * pair + 32 + j] = high.scale * static_cast<float>(nibbles[j] >> 4) - high.minimum;
    }
  }
}

void expand(const BlockQ5_K& block, float* out) {
  const float scale = block.scale.value();
  const float minimum = block.minimum.value();
  for (int pair = 0; pair < 4; ++pair) {
    const std::uint8_t* nibbles = block.nibbles + 32 * pair;
    const auto low = unpack_scales(block.scales, 2 * pair, scale, minimum);
    const auto high = unpack_scales(block.scales, 2 * pair + 1, scale, minimum);
    for (int j = 0; j < 32; ++j) {
      const int high_bits = block.high_bits[j] >> (2 * pair);
      const int first = (nibbles[j] & 15) | ((high_bits & 1) << 4);
      const int second = (nibbles[j] >> 4) | ((high_bits & 2) << 3);
      out[64 * pair + j] = low.scale * static_cast<float>(first) - low.minimum;
      out[64 * pair + 32 + j] = high.scale * static_cast<float>(second) - high.minimum;
    }
  }
}

void expand(const BlockQ6_K& block, float* out) {
  const float scale = block.scale.value();
  for (int half = 0; half < 2; ++half) {
    const std::uint8_t* nibbles = block.nibbles + 64 * half;
    const std::uint8_t* pairs = block.high_pairs + 32 * half;
    float scales[8];
    for (int s = 0; s < 8; ++s) scales[s] = scale * static_cast<float>(block.scales[8 * half + s]);
    for (int quarter = 0; quarter < 4; ++quarter) {
      const int shift = quarter < 2 ? 0 : 4;
      const std::uint8_t* low = nibbles + 32 * (quarter & 1);
      for (int j = 0; j < 32; ++j) {
        const int q = ((low[j] >> shift) & 15) | (((pairs[j] >> (2 * quarter)) & 3) << 4);
        out[128 * half + 32 * quarter + j] =
            scales[2 * quarter + j / 16] * static_cast<float>(q - 32);
      }
    }
  }
}

constexpr std::int8_t kNonLinear[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                        1,    13,   25,  38,  53,  69,  89,  113};

void expand_non_linear(const std::uint8_t* nibbles, float scale, float* out) {
  for (int j = 0; j < 16; ++j) {
    out[j] = scale * static_cast<float>(kNonLinear[nibbles[j] & 15]);
    out[j + 16] = scale * static_cast<float>(kNonLinear[nibbles[j] >> 4]);
  }
}

void expand(const BlockIQ4_NL& block, float* out) {
  expand_non_linear(block.nibbles, block.scale.value(), out);
}

void expand(const BlockIQ4_XS& block, float* out) {
  const float scale = block.scale.value();
  for (int group = 0; group < 8; ++group) {  // 32 elements
    const int low = (block.scales_low[group / 2] >> (4 * (group % 2))) & 15;
    const int high = (block.scales_high[group / 4] >> (2 * (group % 4))) & 3;
    const float group_scale = scale * static_cast<float>((low | (high << 4)) - 32);
    expand_non_linear(block.nibbles + 16 * group, group_scale, out + 32 * group);
  }
}

template <typename Block>
void expand_all(const std::byte* in, std::size_t blocks, float* out) {
  for (std::size_t b = 0; b < blocks; ++b) {
    Block block;
    std::memcpy(&block, in + b * sizeof(Block), sizeof(Block));
    expand(block, out + b * Block::kElements);
  }
}

}  // namespace

void expand_blocks(DType type, const std::byte* in, std::size_t blocks, float* out) {
  switch (type) {
    case DType::q4_0:
      return expand_all<BlockQ4_0>(in, blocks, out);
    case DType::q4_1:
      return expand_all<BlockQ4_1>(in, blocks, out);
    case DType::q5_0:
      return expand_all<BlockQ5_0>(in, blocks, out);
    case DType::q5_1:
      return expand_all<BlockQ5_1>(in, blocks, out);
    case DType::q8_0:
      return expand_all<BlockQ8_0>(in, blocks, out);
    case DType::q2_k:
      return expand_all<BlockQ2_K>(in, blocks, out);
    case DType::q3_k:
      return expand_all<BlockQ3_K>(in, blocks, out);
    case DType::q4_k:
      return expand_all<BlockQ4_K>(in, blocks, out);
    case DType::q5_k:
      return expand_all<BlockQ5_K>(in, blocks, out);
    case DType::q6_k:
      return expand_all<BlockQ6_K>(in, blocks, out);
    case DType::iq4_nl:
      return expand_all<BlockIQ4_NL>(in, blocks, out);
    case DType::iq4_xs:
      return expand_all<BlockIQ4_XS>(in, blocks, out);
    default:
      require(false, "expand_blocks: not a block type");
  }
}

}  // namespace kindred::io
