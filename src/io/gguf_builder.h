// Writes small GGUF files, sound or not. For tests only.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace kindred::io {

/// Value types as the format numbers them.
enum class GgufValueType : std::uint32_t {
  uint8,
  int8,
  uint16,
  int16,
  uint32,
  int32,
  float32,
  boolean,
  string,
  array,
  uint64,
  int64,
  float64
};

/// Appends what it is given, unchecked.
class GgufBuilder {
 public:
  explicit GgufBuilder(std::uint64_t tensors, std::uint64_t keys, std::uint32_t version = 3) {
    text_ = "GGUF";
    number(version).number(tensors).number(keys);
  }

  template <typename T>
  GgufBuilder& number(T value) {
    char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    text_.append(bytes, sizeof(T));
    return *this;
  }
  GgufBuilder& string(std::string_view value) {
    number<std::uint64_t>(value.size());
    text_ += value;
    return *this;
  }
  GgufBuilder& key(std::string_view name, GgufValueType type) {
    return string(name).number(static_cast<std::uint32_t>(type));
  }
  GgufBuilder& array(GgufValueType type, std::uint64_t count) {
    return number(static_cast<std::uint32_t>(type)).number(count);
  }
  /// `shape` in the file's order, the contiguous dimension first.
  GgufBuilder& tensor(std::string_view name, const std::vector<std::uint64_t>& shape,
                      std::uint32_t type, std::uint64_t offset) {
    string(name).number(static_cast<std::uint32_t>(shape.size()));
    for (const std::uint64_t size : shape) number(size);
    return number(type).number(offset);
  }
  GgufBuilder& data(std::size_t bytes, std::size_t alignment = 32) {
    text_.resize((text_.size() + alignment - 1) / alignment * alignment, '\0');
    text_.append(bytes, '\1');
    return *this;
  }

  const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

}  // namespace kindred::io
