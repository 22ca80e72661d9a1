// kindred_parquet.so: the only source that sees Apache Arrow. See parquet.h.
#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/util/decimal.h>
#include <arrow/util/formatting.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "io/parquet.h"

namespace kindred::io {
namespace {

constexpr std::int64_t kBatchRows = 1024;
constexpr std::int64_t kReadBytes = 1 << 20;
constexpr int kMostNested = 32;

using arrow::Type;

[[noreturn]] void fail_with(const arrow::Status& status, const std::string& path) {
  const std::string reason = status.message().substr(0, status.message().find('\n'));
  if (status.IsOutOfMemory()) {
    fail(ErrorKind::exhausted,
         "{}: reading it would take more than {} MiB ({}); write it again with smaller pages", path,
         kParquetMemory >> 20, reason);
  }
  fail(ErrorKind::corrupt, "{}: not a sound Parquet file ({}); was it cut short in a transfer?",
       path, reason);
}

void check(const arrow::Status& status, const std::string& path) {
  if (!status.ok()) fail_with(status, path);
}

template <typename T>
T take(arrow::Result<T> result, const std::string& path) {
  if (!result.ok()) fail_with(result.status(), path);
  return std::move(result).ValueUnsafe();
}

// Lists, structs and maps, which become JSON.
bool holds_values(Type::type type) {
  switch (type) {
    case Type::LIST:
    case Type::LARGE_LIST:
    case Type::FIXED_SIZE_LIST:
    case Type::MAP:
    case Type::STRUCT:
      return true;
    default:
      return false;
  }
}

// What stands behind names, dictionaries and extensions: the type that the values have.
const arrow::DataType& value_type(const arrow::DataType& type) {
  if (type.id() == Type::DICTIONARY) {
    return value_type(*static_cast<const arrow::DictionaryType&>(type).value_type());
  }
  if (type.id() == Type::EXTENSION) {
    return value_type(*static_cast<const arrow::ExtensionType&>(type).storage_type());
  }
  return type;
}

// Refuses types that `append` does not write.
void check_type(const arrow::DataType& given, const std::string& path, const std::string& column,
                int depth = 0) {
  const arrow::DataType& type = value_type(given);
  if (depth > kMostNested) {
    fail(ErrorKind::unsupported, "{}: column {} is nested more than {} deep", path, column,
         kMostNested);
  }
  if (holds_values(type.id())) {
    for (const auto& member : type.fields()) check_type(*member->type(), path, column, depth + 1);
    return;
  }
  const Type::type id = type.id();
  const bool known = id == Type::NA || id == Type::BOOL || arrow::is_integer(id) ||
                     arrow::is_floating(id) || arrow::is_base_binary_like(id) ||
                     id == Type::FIXED_SIZE_BINARY || arrow::is_decimal(id) || id == Type::DATE32 ||
                     id == Type::DATE64 || id == Type::TIME32 || id == Type::TIME64 ||
                     id == Type::TIMESTAMP || id == Type::DURATION || id == Type::STRING_VIEW ||
                     id == Type::BINARY_VIEW;
  if (!known) {
    fail(ErrorKind::unsupported, "{}: column {} is of the type {}, which has no text; leave it out",
         path, column, type.ToString());
  }
}

void append_json_text(std::string_view text, std::string& out) {
  out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

template <typename ArrayType>
auto at(const arrow::Array& array, std::int64_t row) {
  return static_cast<const ArrayType&>(array).Value(row);
}

// With Arrow's own formatting.
template <typename ArrowType>
void append_formatted(const arrow::Array& array, std::int64_t row, std::string& out) {
  arrow::internal::StringFormatter<ArrowType> format(array.type().get());
  format(at<typename arrow::TypeTraits<ArrowType>::ArrayType>(array, row),
         [&](std::string_view text) { out += text; });
}

template <typename ArrayType>
void append_list(const arrow::Array& array, std::int64_t row, std::string& out);
void append_map(const arrow::Array& array, std::int64_t row, std::string& out);
void append_struct(const arrow::Array& array, std::int64_t row, std::string& out);

// A value that is not null. `json`: as a JSON value, texts in quotes.
void append(const arrow::Array& array, std::int64_t row, bool json, std::string& out) {
  const auto quoted = [&](std::string_view text) {
    if (json) return append_json_text(text, out);
    out += text;
  };
  const auto quoted_format = [&](auto format) {
    std::string text;
    format(array, row, text);
    quoted(text);
  };
  const auto number = [&](auto value) {
    if constexpr (std::is_floating_point_v<decltype(value)>) {
      if (json ? !std::isfinite(value) : std::isnan(value)) {
        if (json) out += "null";
        return;
      }
    }
    fmt::format_to(std::back_inserter(out), "{}", value);
  };
  switch (array.type_id()) {
    case Type::DICTIONARY: {
      const auto& indexed = static_cast<const arrow::DictionaryArray&>(array);
      const std::int64_t index = indexed.GetValueIndex(row);
      const arrow::Array& values = *indexed.dictionary();
      if (index < 0 || index >= values.length() || values.IsNull(index)) {
        if (json) out += "null";
        return;
      }
      return append(values, index, json, out);
    }
    case Type::EXTENSION:
      return append(*static_cast<const arrow::ExtensionArray&>(array).storage(), row, json, out);
    case Type::STRING:
    case Type::BINARY:
      return quoted(static_cast<const arrow::BinaryArray&>(array).GetView(row));
    case Type::LARGE_STRING:
    case Type::LARGE_BINARY:
      return quoted(static_cast<const arrow::LargeBinaryArray&>(array).GetView(row));
    case Type::STRING_VIEW:
    case Type::BINARY_VIEW:
      return quoted(static_cast<const arrow::BinaryViewArray&>(array).GetView(row));
    case Type::FIXED_SIZE_BINARY:
      return quoted(static_cast<const arrow::FixedSizeBinaryArray&>(array).GetView(row));
    case Type::BOOL:
      out += at<arrow::BooleanArray>(array, row) ? "true" : "false";
      return;
    case Type::INT8:
      return number(int{at<arrow::Int8Array>(array, row)});
    case Type::UINT8:
      return number(int{at<arrow::UInt8Array>(array, row)});
    case Type::INT16:
      return number(at<arrow::Int16Array>(array, row));
    case Type::UINT16:
      return number(at<arrow::UInt16Array>(array, row));
    case Type::INT32:
      return number(at<arrow::Int32Array>(array, row));
    case Type::UINT32:
      return number(at<arrow::UInt32Array>(array, row));
    case Type::INT64:
      return number(at<arrow::Int64Array>(array, row));
    case Type::UINT64:
      return number(at<arrow::UInt64Array>(array, row));
    case Type::DURATION:
      return number(at<arrow::DurationArray>(array, row));
    case Type::HALF_FLOAT:
      return number(
          arrow::util::Float16::FromBits(at<arrow::HalfFloatArray>(array, row)).ToFloat());
    case Type::FLOAT:
      return number(at<arrow::FloatArray>(array, row));
    case Type::DOUBLE:
      return number(at<arrow::DoubleArray>(array, row));
    case Type::DECIMAL32:
      out += static_cast<const arrow::Decimal32Array&>(array).FormatValue(row);
      return;
    case Type::DECIMAL64:
      out += static_cast<const arrow::Decimal64Array&>(array).FormatValue(row);
      return;
    case Type::DECIMAL128:
      out += static_cast<const arrow::Decimal128Array&>(array).FormatValue(row);
      return;
    case Type::DECIMAL256:
      out += static_cast<const arrow::Decimal256Array&>(array).FormatValue(row);
      return;
    case Type::DATE32:
      return quoted_format(append_formatted<arrow::Date32Type>);
    case Type::DATE64:
      return quoted_format(append_formatted<arrow::Date64Type>);
    case Type::TIME32:
      return quoted_format(append_formatted<arrow::Time32Type>);
    case Type::TIME64:
      return quoted_format(append_formatted<arrow::Time64Type>);
    case Type::TIMESTAMP:
      return quoted_format(append_formatted<arrow::TimestampType>);
    case Type::LIST:
      return append_list<arrow::ListArray>(array, row, out);
    case Type::LARGE_LIST:
      return append_list<arrow::LargeListArray>(array, row, out);
    case Type::FIXED_SIZE_LIST:
      return append_list<arrow::FixedSizeListArray>(array, row, out);
    case Type::MAP:
      return append_map(array, row, out);
    case Type::STRUCT:
      return append_struct(array, row, out);
    default:  // check_type let nothing else through but the type of nulls
      if (json) out += "null";
  }
}

void append_json(const arrow::Array& array, std::int64_t row, std::string& out) {
  if (array.IsNull(row)) {
    out += "null";
  } else {
    append(array, row, /*json=*/true, out);
  }
}

template <typename ArrayType>
void append_list(const arrow::Array& array, std::int64_t row, std::string& out) {
  const auto& list = static_cast<const ArrayType&>(array);
  out += '[';
  const std::int64_t begin = list.value_offset(row);
  for (std::int64_t i = 0; i < list.value_length(row); ++i) {
    if (i > 0) out += ',';
    append_json(*list.values(), begin + i, out);
  }
  out += ']';
}

// Keys that are texts make an object, others a list of keys and values.
void append_map(const arrow::Array& array, std::int64_t row, std::string& out) {
  const auto& map = static_cast<const arrow::MapArray&>(array);
  const bool object = arrow::is_base_binary_like(value_type(*map.keys()->type()).id());
  out += object ? '{' : '[';
  const std::int64_t begin = map.value_offset(row);
  for (std::int64_t i = 0; i < map.value_length(row); ++i) {
    if (i > 0) out += ',';
    if (!object) out += R"({"key":)";
    append_json(*map.keys(), begin + i, out);
    out += object ? ":" : R"(,"value":)";
    append_json(*map.items(), begin + i, out);
    if (!object) out += '}';
  }
  out += object ? '}' : ']';
}

void append_struct(const arrow::Array& array, std::int64_t row, std::string& out) {
  const auto& structs = static_cast<const arrow::StructArray&>(array);
  out += '{';
  bool first = true;
  for (int f = 0; f < structs.num_fields(); ++f) {
    const arrow::Array& member = *structs.field(f);
    if (member.IsNull(row)) continue;  // a struct names every key that any row has
    if (!std::exchange(first, false)) out += ',';
    append_json_text(structs.type()->field(f)->name(), out);
    out += ':';
    append_json(member, row, out);
  }
  out += '}';
}

class ArrowTable final : public ParquetTable {
 public:
  explicit ArrowTable(const std::string& path)
      : path_(path), pool_(arrow::system_memory_pool(), kParquetMemory) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
      fail(ErrorKind::not_found, "cannot open {}: no such file", path);
    }
    guarded([&] { open(); });
  }

