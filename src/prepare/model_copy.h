// A model directory's files taken over into a new one. Tested by projected_model_test.cc.
#pragma once

#include <functional>
#include <string>

#include "model/directory.h"

namespace kindred::prepare {

/// Copies to the directory `to` what makes the model of `source`: the files beside its modules.json
/// and those in its modules' folders, with the weights that it is read from. Not taken: hidden
/// files, weights in formats that are not read (ONNX, TensorFlow: they would be another model's
/// beside what the caller writes), and those of which `wanted` (given paths from the model's
/// directory on) says no.
///
/// Files are copied, never linked: programs that save models write into them in place. Errors:
/// unsupported for GGUF, which is no directory.
void copy_model(const model::ModelDirectory& source, const std::string& to,
                const std::function<bool(const std::string& relative)>& wanted);

/// The folder of the model's tokenizer and weights, from its directory on; "" is the directory
/// itself.
std::string main_folder_of(const model::ModelDirectory& source);

}  // namespace kindred::prepare
