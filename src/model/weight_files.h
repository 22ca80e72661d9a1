// Which files of a directory hold its weights. Tested by directory_test.cc.
#pragma once

#include <string>

#include "io/safetensors.h"

namespace kindred::model {

/// Opens model.safetensors, the shards of model.safetensors.index.json, or the only .safetensors
/// file there is. Errors: unsupported for PyTorch pickles and adapters, with the line that converts
/// them; not_found.
io::Safetensors open_weights(const std::string& directory);

}  // namespace kindred::model
