#include "io/gguf.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "io/file.h"
#include "io/lfs_pointer.h"

namespace kindred::io {
namespace {

// Value types of the format, in its numbering.
enum ValueType : std::uint32_t {
  kUint8,
  kInt8,
  kUint16,
  kInt16,
  kUint32,
  kInt32,
  kFloat32,
  kBool,
  kString,
  kArray,
  kUint64,
  kInt64,
  kFloat64,
  kValueTypes,
};

// Bytes of a value; 0: not of fixed size.
constexpr std::size_t kValueBytes[kValueTypes] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
constexpr const char* kValueNames[kValueTypes] = {"uint8",  "int8",    "uint16", "int16",  "uint32",
                                                  "int32",  "float32", "bool",   "string", "array",
                                                  "uint64", "int64",   "float64"};

struct TensorType {
  std::uint32_t number;
  const char* name;
  BlockSize block;
  std::optional<DType> dtype;
};

// Every type of ggml.h; those without a DType are named when one is asked for.
constexpr TensorType kTensorTypes[] = {
    {0, "F32", {1, 4}, DType::f32},
    {1, "F16", {1, 2}, DType::f16},
    {2, "Q4_0", {32, 18}, DType::q4_0},
    {3, "Q4_1", {32, 20}, DType::q4_1},
    {6, "Q5_0", {32, 22}, DType::q5_0},
    {7, "Q5_1", {32, 24}, DType::q5_1},
    {8, "Q8_0", {32, 34}, DType::q8_0},
    {9, "Q8_1", {32, 36}, {}},
    {10, "Q2_K", {256, 84}, DType::q2_k},
    {11, "Q3_K", {256, 110}, DType::q3_k},
    {12, "Q4_K", {256, 144}, DType::q4_k},
    {13, "Q5_K", {256, 176}, DType::q5_k},
    {14, "Q6_K", {256, 210}, DType::q6_k},
    {15, "Q8_K", {256, 292}, {}},
    {16, "IQ2_XXS", {256, 66}, {}},
    {17, "IQ2_XS", {256, 74}, {}},
    {18, "IQ3_XXS", {256, 98}, {}},
    {19, "IQ1_S", {256, 50}, {}},
    {20, "IQ4_NL", {32, 18}, DType::iq4_nl},
    {21, "IQ3_S", {256, 110}, {}},
    {22, "IQ2_S", {256, 82}, {}},
    {23, "IQ4_XS", {256, 136}, DType::iq4_xs},
    {24, "I8", {1, 1}, DType::i8},
    {25, "I16", {1, 2}, DType::i16},
    {26, "I32", {1, 4}, DType::i32},
    {27, "I64", {1, 8}, DType::i64},
    {28, "F64", {1, 8}, DType::f64},
    {29, "IQ1_M", {256, 56}, {}},
    {30, "BF16", {1, 2}, DType::bf16},
    {34, "TQ1_0", {256, 54}, {}},
    {35, "TQ2_0", {256, 66}, {}},
    {39, "MXFP4", {32, 17}, {}},
};

constexpr std::size_t kMaxDimensions = 4;  // GGML_MAX_DIMS
constexpr int kMaxArrayDepth = 4;          // arrays of arrays
constexpr std::size_t kDefaultAlignment = 32;
constexpr std::size_t kMaxAlignment = std::size_t{1} << 20;
// The least that a key (length, type, one byte) and a tensor (length, dimensions, type, offset)
// take.
constexpr std::size_t kMinKeyBytes = 8 + 4 + 1;
constexpr std::size_t kMinTensorBytes = 8 + 4 + 4 + 8;

const TensorType* find_tensor_type(std::uint32_t number) noexcept {
  const auto* found = std::find_if(std::begin(kTensorTypes), std::end(kTensorTypes),
                                   [&](const TensorType& type) { return type.number == number; });
  return found == std::end(kTensorTypes) ? nullptr : found;
}

template <typename T>
T load(const std::byte* data) noexcept {
  T value;
  std::memcpy(&value, data, sizeof(T));
  return value;
}

std::string_view load_string(const std::byte* data) noexcept {
  return {reinterpret_cast<const char*>(data) + 8, load<std::uint64_t>(data)};
}

}  // namespace

// A position in the file that refuses to leave it.
class Gguf::Reader {
 public:
  explicit Reader(const MappedFile& file) : file_(file) {}

  template <typename... Args>
  [[noreturn]] void corrupt(fmt::format_string<Args...> format, Args&&... args) const {
    fail(ErrorKind::corrupt, "{}: {}; the file is damaged or cut short, get it again", file_.path(),
         fmt::format(format, std::forward<Args>(args)...));
  }

