#include "io/vector_writer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>

#include "base/error.h"
#include "io/file.h"
#include "io/half.h"
#include "io/mapped_file.h"
#include "io/npy.h"
#include "io/partial_file.h"
#include "io/safetensors.h"

namespace kindred::io {
namespace {

struct TypeFacts {
  std::string_view name;
  DType dtype;
};
// In the order of VectorType.
constexpr TypeFacts kTypes[] = {{"float32", DType::f32}, {"float16", DType::f16},
                                {"int8", DType::i8},     {"uint8", DType::u8},
                                {"binary", DType::i8},   {"ubinary", DType::u8}};

bool is_packed(VectorType type) noexcept {
  return type == VectorType::binary || type == VectorType::ubinary;
}

// The work that the rows of a partial file belong to; empty: no later run goes on with them.
std::string key_of(const VectorWriterOptions& options) {
  if (options.resume_key.empty()) return "";
  return fmt::format("{} {}\n{}", to_string(options.type), options.dimensions, options.resume_key);
}

// .npy and .safetensors: a header of fixed size that states the rows, then the rows themselves.
class ArrayWriter : public VectorWriter {
 public:
  ArrayWriter(const std::string& path, const VectorWriterOptions& options)
      : VectorWriter(options), options_(options), partial_(path, key_of(options)) {}

  void flush() override { partial_.flush(); }
  void finish() override { partial_.commit(header(rows())); }

 protected:
  // Called once the derived object stands.
  void start() {
    const std::string text = header(0);
    const std::uint64_t rows = partial_.resume(text.size()) / row_bytes();
    if (rows == 0) partial_.write_header(text);
    resume_at(rows);
  }

  // Of the same length whatever `rows` is.
  virtual std::string header(std::uint64_t rows) const = 0;

  TensorView matrix(std::uint64_t rows) const {
    TensorView tensor;
    tensor.name = "embeddings";
    tensor.dtype = dtype_of(options_.type);
    tensor.shape = {static_cast<std::size_t>(rows),
                    stored_columns(options_.type, options_.dimensions)};
    tensor.bytes = static_cast<std::size_t>(rows) * row_bytes();
    return tensor;
  }

  const VectorWriterOptions& options() const noexcept { return options_; }

 private:
  void do_append(std::span<const std::byte> rows) override { partial_.append(rows); }

  VectorWriterOptions options_;
  PartialFile partial_;
};

class NpyWriter final : public ArrayWriter {
 public:
  NpyWriter(const std::string& path, const VectorWriterOptions& options)
      : ArrayWriter(path, options) {
    start();
  }

 private:
  std::string header(std::uint64_t rows) const override {
    const TensorView tensor = matrix(rows);
    return npy_header(tensor.dtype, tensor.shape);
  }
};

class SafetensorsWriter final : public ArrayWriter {
 public:
  SafetensorsWriter(const std::string& path, const VectorWriterOptions& options)
      : ArrayWriter(path, options), metadata_(options.metadata) {
    metadata_["vector_type"] = to_string(options.type);
    metadata_["dimensions"] = std::to_string(options.dimensions);
    // The rows and the end offset stand as "0" now and take at most 20 digits each later.
    const TensorView none = matrix(0);
    reserved_ = safetensors_header(std::span(&none, 1), metadata_).size() + 40;
    start();
  }

 private:
  std::string header(std::uint64_t rows) const override {
    const TensorView tensor = matrix(rows);
    return safetensors_header(std::span(&tensor, 1), metadata_, reserved_);
  }

