#include "io/vector_reader.h"

#include <simdjson.h>

#include <charconv>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "io/file.h"
#include "io/finite.h"
#include "io/mapped_file.h"
#include "io/npy.h"
#include "io/safetensors.h"
#include "io/table.h"

namespace kindred::io {
namespace {

struct Matrix {
  std::shared_ptr<const void> storage;
  TensorView tensor;
  std::optional<VectorType> type;  // where the file says it
  std::size_t dimensions = 0;      // with `type`
  std::map<std::string, std::string> metadata = {};
};

Matrix open_npy(const std::string& path) {
  NpyArray array = read_npy(path);
  return {.storage = std::move(array.file), .tensor = std::move(array.tensor), .type = {}};
}

Matrix open_safetensors(const std::string& path) {
  const Safetensors file = Safetensors::open(path);
  const bool only = file.tensors().size() == 1;
  Matrix matrix{.storage = file.storage(),
                .tensor = only ? file.tensors().front() : file.at("embeddings"),
                .type = {},
                .metadata = file.metadata()};
  const auto type = file.metadata().find("vector_type");
  const auto dimensions = file.metadata().find("dimensions");
  if (type == file.metadata().end() || dimensions == file.metadata().end()) return matrix;
  matrix.type = parse_vector_type(type->second);
  const std::string& digits = dimensions->second;
  const auto parsed =
      std::from_chars(digits.data(), digits.data() + digits.size(), matrix.dimensions);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size() ||
      dtype_of(*matrix.type) != matrix.tensor.dtype ||
      stored_columns(*matrix.type, matrix.dimensions) != matrix.tensor.columns()) {
    fail(ErrorKind::corrupt,
         "{}: its metadata (vector_type {}, dimensions {}) contradict its tensor", path,
         type->second, digits);
  }
  return matrix;
}

// Appends the numbers of one line's "embedding".
void append_embedding(simdjson::dom::element root, std::vector<float>& values) {
  simdjson::dom::array numbers;
  simdjson::error_code error = root["embedding"].get(numbers);
  if (!error) {
    for (const simdjson::dom::element element : numbers) {
      double number;
      error = element.get(number);
      if (error) break;
      values.push_back(static_cast<float>(number));
    }
  }
  if (error) throw simdjson::simdjson_error(error);
}

Matrix open_jsonl(const std::string& path) {
  TableReader lines = TableReader::open(path, {.format = TableFormat::lines});
  auto values = std::make_shared<std::vector<float>>();
  simdjson::dom::parser parser;
  std::size_t rows = 0;
  std::size_t columns = 0;
  for (TableRow line; lines.next(line);) {
    if (line.values[0].empty()) continue;
    const std::size_t before = values->size();
    try {
      append_embedding(parser.parse(line.values[0].data(), line.values[0].size()), *values);
    } catch (const simdjson::simdjson_error& error) {
      fail(ErrorKind::corrupt, "{}, line {}: no JSON object with an \"embedding\" of numbers ({})",
           path, line.line, error.what());
    }
    const std::size_t count = values->size() - before;
    if (rows++ == 0) columns = count;
    if (count != columns) {
      fail(ErrorKind::corrupt, "{}, line {}: an embedding of {} numbers after ones of {}", path,
           line.line, count, columns);
    }
  }
  Matrix matrix{.storage = values, .tensor = {}, .type = {}};
  matrix.tensor.name = path;
  matrix.tensor.shape = {rows, columns};
  matrix.tensor.data = reinterpret_cast<const std::byte*>(values->data());
  matrix.tensor.bytes = values->size() * sizeof(float);
  return matrix;
}

// Each row says its own length; a file says nothing else.
template <typename Value>
Matrix open_vecs(const std::string& path) {
  const auto file = MappedFile::open(path);
  const std::size_t size = file->size();
  std::int32_t columns = 0;
  if (size >= sizeof(columns)) std::memcpy(&columns, file->data(), sizeof(columns));
  const std::size_t row = sizeof(columns) + static_cast<std::size_t>(columns) * sizeof(Value);
  if (columns <= 0 || row > size || size % row != 0) {
    fail(ErrorKind::corrupt, "{}: {} bytes are no rows of {} {} behind their number", path, size,
         columns, sizeof(Value) == 1 ? "bytes" : "float32");
  }
  const std::size_t rows = size / row;
  auto values = std::make_shared<std::vector<Value>>(rows * static_cast<std::size_t>(columns));
  for (std::size_t r = 0; r < rows; ++r) {
    std::int32_t here = 0;
    std::memcpy(&here, file->data() + r * row, sizeof(here));
    if (here != columns) {
      fail(ErrorKind::corrupt, "{}: row {} has {} values after ones of {}", path, r, here, columns);
    }
    std::memcpy(values->data() + r * static_cast<std::size_t>(columns),
                file->data() + r * row + sizeof(here), row - sizeof(here));
  }
  Matrix matrix{.storage = values,
                .tensor = {},
                .type = sizeof(Value) == 1 ? VectorType::uint8 : VectorType::float32,
                .dimensions = static_cast<std::size_t>(columns)};
  matrix.tensor.name = path;
  matrix.tensor.dtype = dtype_of(*matrix.type);
  matrix.tensor.shape = {rows, static_cast<std::size_t>(columns)};
  matrix.tensor.data = reinterpret_cast<const std::byte*>(values->data());
  matrix.tensor.bytes = values->size() * sizeof(Value);
  return matrix;
}

Matrix open_matrix(const std::string& path) {
  if (has_ending(path, ".bvecs")) return open_vecs<std::uint8_t>(path);
  if (has_ending(path, ".ivecs")) {
    fail(ErrorKind::bad_input,
         "{}: .ivecs holds the numbers of rows (the true neighbours of queries), not vectors; give "
         "the .fvecs or .bvecs file beside it",
         path);
  }
  switch (vector_format_of(path)) {
    case VectorFormat::npy:
      return open_npy(path);
    case VectorFormat::safetensors:
      return open_safetensors(path);
    case VectorFormat::fvecs:
      return open_vecs<float>(path);
    case VectorFormat::jsonl:
      break;
  }
  return open_jsonl(path);
}

VectorType type_of(const TensorView& tensor, const std::string& path) {
  switch (tensor.dtype) {
    case DType::f64:
    case DType::f32:
      return VectorType::float32;
    case DType::f16:
    case DType::bf16:
      return VectorType::float16;
    case DType::i8:
      return VectorType::int8;
    case DType::u8:
      return VectorType::uint8;
    default:
      fail(ErrorKind::unsupported, "{} holds {}; vectors are floats, int8 or uint8", path,
           to_string(tensor.dtype));
  }
}

void expand_bits(const std::byte* row, std::size_t dimensions, bool is_signed, float* out) {
  for (std::size_t d = 0; d < dimensions; ++d) {
    // binary is ubinary minus 128, that is, with the highest bit turned over.
    const unsigned byte = std::to_integer<unsigned>(row[d / 8]) ^ (is_signed ? 128U : 0U);
    out[d] = (byte >> (7 - d % 8) & 1U) != 0 ? 1.0F : -1.0F;
  }
}

}  // namespace

