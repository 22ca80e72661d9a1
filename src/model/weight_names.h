// A family's names put on weights that came under other names. Tested by trained_model_test.cc.
#pragma once

#include <string>

#include "model/architecture.h"
#include "model/spec.h"

namespace kindred::model {

/// `weights`, each tensor named as `architecture` has it, behind `prefix`. The parts of a fused
/// matrix have one name, in the order in which they lie in it. `storage` is that of `weights`.
TransformerWeights named_as(const Architecture& architecture, const std::string& prefix,
                            TransformerWeights weights);

}  // namespace kindred::model