  std::size_t position() const noexcept { return position_; }
  std::size_t left() const noexcept { return file_.size() - position_; }

  const std::byte* take(std::uint64_t count) {
    if (count > left())
      corrupt("{} bytes are needed at offset {} of {}", count, position_, file_.size());
    const std::byte* data = file_.data() + position_;
    position_ += static_cast<std::size_t>(count);
    return data;
  }

  template <typename T>
  T number() {
    return load<T>(take(sizeof(T)));
  }

  std::string_view string() {
    const auto length = number<std::uint64_t>();
    return {reinterpret_cast<const char*>(take(length)), static_cast<std::size_t>(length)};
  }

  std::uint32_t value_type() {
    const auto type = number<std::uint32_t>();
    if (type >= kValueTypes)
      corrupt("value type {} at offset {} does not exist", type, position_ - 4);
    return type;
  }

  std::size_t tensor_bytes(const GgufTensorInfo& tensor, BlockSize block) const {
    const auto elements = checked_elements(tensor.shape);
    std::size_t bytes = 0;
    if (!elements || __builtin_mul_overflow(*elements / block.elements, block.bytes, &bytes)) {
      corrupt("tensor {} of shape [{}] overflows", tensor.name, fmt::join(tensor.shape, ", "));
    }
    if (block.elements > 1 && (tensor.shape.empty() || tensor.shape.back() % block.elements != 0)) {
      corrupt("tensor {} of type {} has rows that are not whole blocks of {}", tensor.name,
              tensor.type, block.elements);
    }
    return bytes;
  }

  Value value(std::uint32_t type, int depth = 0) {
    if (type != kArray) {
      const std::byte* data = file_.data() + position_;
      skip(type, 1, depth);
      return {type, type, 1, data};
    }
    const std::uint32_t element_type = value_type();
    const auto count = number<std::uint64_t>();
    const std::byte* data = file_.data() + position_;
    skip(element_type, count, depth + 1);
    return {type, element_type, count, data};
  }

 private:
  // Walks over `count` values. Each takes at least a byte, so that a lying count ends at the file's
  // end.
  void skip(std::uint32_t type, std::uint64_t count, int depth) {
    if (depth > kMaxArrayDepth) corrupt("arrays nested more than {} deep", kMaxArrayDepth);
    if (const std::size_t bytes = kValueBytes[type]; bytes > 0) {
      if (count > left() / bytes) {
        corrupt("{} values of type {} at offset {} do not fit", count, kValueNames[type],
                position_);
      }
      take(count * bytes);
      return;
    }
    for (std::uint64_t i = 0; i < count; ++i) {
      if (type == kString) {
        string();
      } else {
        value(kArray, depth);
      }
    }
  }

