// Attention for AVX-512.
#include "kernels/lanes_avx512.h"

// After the lanes that it is written with.
#include "kernels/attention_lanes.h"

namespace kindred::kernels {

void attend_avx512(const AttentionPart& part, const AttentionScratch& scratch) {
  attend_lanes(part, scratch);
}

}  // namespace kindred::kernels
