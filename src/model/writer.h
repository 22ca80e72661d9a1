// Writing a model directory with smaller weights. Tested by writer_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "kindred/model.h"
#include "model/directory.h"

namespace kindred::model {

// The layout of a quantised directory is that of its source (sentence-transformers or Hugging Face)
// but for two things:
// - the main module's model.safetensors: for int8, a matrix "X.weight" is I8 [out, in] beside
//   "X.weight_scale", F32 [out], and a value is integer × scale of its row; for bf16 it is BF16.
//   Tensors that the encoder does not use (poolers, language model heads) are left out.
// - config.json has {"kindred_quantization": {"version": 1, "weights": "int8" or "bf16"}}.
constexpr std::size_t kQuantizationVersion = 1;

/// See kindred::quantize.
QuantizeResult write_quantized(
    const ModelDirectory& source, const std::string& output, WeightFormat format,
    const std::function<void(std::uint64_t done, std::uint64_t total)>& progress);

}  // namespace kindred::model