  const std::vector<std::string>& columns() const noexcept override { return columns_; }
  std::uint64_t rows() const noexcept override { return rows_; }

  bool next(std::span<const ParquetValue>& row) override {
    while (!batch_ || row_ == batch_->num_rows()) {
      if (ended_) return false;
      guarded([&] { next_batch(); });
      if (!batch_) return false;
    }
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      const arrow::Array& array = *batch_->column(static_cast<int>(c));
      texts_[c].clear();
      if (!array.IsNull(row_)) append(array, row_, /*json=*/false, texts_[c]);
      const bool empty = texts_[c].empty();
      values_[c] = {texts_[c], nested_[c] && !empty, numbers_[c] && !empty};
    }
    ++row_;
    row = values_;
    return true;
  }

 private:
  // Arrow answers with a status, Parquet below it with exceptions.
  template <typename Function>
  void guarded(Function function) {
    ended_ = true;  // unless it comes out well
    try {
      function();
      ended_ = batch_ == nullptr && stream_ == nullptr;
    } catch (const Error&) {
      throw;
    } catch (const std::bad_alloc&) {
      fail_with(arrow::Status::OutOfMemory("no memory"), path_);
    } catch (const std::exception& problem) {
      fail_with(arrow::Status::Invalid(problem.what()), path_);
    }
  }

