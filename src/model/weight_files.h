// Which files of a directory hold its weights. Tested by weight_files_test.cc.
#pragma once

#include <string>
#include <vector>

#include "model/weights.h"

namespace kindred::model {

struct WeightFiles {
  TensorSet tensors;
  std::vector<std::string> paths;  ///< the files read, sorted
};

/// Opens the first that is there of model.safetensors, model.safetensors.index.json,
/// pytorch_model.bin and pytorch_model.bin.index.json; else the only .safetensors file, else the
/// only pytorch_model*.bin. Errors: unsupported for adapters and for weights of other programs
/// (ONNX, TensorFlow …), saying what to do; bad_input for several files without an index;
/// not_found.
WeightFiles open_weights(const std::string& directory);

/// Whether the directory has such weights, an adapter's not counted.
bool has_weights(const std::string& directory);

}  // namespace kindred::model