  std::map<std::string, std::string> metadata_;
  std::size_t reserved_ = 0;
};

class JsonlWriter final : public VectorWriter {
 public:
  JsonlWriter(const std::string& path, const VectorWriterOptions& options)
      : VectorWriter(options),
        type_(options.type),
        columns_(stored_columns(options.type, options.dimensions)),
        partial_(path, key_of(options)) {
    if (partial_.resume(0) == 0) return;
    const auto written = MappedFile::open(partial_.partial_path());
    const std::string_view text = written->text();
    resume_at(static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')));
  }

  void flush() override { partial_.flush(); }
  void finish() override { partial_.commit(); }

 private:
  void do_append(std::span<const std::byte> rows) override {
    for (std::size_t begin = 0; begin < rows.size(); begin += row_bytes()) {
      line_.clear();
      const std::uint64_t index = this->rows() + begin / row_bytes();
      fmt::format_to(std::back_inserter(line_), "{{\"index\":{},\"embedding\":[", index);
      for (std::size_t c = 0; c < columns_; ++c) {
        if (c > 0) line_ += ',';
        append_value(rows.data() + begin + c * row_bytes() / columns_, index);
      }
      line_ += "]}\n";
      partial_.append(line_);
    }
  }

  void append_value(const std::byte* data, std::uint64_t index) {
    switch (dtype_of(type_)) {
      case DType::i8:
        append_integer(static_cast<int>(static_cast<std::int8_t>(*data)));
        return;
      case DType::u8:
        append_integer(static_cast<int>(*data));
        return;
      default:
        break;
    }
    float value;
    if (type_ == VectorType::float16) {
      halves_to_floats(data, 1, &value);
    } else {
      std::memcpy(&value, data, sizeof(value));
    }
    if (!std::isfinite(value)) {
      fail(ErrorKind::bad_input,
           "row {} to write to {} holds a value that is not finite, which JSON "
           "cannot hold; write .npy",
           index, partial_.path());
    }
    fmt::format_to(std::back_inserter(line_), "{}", value);
  }

  void append_integer(int value) { fmt::format_to(std::back_inserter(line_), "{}", value); }

  VectorType type_;
  std::size_t columns_;
  PartialFile partial_;
  std::string line_;
};

class FvecsWriter final : public VectorWriter {
 public:
  FvecsWriter(const std::string& path, const VectorWriterOptions& options)
      : VectorWriter(options),
        dimensions_(static_cast<std::int32_t>(options.dimensions)),
        partial_(path, key_of(options)) {
    resume_at(partial_.resume(0) / (sizeof(dimensions_) + row_bytes()));
  }

  void flush() override { partial_.flush(); }
  void finish() override { partial_.commit(); }

 private:
  void do_append(std::span<const std::byte> rows) override {
    for (std::size_t begin = 0; begin < rows.size(); begin += row_bytes()) {
      partial_.append(std::as_bytes(std::span(&dimensions_, 1)));
      partial_.append(rows.subspan(begin, row_bytes()));
    }
  }

  std::int32_t dimensions_;
  PartialFile partial_;
};

}  // namespace

std::string_view to_string(VectorType type) noexcept {
  return kTypes[static_cast<std::size_t>(type)].name;
}

VectorType parse_vector_type(std::string_view name) {
  std::string names;
  for (std::size_t t = 0; t < std::size(kTypes); ++t) {
    if (kTypes[t].name == name) return static_cast<VectorType>(t);
    names += (t == 0 ? "" : ", ") + std::string(kTypes[t].name);
  }
  fail(ErrorKind::bad_input, "no vector type {}; the types are {}", name, names);
}

DType dtype_of(VectorType type) noexcept {
  return kTypes[static_cast<std::size_t>(type)].dtype;
}

std::size_t stored_columns(VectorType type, std::size_t dimensions) noexcept {
  return is_packed(type) ? dimensions / 8 + (dimensions % 8 != 0 ? 1 : 0) : dimensions;
}

VectorFormat vector_format_of(std::string_view path) {
  if (has_ending(path, ".npy")) return VectorFormat::npy;
  if (has_ending(path, ".safetensors")) return VectorFormat::safetensors;
  if (has_ending(path, ".jsonl")) return VectorFormat::jsonl;
  if (has_ending(path, ".fvecs")) return VectorFormat::fvecs;
  fail(
      ErrorKind::bad_input,
      "{}: vectors are kept in .npy, .safetensors, .jsonl or .fvecs; name a file with one of these "
      "endings",
      path);
}

VectorWriter::VectorWriter(const VectorWriterOptions& options)
    : row_bytes_(stored_columns(options.type, options.dimensions) *
                 block_size(dtype_of(options.type)).bytes) {
  if (options.dimensions == 0) fail(ErrorKind::bad_input, "vectors to write have no dimensions");
}

void VectorWriter::append(std::span<const std::byte> rows) {
  require(rows.size() % row_bytes_ == 0, "VectorWriter: not whole rows");
  do_append(rows);
  rows_ += rows.size() / row_bytes_;
}

std::unique_ptr<VectorWriter> VectorWriter::create(const std::string& path,
                                                   const VectorWriterOptions& options) {
  switch (vector_format_of(path)) {
    case VectorFormat::npy:
      return std::make_unique<NpyWriter>(path, options);
    case VectorFormat::safetensors:
      return std::make_unique<SafetensorsWriter>(path, options);
    case VectorFormat::fvecs:
      if (options.type != VectorType::float32) {
        fail(ErrorKind::bad_input, "{}: .fvecs holds float32 alone, not {}; write .npy", path,
             to_string(options.type));
      }
      return std::make_unique<FvecsWriter>(path, options);
    case VectorFormat::jsonl:
      break;
  }
  return std::make_unique<JsonlWriter>(path, options);
}

}  // namespace kindred::io
