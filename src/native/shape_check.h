// Checks of a transformer's tensors against its spec. Tested by executor_test.cc.
#pragma once

#include "model/spec.h"

namespace kindred::native {

/// Errors: corrupt, naming the tensor with its expected and found shapes, or what is wrong with the
/// spec.
void check_shapes(const model::TransformerSpec& spec, const model::TransformerWeights& weights);

}  // namespace kindred::native
