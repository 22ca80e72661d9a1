// Vectors from .npy, .safetensors, .jsonl and .fvecs. Tested by vector_file_test.cc.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "io/tensor.h"
#include "io/vector_writer.h"

namespace kindred::io {

/// A matrix of vectors. .npy and .safetensors stay mapped, .jsonl and .fvecs are read into memory
/// as float32.
///
/// Threads: immutable; every method may run concurrently.
class VectorReader {
 public:
  /// .npy: a matrix, or a vector as one row. .safetensors: the tensor "embeddings", or the only one
  /// of the file. .jsonl: the lines' "embedding". .fvecs: rows of one length. Errors: not_found;
  /// corrupt; bad_input for another ending or what is not a matrix.
  static VectorReader open(const std::string& path);

  std::size_t rows() const noexcept { return rows_; }
  /// Of a vector, not of its stored row: 8 a byte for packed bits.
  std::size_t dimensions() const noexcept { return dimensions_; }
  /// What the file says the elements are; a .npy file of bytes does not say whether they are packed
  /// bits, and counts as int8 or uint8. Floats of any width count as float32 or float16.
  VectorType type() const noexcept { return type_; }
  /// The matrix as stored, rows × columns.
  const TensorView& tensor() const noexcept { return tensor_; }

  /// Rows [begin, begin + count) as float32, `dimensions()` values each: integers as numbers,
  /// packed bits as 1 and -1 (whose dot product orders as the Hamming distance does). Errors:
  /// internal when out of range.
  void read_rows(std::size_t begin, std::size_t count, float* out) const;

 private:
  std::shared_ptr<const void> storage_;
  TensorView tensor_;
  std::size_t rows_ = 0;
  std::size_t dimensions_ = 0;
  VectorType type_ = VectorType::float32;
};

}  // namespace kindred::io
