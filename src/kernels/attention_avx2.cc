// Attention for AVX2.
#include "kernels/lanes_avx2.h"

// After the lanes that it is written with.
#include "kernels/attention_lanes.h"

namespace kindred::kernels {

void attend_avx2(const AttentionPart& part, const AttentionScratch& scratch) {
  attend_lanes(part, scratch);
}

}  // namespace kindred::kernels
