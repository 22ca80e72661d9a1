// Attention for AVX-512.
#include "kernels/attention_lanes.h"
#include "kernels/lanes_avx512.h"

namespace kindred::kernels {

void attend_avx512(const AttentionPart& part, const AttentionScratch& scratch) {
  attend_lanes(part, scratch);
}

}  // namespace kindred::kernels
