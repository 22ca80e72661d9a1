#include "io/vector_writer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>

#include "base/error.h"
#include "io/atomic_file.h"
#include "io/file.h"
#include "io/half.h"
#include "io/mapped_file.h"
#include "io/npy.h"
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

// The file being made, and beside it the key of the work that it belongs to.
class PartialFile {
 public:
  PartialFile(const std::string& path, const VectorWriterOptions& options)
      : file_(options.resume_key.empty() ? AtomicFile::create(path) : AtomicFile::resume(path)) {
    if (options.resume_key.empty()) return;
    key_path_ = file_.partial_path() + ".key";
    const std::string key =
        fmt::format("{} {}\n{}", to_string(options.type), options.dimensions, options.resume_key);
    if (is_file(key_path_) && read_text_file(key_path_) == key) return;
    // Emptied before the key is written: rows of other work never lie under this key.
    file_.truncate(0);
    write_text_file(key_path_, key);
  }

  AtomicFile& file() noexcept { return file_; }

  void commit() {
    file_.commit();
    if (!key_path_.empty()) remove_file(key_path_);
  }

 private:
  AtomicFile file_;
  std::string key_path_;  // empty: not resumable
};

// .npy and .safetensors: a header of fixed size that states the rows, then the rows themselves.
class ArrayWriter : public VectorWriter {
 public:
  ArrayWriter(const std::string& path, const VectorWriterOptions& options)
      : VectorWriter(options), options_(options), partial_(path, options) {}

  void flush() override { partial_.file().flush(); }

  void finish() override {
    const std::string text = header(rows());
    require(text.size() == header_bytes_, "the header of a vector file changed its size");
    partial_.file().write_at(0, std::as_bytes(std::span(text)));
    partial_.commit();
  }

 protected:
  // Called once the derived object stands.
  void start() {
    const std::string text = header(0);
    header_bytes_ = text.size();
    AtomicFile& file = partial_.file();
    const std::uint64_t rows =
        file.size() < header_bytes_ ? 0 : (file.size() - header_bytes_) / row_bytes();
    file.truncate(rows == 0 ? 0 : header_bytes_ + rows * row_bytes());
    if (rows == 0) file.write(text);
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
  void do_append(std::span<const std::byte> rows) override { partial_.file().write(rows); }

  VectorWriterOptions options_;
  PartialFile partial_;
  std::size_t header_bytes_ = 0;
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
        partial_(path, options) {
    AtomicFile& file = partial_.file();
    if (file.size() == 0) return;
    // An interrupted run may have left half a line.
    const auto written = MappedFile::open(file.partial_path());
    const std::string_view text = written->text();
    const std::size_t end = text.rfind('\n') + 1;  // 0 when there is none
    resume_at(static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')));
    file.truncate(end);
  }

  void flush() override { partial_.file().flush(); }
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
      partial_.file().write(line_);
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
           index, partial_.file().path());
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
        partial_(path, options) {
    if (options.type != VectorType::float32) {
      fail(ErrorKind::bad_input, "{}: .fvecs holds float32 alone, not {}; write .npy", path,
           to_string(options.type));
    }
    const std::uint64_t whole = partial_.file().size() / (sizeof(dimensions_) + row_bytes());
    resume_at(whole);
    partial_.file().truncate(whole * (sizeof(dimensions_) + row_bytes()));
  }

  void flush() override { partial_.file().flush(); }
  void finish() override { partial_.commit(); }

 private:
  void do_append(std::span<const std::byte> rows) override {
    for (std::size_t begin = 0; begin < rows.size(); begin += row_bytes()) {
      partial_.file().write(std::as_bytes(std::span(&dimensions_, 1)));
      partial_.file().write(rows.subspan(begin, row_bytes()));
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
      return std::make_unique<FvecsWriter>(path, options);
    case VectorFormat::jsonl:
      break;
  }
  return std::make_unique<JsonlWriter>(path, options);
}

}  // namespace kindred::io