  const MappedFile& file_;
  std::size_t position_ = 0;
};

Gguf Gguf::open(const std::string& path) {
  Gguf result;
  result.file_ = MappedFile::open(path);
  refuse_lfs_pointer(result.file_->text(), path);
  Reader reader(*result.file_);
  if (reader.left() < 4 || std::memcmp(reader.take(4), "GGUF", 4) != 0) {
    fail(ErrorKind::corrupt, "{} does not begin with GGUF; it is not a GGUF file", path);
  }
  result.version_ = reader.number<std::uint32_t>();
  if (result.version_ != 0 && (result.version_ & 0xFFFFU) == 0) {
    fail(ErrorKind::unsupported, "{} is a big-endian GGUF file; convert it to little-endian", path);
  }
  if (result.version_ < 2 || result.version_ > 3) {
    fail(ErrorKind::unsupported,
         "{} is GGUF version {}; Kindred reads versions 2 and 3, convert it again", path,
         result.version_);
  }
  const auto tensor_count = reader.number<std::uint64_t>();
  const auto key_count = reader.number<std::uint64_t>();
  result.read_metadata(reader, key_count);
  result.read_tensors(reader, tensor_count);
  return result;
}

void Gguf::read_metadata(Reader& reader, std::uint64_t count) {
  if (count > reader.left() / kMinKeyBytes) reader.corrupt("{} keys do not fit", count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string_view key = reader.string();
    if (!values_.emplace(key, reader.value(reader.value_type())).second) {
      reader.corrupt("key {} appears twice", key);
    }
    keys_.push_back(key);
  }
}

void Gguf::read_tensors(Reader& reader, std::uint64_t count) {
  if (count > reader.left() / kMinTensorBytes) reader.corrupt("{} tensors do not fit", count);
  for (std::uint64_t i = 0; i < count; ++i) {
    GgufTensorInfo tensor;
    tensor.name = reader.string();
    const auto dimensions = reader.number<std::uint32_t>();
    if (dimensions > kMaxDimensions) {
      reader.corrupt("tensor {} has {} dimensions, more than the {} of the format", tensor.name,
                     dimensions, kMaxDimensions);
    }
    tensor.shape.resize(dimensions);
    // The first dimension of the file is the contiguous one.
    for (std::size_t d = dimensions; d-- > 0;) {
      tensor.shape[d] = static_cast<std::size_t>(reader.number<std::uint64_t>());
    }
    const auto type = reader.number<std::uint32_t>();
    tensor.begin = static_cast<std::size_t>(reader.number<std::uint64_t>());
    if (const TensorType* known = find_tensor_type(type)) {
      tensor.type = known->name;
      tensor.dtype = known->dtype;
      tensor.bytes = reader.tensor_bytes(tensor, known->block);
    } else {
      tensor.type = fmt::format("type {}", type);
    }
    tensors_.push_back(std::move(tensor));
  }
  place_tensors(reader);
}

// Turns offsets into positions in the file and checks that they are in it and apart.
void Gguf::place_tensors(const Reader& reader) {
  const std::size_t alignment = find_size("general.alignment").value_or(kDefaultAlignment);
  if (!std::has_single_bit(alignment) || alignment > kMaxAlignment) {
    reader.corrupt("general.alignment is {}, not a small power of two", alignment);
  }
  const std::size_t data_begin = (reader.position() + alignment - 1) / alignment * alignment;
  const std::size_t data_bytes = file_->size() - std::min(file_->size(), data_begin);
  by_name_.reserve(tensors_.size());
  std::vector<const GgufTensorInfo*> ordered;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    GgufTensorInfo& tensor = tensors_[i];
    if (tensor.begin % alignment != 0) {
      reader.corrupt("tensor {} is not aligned to {} bytes", tensor.name, alignment);
    }
    if (tensor.begin > data_bytes || tensor.bytes > data_bytes - tensor.begin) {
      reader.corrupt("tensor {} takes {} bytes at {} of {} bytes of data", tensor.name,
                     tensor.bytes, tensor.begin, data_bytes);
    }
    tensor.begin += data_begin;
    if (!by_name_.emplace(tensor.name, i).second) {
      reader.corrupt("tensor {} appears twice", tensor.name);
    }
    ordered.push_back(&tensor);
  }
  std::sort(ordered.begin(), ordered.end(), [](const auto* a, const auto* b) {
    return std::tie(a->begin, a->bytes) < std::tie(b->begin, b->bytes);
  });
  for (std::size_t i = 1; i < ordered.size(); ++i) {
    if (ordered[i - 1]->begin + ordered[i - 1]->bytes > ordered[i]->begin) {
      reader.corrupt("tensor {} overlaps {}", ordered[i]->name, ordered[i - 1]->name);
    }
  }
}

TensorView Gguf::tensor(std::string_view name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) {
    fail(ErrorKind::not_found, "{} has no tensor {}; it has {}{}{}", path(), name, tensors_.size(),
         tensors_.empty() ? "" : ", such as ", tensors_.empty() ? "" : tensors_.front().name);
  }
  const GgufTensorInfo& info = tensors_[found->second];
  if (!info.dtype) {
    fail(
        ErrorKind::unsupported,
        "{}: tensor {} is stored as {}, which Kindred does not read; quantise the model to another "
        "type, such as Q8_0 or Q4_K, instead",
        path(), name, info.type);
  }
  return {.name = info.name,
          .dtype = *info.dtype,
          .shape = info.shape,
          .data = file_->data() + info.begin,
          .bytes = info.bytes,
          .file = file_.get()};
}

const Gguf::Value* Gguf::find(std::string_view key) const noexcept {
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &found->second;
}

const Gguf::Value& Gguf::value(std::string_view key) const {
  if (const Value* found = find(key)) return *found;
  fail(ErrorKind::not_found,
       "{} has no key {}; it was written for another use or by an old converter", path(), key);
}

void Gguf::wrong_type(std::string_view key, const char* wanted) const {
  const Value& value = this->value(key);
  fail(ErrorKind::corrupt, "{}: key {} is {} of type {}, where {} is needed", path(), key,
       value.type == kArray ? "an array" : "a value", kValueNames[value.element_type], wanted);
}

std::int64_t Gguf::to_integer(std::string_view key, std::uint32_t type,
                              const std::byte* data) const {
  switch (type) {
    case kUint8:
      return load<std::uint8_t>(data);
    case kInt8:
      return load<std::int8_t>(data);
    case kUint16:
      return load<std::uint16_t>(data);
    case kInt16:
      return load<std::int16_t>(data);
    case kUint32:
      return load<std::uint32_t>(data);
    case kInt32:
      return load<std::int32_t>(data);
    case kInt64:
      return load<std::int64_t>(data);
    case kUint64:
      if (const auto value = load<std::uint64_t>(data); std::in_range<std::int64_t>(value)) {
        return static_cast<std::int64_t>(value);
      }
      wrong_type(key, "an integer below 2^63");
    default:
      wrong_type(key, "an integer");
  }
}

