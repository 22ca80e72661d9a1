// Vectors from .npy, .safetensors, .jsonl, .fvecs and .bvecs. Tested by vector_file_test.cc.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "io/tensor.h"
#include "io/vector_writer.h"

namespace kindred::io {

/// True for the ending of a file that can hold nothing but vectors or numbers of rows: .npy,
/// .safetensors, .fvecs, .bvecs, .ivecs. (.jsonl may hold texts as well.)
bool has_vector_ending(std::string_view path) noexcept;

/// A matrix of vectors. .npy and .safetensors stay mapped, the others are read into memory.
///
/// Threads: immutable; every method may run concurrently.
class VectorReader {
 public:
  /// .npy: a matrix, or a vector as one row. .safetensors: the tensor "embeddings", or the only one
  /// of the file. .jsonl: the lines' "embedding". .fvecs, .bvecs: rows of one length. Errors:
  /// not_found; corrupt; bad_input for another ending or what is not a matrix.
  static VectorReader open(const std::string& path);

  std::size_t rows() const noexcept { return rows_; }
  /// Of a vector, not of its stored row: 8 a byte for packed bits.
  std::size_t dimensions() const noexcept { return dimensions_; }
  /// What the file says the elements are; a .npy file of bytes does not say whether they are packed
  /// bits, and counts as int8 or uint8. Floats of any width count as float32 or float16.
  VectorType type() const noexcept { return type_; }
  /// False for a .npy file of int8 or uint8, which does not say whether it holds packed bits.
  bool says_type() const noexcept { return says_type_; }
  /// Takes a file that does not say its type for packed bits of vectors of `dimensions` (0: eight
  /// for each stored byte). Errors: bad_input where it cannot be that.
  void take_as_bits(std::size_t dimensions = 0);
  /// A text that the writer kept with the vectors ("fingerprint"), empty where there is none.
  std::string metadata(const std::string& key) const;
  /// The matrix as stored, rows × columns.
  const TensorView& tensor() const noexcept { return tensor_; }

  /// Rows [begin, begin + count) as float32, `dimensions()` values each: integers as numbers,
  /// packed bits as 1 and -1 (whose dot product orders as the Hamming distance does). Errors:
  /// bad_input, naming the row, for NaN and infinity; internal when out of range.
  void read_rows(std::size_t begin, std::size_t count, float* out) const;

 private:
  std::string path_;
  std::map<std::string, std::string> metadata_;
  bool says_type_ = true;
  std::shared_ptr<const void> storage_;
  TensorView tensor_;
  std::size_t rows_ = 0;
  std::size_t dimensions_ = 0;
  VectorType type_ = VectorType::float32;
};

}  // namespace kindred::io