bool has_vector_ending(std::string_view path) noexcept {
  for (const std::string_view ending : {".npy", ".safetensors", ".fvecs", ".bvecs", ".ivecs"}) {
    if (has_ending(path, ending)) return true;
  }
  return false;
}

VectorReader VectorReader::open(const std::string& path) {
  Matrix matrix = open_matrix(path);
  VectorReader reader;
  reader.path_ = path;
  reader.metadata_ = std::move(matrix.metadata);
  reader.tensor_ = std::move(matrix.tensor);
  reader.storage_ = std::move(matrix.storage);
  const std::size_t rank = reader.tensor_.shape.size();
  if (rank != 1 && rank != 2) {
    fail(ErrorKind::bad_input, "{} holds an array of {} dimensions where a matrix is needed", path,
         rank);
  }
  if (rank == 1) reader.tensor_.shape.insert(reader.tensor_.shape.begin(), 1);
  reader.rows_ = reader.tensor_.shape[0];
  reader.type_ = matrix.type ? *matrix.type : type_of(reader.tensor_, path);
  reader.dimensions_ = matrix.type ? matrix.dimensions : reader.tensor_.columns();
  reader.says_type_ =
      matrix.type || (reader.type_ != VectorType::int8 && reader.type_ != VectorType::uint8);
  return reader;
}

void VectorReader::take_as_bits(std::size_t dimensions) {
  const std::size_t columns = tensor_.columns();
  const bool is_packed = type_ == VectorType::binary || type_ == VectorType::ubinary;
  if (dimensions == 0) dimensions = is_packed ? dimensions_ : 8 * columns;
  if ((says_type_ && !is_packed) || stored_columns(VectorType::ubinary, dimensions) != columns) {
    fail(ErrorKind::bad_input, "{} holds {} vectors of {} dimensions, not packed bits of {}", path_,
         to_string(type_), dimensions_, dimensions);
  }
  if (!is_packed) type_ = type_ == VectorType::int8 ? VectorType::binary : VectorType::ubinary;
  says_type_ = true;
  dimensions_ = dimensions;
}

std::string VectorReader::metadata(const std::string& key) const {
  const auto found = metadata_.find(key);
  return found == metadata_.end() ? "" : found->second;
}

void VectorReader::read_rows(std::size_t begin, std::size_t count, float* out) const {
  require(begin <= rows_ && count <= rows_ - begin, "read_rows: out of range");
  const std::size_t columns = tensor_.columns();
  for (std::size_t r = begin; r < begin + count; ++r, out += dimensions_) {
    const std::byte* row = tensor_.data + r * columns;  // of the types of one byte
    switch (type_) {
      case VectorType::float32:
      case VectorType::float16:
        tensor_.read_row(r, out);
        if (const std::size_t at = first_not_finite(out, columns); at != columns) {
          fail(ErrorKind::bad_input,
               "{}: row {} has NaN or infinity in it (at {}); the program or model that made it "
               "failed there: leave the row out, or make it anew",
               path_, r, at);
        }
        break;
      case VectorType::int8:
        for (std::size_t d = 0; d < columns; ++d) out[d] = static_cast<std::int8_t>(row[d]);
        break;
      case VectorType::uint8:
        for (std::size_t d = 0; d < columns; ++d) out[d] = std::to_integer<unsigned>(row[d]);
        break;
      case VectorType::binary:
      case VectorType::ubinary:
        expand_bits(row, dimensions_, type_ == VectorType::binary, out);
        break;
    }
  }
}

}  // namespace kindred::io
