// Tensors in memory written as one safetensors file, matrices of several parts put together. Tested
// by trained_model_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "io/tensor.h"

namespace kindred::model {

/// One tensor of the file.
struct TensorToWrite {
  std::string name;
  std::vector<std::size_t> shape;
  io::DType dtype = io::DType::f32;   ///< f32 or bf16
  std::vector<io::TensorView> parts;  ///< of floating-point values: rows one after another
  /// > 0: in each run of so many rows (a head's), rows 2i and 2i + 1 are a rotary pair, and go to i
  /// and i + half.
  std::size_t paired_rows = 0;
};

/// Writes them row by row, so that no copy of the whole is needed, those of wide elements first.
/// Returns the file's size. `progress` may be empty; it is given bytes written and all bytes.
/// Errors: corrupt for a value that is not finite, before anything is written, with the tensor's
/// name; bad_input for a name twice.
std::uint64_t write_tensors(
    std::vector<TensorToWrite> tensors, const std::string& path,
    const std::function<void(std::uint64_t done, std::uint64_t total)>& progress = {});

}  // namespace kindred::model
