// Runs a TransformerSpec on LibTorch: on GPUs, and as the slow reference. Tested by
// executor_test.cc.
#pragma once

#include <memory>
#include <string>

#include "model/executor.h"

namespace kindred::torch {

/// float32 weights on `device` ("torch" is the CPU, "cuda", "cuda:1"); with `bf16`, matrix products
/// in bfloat16. The pool is not used: LibTorch has threads of its own. Errors: bad_input for a
/// device that this machine or this build does not have.
std::unique_ptr<const model::Executor> make_executor(const model::TransformerSpec& spec,
                                                     const model::TransformerWeights& weights,
                                                     const std::string& device, bool bf16);

/// The device of that name. Errors: bad_input.
std::string checked_device(const std::string& name);

}  // namespace kindred::torch