double Gguf::to_number(std::string_view key, std::uint32_t type, const std::byte* data) const {
  if (type == kFloat32) return static_cast<double>(load<float>(data));
  if (type == kFloat64) return load<double>(data);
  return static_cast<double>(to_integer(key, type, data));
}

std::string_view Gguf::string(std::string_view key) const {
  const Value& value = this->value(key);
  if (value.type != kString) wrong_type(key, "a string");
  return load_string(value.data);
}

std::int64_t Gguf::integer(std::string_view key) const {
  const Value& value = this->value(key);
  return to_integer(key, value.type, value.data);
}

std::size_t Gguf::size(std::string_view key) const {
  const std::int64_t value = integer(key);
  if (value < 0) wrong_type(key, "a size (not negative)");
  return static_cast<std::size_t>(value);
}

double Gguf::number(std::string_view key) const {
  const Value& value = this->value(key);
  return to_number(key, value.type, value.data);
}

bool Gguf::boolean(std::string_view key) const {
  const Value& value = this->value(key);
  if (value.type != kBool) wrong_type(key, "a boolean");
  return load<std::uint8_t>(value.data) != 0;
}

std::optional<std::string_view> Gguf::find_string(std::string_view key) const {
  return has(key) ? std::optional(string(key)) : std::nullopt;
}

std::optional<std::int64_t> Gguf::find_integer(std::string_view key) const {
  return has(key) ? std::optional(integer(key)) : std::nullopt;
}

std::optional<std::size_t> Gguf::find_size(std::string_view key) const {
  return has(key) ? std::optional(size(key)) : std::nullopt;
}

std::optional<double> Gguf::find_number(std::string_view key) const {
  return has(key) ? std::optional(number(key)) : std::nullopt;
}

std::optional<bool> Gguf::find_boolean(std::string_view key) const {
  return has(key) ? std::optional(boolean(key)) : std::nullopt;
}

std::optional<std::size_t> Gguf::array_size(std::string_view key) const noexcept {
  const Value* value = find(key);
  return value != nullptr && value->type == kArray ? std::optional<std::size_t>(value->count)
                                                   : std::nullopt;
}

const Gguf::Value& Gguf::array(std::string_view key, const char* wanted) const {
  const Value& value = this->value(key);
  // Nested arrays have no fixed element size and no getter.
  if (value.type != kArray || value.element_type == kArray) wrong_type(key, wanted);
  return value;
}

std::vector<std::string_view> Gguf::strings(std::string_view key) const {
  const Value& value = array(key, "an array of strings");
  if (value.element_type != kString) wrong_type(key, "an array of strings");
  std::vector<std::string_view> strings;
  strings.reserve(value.count);
  const std::byte* data = value.data;
  for (std::uint64_t i = 0; i < value.count; ++i) {
    strings.push_back(load_string(data));
    data += 8 + strings.back().size();
  }
  return strings;
}

std::vector<std::int64_t> Gguf::integers(std::string_view key) const {
  const Value& value = array(key, "an array of integers");
  if (value.element_type == kString) wrong_type(key, "an array of integers");
  std::vector<std::int64_t> integers(value.count);
  const std::size_t step = kValueBytes[value.element_type];
  for (std::size_t i = 0; i < integers.size(); ++i) {
    integers[i] = to_integer(key, value.element_type, value.data + i * step);
  }
  return integers;
}

std::vector<float> Gguf::numbers(std::string_view key) const {
  const Value& value = array(key, "an array of numbers");
  if (value.element_type == kString) wrong_type(key, "an array of numbers");
  std::vector<float> numbers(value.count);
  const std::size_t step = kValueBytes[value.element_type];
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = static_cast<float>(to_number(key, value.element_type, value.data + i * step));
  }
  return numbers;
}

std::optional<std::string> find_gguf(const std::string& directory) {
  std::vector<std::string> files;
  for (const std::string& name : list_directory(directory)) {
    if (has_ending(name, ".gguf")) files.push_back(name);
  }
  if (files.size() > 1) {
    fail(ErrorKind::bad_input, "{}: holds several GGUF files ({}); name one of them", directory,
         fmt::join(files, ", "));
  }
  if (files.empty()) return std::nullopt;
  return join_path(directory, files.front());
}

}  // namespace kindred::io