  void open() {
    parquet::ReaderProperties properties(&pool_);
    properties.enable_buffered_stream();  // pages, not whole column chunks
    properties.set_buffer_size(kReadBytes);
    properties.set_page_checksum_verification(true);  // where there are any
    parquet::ArrowReaderProperties arrow_properties(/*use_threads=*/false);
    arrow_properties.set_batch_size(kBatchRows);
    arrow_properties.set_pre_buffer(false);
    parquet::arrow::FileReaderBuilder builder;
    auto file = arrow::io::ReadableFile::Open(path_, &pool_);
    if (!file.ok()) {
      fail(ErrorKind::not_found, "cannot open {}: {}", path_, file.status().message());
    }
    check(builder.Open(*file, properties), path_);
    builder.memory_pool(&pool_)->properties(arrow_properties);
    reader_ = take(builder.Build(), path_);
    const std::int64_t rows = reader_->parquet_reader()->metadata()->num_rows();
    if (rows < 0) fail_with(arrow::Status::Invalid("a negative number of rows"), path_);
    rows_ = static_cast<std::uint64_t>(rows);
    stream_ = take(reader_->GetRecordBatchReader(), path_);
    for (const auto& field : stream_->schema()->fields()) {
      check_type(*field->type(), path_, field->name());
      columns_.push_back(field->name());
      const Type::type type = value_type(*field->type()).id();
      nested_.push_back(holds_values(type));
      numbers_.push_back(arrow::is_numeric(type) || arrow::is_decimal(type));
    }
    texts_.resize(columns_.size());
    values_.resize(columns_.size());
  }

  void next_batch() {
    check(stream_->ReadNext(&batch_), path_);
    row_ = 0;
    if (!batch_) {
      stream_.reset();
      return;
    }
    // Offsets and indices come from the file.
    check(batch_->ValidateFull(), path_);
  }

  std::string path_;
  arrow::CappedMemoryPool pool_;
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::unique_ptr<arrow::RecordBatchReader> stream_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  std::int64_t row_ = 0;
  bool ended_ = false;
  std::uint64_t rows_ = 0;
  std::vector<std::string> columns_;
  std::vector<bool> nested_;
  std::vector<bool> numbers_;
  std::vector<std::string> texts_;
  std::vector<ParquetValue> values_;
};

}  // namespace

extern "C" __attribute__((visibility("default"))) ParquetTable* kindred_open_parquet_2(
    const std::string& path) {
  return new ArrowTable(path);
}

}  // namespace kindred::io
