// NumPy's .npy arrays. Tested by npy_test.cc.
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "io/mapped_file.h"
#include "io/tensor.h"

namespace kindred::io {

/// An array in a mapped file.
struct NpyArray {
  std::shared_ptr<const MappedFile> file;
  TensorView tensor;
};

/// Reads versions 1 to 3, little-endian, C order. Errors: not_found; corrupt; unsupported for
/// Fortran order, big-endian, object and structured types, by name.
NpyArray read_npy(const std::string& path);

/// Writes an array atomically. Errors: unsupported for bfloat16 and GGML's block types.
void write_npy(const std::string& path, DType type, std::span<const std::size_t> shape,
               std::span<const std::byte> bytes);

/// Header of version 1. Its length depends on the number of dimensions alone, so that one written
/// with 0 rows can be overwritten when the rows are known.
std::string npy_header(DType type, std::span<const std::size_t> shape);

/// Parses a header at the start of `bytes`: the tensor without its data (`data` null, `bytes` as
/// the shape says); `header_bytes` is where the data begins. `origin` names the file in messages.
TensorView parse_npy_header(std::span<const std::byte> bytes, const std::string& origin,
                            std::size_t& header_bytes);

}  // namespace kindred::io
