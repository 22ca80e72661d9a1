// Vectors to .npy, .safetensors, .jsonl and .fvecs, row by row. Tested by vector_file_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "io/tensor.h"

namespace kindred::io {

/// What a stored element is. `binary` and `ubinary` hold 8 dimensions a byte, the first in the
/// highest bit (sentence-transformers' packbits; binary is that byte minus 128, as int8).
enum class VectorType { float32, float16, int8, uint8, binary, ubinary };

std::string_view to_string(VectorType type) noexcept;
/// Errors: bad_input, listing the types.
VectorType parse_vector_type(std::string_view name);
DType dtype_of(VectorType type) noexcept;
/// Stored elements a row: `dimensions`, or an eighth of it (rounded up) for the packed types.
std::size_t stored_columns(VectorType type, std::size_t dimensions) noexcept;

enum class VectorFormat { npy, safetensors, jsonl, fvecs };
/// By the path's ending. Errors: bad_input for another ending, listing them.
VectorFormat vector_format_of(std::string_view path);

struct VectorWriterOptions {
  std::size_t dimensions = 0;
  VectorType type = VectorType::float32;
  /// Kept in a .safetensors file's metadata; the other formats have no place for it.
  std::map<std::string, std::string> metadata = {};
  /// Not empty: the work can be resumed (see PartialFile). An interrupted file stays as
  /// "<path>.partial" with this text (say, of the encoder's fingerprint and the input) in
  /// "<path>.partial.key"; the next writer with the same text goes on after the last row that is
  /// sure, one with another text starts over.
  std::string resume_key = {};
};

/// Appends rows and makes the file appear under its name when finished.
///
/// .npy: an array rows × columns. .safetensors: one tensor "embeddings", and metadata "vector_type"
/// and "dimensions". .jsonl: {"index":0,"embedding":[…]} a line, floats with the fewest digits that
/// read back the same. .fvecs: an int32 of how many, and so many float32, a row.
///
/// Threads: one at a time.
class VectorWriter {
 public:
  /// The format is the path's ending. Errors: bad_input for another ending, listing them, and for
  /// .fvecs of another type than float32; those of AtomicFile.
  static std::unique_ptr<VectorWriter> create(const std::string& path,
                                              const VectorWriterOptions& options);
  virtual ~VectorWriter() = default;

  /// Appends whole rows as they are stored: `row_bytes()` each. Errors: exhausted; bad_input for a
  /// value that is not finite (.jsonl).
  void append(std::span<const std::byte> rows);
  /// Rows written, those of an interrupted run included.
  std::uint64_t rows() const noexcept { return rows_; }
  std::size_t row_bytes() const noexcept { return row_bytes_; }
  /// Hands what was written to the system, and from time to time makes sure of it, so that it
  /// outlives the process and the machine.
  virtual void flush() = 0;
  /// Completes the file. Nothing may be appended after it.
  virtual void finish() = 0;

 protected:
  explicit VectorWriter(const VectorWriterOptions& options);
  /// For constructors that found rows of an interrupted run.
  void resume_at(std::uint64_t rows) noexcept { rows_ = rows; }

 private:
  virtual void do_append(std::span<const std::byte> rows) = 0;
  std::uint64_t rows_ = 0;
  std::size_t row_bytes_;
};

}  // namespace kindred::io
