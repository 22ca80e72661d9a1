// GGML's quantised blocks to float32. Tested by ggml_blocks_test.cc.
#pragma once

#include <cstddef>

#include "io/tensor.h"

namespace kindred::io {

/// Expands `blocks` blocks of `type` (from q4_0 on) to float32, in the order of operations of
/// GGML's reference, so that the results have the same bits. `in` may have any alignment.
void expand_blocks(DType type, const std::byte* in, std::size_t blocks, float* out);

}  // namespace kindred::io
