// Reading GGUF, llama.cpp's model files. Tested by gguf_test.cc.
// Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (versions 2 and 3,
// little-endian)
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "io/mapped_file.h"
#include "io/tensor.h"

namespace kindred::io {

/// What the header says of a tensor, its type supported or not.
struct GgufTensorInfo {
  std::string name;
  std::string type;            ///< GGML's name, "Q4_K"; "type 77" for one that we have not heard of
  std::optional<DType> dtype;  ///< unset where Kindred cannot read the type
  std::vector<std::size_t> shape;  ///< row-major: GGUF's order turned round
  std::size_t begin = 0;           ///< in the file
  std::size_t bytes = 0;           ///< 0 for an unknown type
};

/// A GGUF file, mapped and checked. Views and string_views stay valid while the object or a copy of
/// `storage()` lives.
///
/// Getters: each throws not_found, naming the key and the file, where the key is missing, and
/// corrupt where its value is of another type or out of range; the `find_` forms give nothing
/// where it is missing. Integers may be stored in any width, signed or not.
///
/// Threads: immutable; every method may run concurrently.
class Gguf {
 public:
  /// Errors: not_found; corrupt; unsupported for version 1 and big-endian files.
  static Gguf open(const std::string& path);
  Gguf(Gguf&&) noexcept = default;
  Gguf& operator=(Gguf&&) noexcept = default;

  const std::string& path() const noexcept { return file_->path(); }
  std::uint32_t version() const noexcept { return version_; }

  /// Keys in the file's order.
  const std::vector<std::string_view>& keys() const noexcept { return keys_; }
  bool has(std::string_view key) const noexcept { return values_.contains(key); }

  std::string_view string(std::string_view key) const;
  std::int64_t integer(std::string_view key) const;
  std::size_t size(std::string_view key) const;  ///< a non-negative integer
  double number(std::string_view key) const;     ///< a float or an integer
  bool boolean(std::string_view key) const;
  std::vector<std::string_view> strings(std::string_view key) const;
  std::vector<std::int64_t> integers(std::string_view key) const;
  std::vector<float> numbers(std::string_view key) const;

  std::optional<std::string_view> find_string(std::string_view key) const;
  std::optional<std::int64_t> find_integer(std::string_view key) const;
  std::optional<std::size_t> find_size(std::string_view key) const;
  std::optional<double> find_number(std::string_view key) const;
  std::optional<bool> find_boolean(std::string_view key) const;
  /// Elements of an array. Nothing for a key that is missing or not an array.
  std::optional<std::size_t> array_size(std::string_view key) const noexcept;

  const std::vector<GgufTensorInfo>& tensors() const noexcept { return tensors_; }
  bool has_tensor(std::string_view name) const noexcept { return by_name_.contains(name); }
  /// Errors: not_found; unsupported for a type that Kindred cannot read, by name.
  TensorView tensor(std::string_view name) const;

  std::shared_ptr<const void> storage() const noexcept { return file_; }

 private:
  Gguf() = default;
  struct Value {
    std::uint32_t type;          // of the value
    std::uint32_t element_type;  // of an array's elements
    std::uint64_t count;         // of an array's elements
    const std::byte* data;       // the value, or the array's first element
  };
  class Reader;

  void read_metadata(Reader& reader, std::uint64_t count);
  void read_tensors(Reader& reader, std::uint64_t count);
  void place_tensors(const Reader& reader);
  const Value* find(std::string_view key) const noexcept;
  const Value& value(std::string_view key) const;
  const Value& array(std::string_view key, const char* wanted) const;
  [[noreturn]] void wrong_type(std::string_view key, const char* wanted) const;
  std::int64_t to_integer(std::string_view key, std::uint32_t type, const std::byte* data) const;
  double to_number(std::string_view key, std::uint32_t type, const std::byte* data) const;

  std::shared_ptr<const MappedFile> file_;
  std::uint32_t version_ = 0;
  std::vector<std::string_view> keys_;
  std::unordered_map<std::string_view, Value> values_;
  std::vector<GgufTensorInfo> tensors_;
  std::unordered_map<std::string_view, std::size_t> by_name_;  // keys view tensors_[i].name
};

/// The path of the only .gguf file in a directory; nothing where there is none. Errors: bad_input,
/// naming them, for several.
std::optional<std::string> find_gguf(const std::string& directory);

}  // namespace kindred::io
