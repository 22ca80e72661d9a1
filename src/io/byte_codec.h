// Little-endian numbers and counted strings to bytes and back. Tested by byte_codec_test.cc.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/error.h"

namespace kindred::io {

static_assert(std::endian::native == std::endian::little, "Kindred's files are little-endian");

/// Appends to a string of bytes.
class ByteWriter {
 public:
  template <typename T>
  void number(T value) {
    static_assert(std::is_arithmetic_v<T>);
    char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    bytes_.append(bytes, sizeof(T));
  }
  /// Its length as 32 bits, then its bytes.
  void text(std::string_view value) {
    require(value.size() <= ~std::uint32_t{0}, "ByteWriter: a text of 4 GB");
    number(static_cast<std::uint32_t>(value.size()));
    bytes_ += value;
  }
  template <typename T>
  void numbers(std::span<const T> values) {
    bytes_.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  }

  std::size_t size() const noexcept { return bytes_.size(); }
  const std::string& bytes() const noexcept { return bytes_; }
  std::string take() noexcept { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Reads what ByteWriter wrote. Every read beyond the end is an Error of kind corrupt that names
/// `origin`.
class ByteReader {
 public:
  ByteReader(std::string_view bytes, std::string_view origin) : bytes_(bytes), origin_(origin) {}

  template <typename T>
  T number() {
    static_assert(std::is_arithmetic_v<T>);
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  std::string_view text() { return take(number<std::uint32_t>()); }
  /// `count` bytes as they are.
  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size() - at_) {
      fail(ErrorKind::corrupt,
           "{} ends before what it says that it holds; restore it from a backup", origin_);
    }
    const std::string_view taken = bytes_.substr(at_, count);
    at_ += count;
    return taken;
  }

  std::size_t at() const noexcept { return at_; }
  std::size_t left() const noexcept { return bytes_.size() - at_; }

 private:
  std::string_view bytes_;
  std::string_view origin_;
  std::size_t at_ = 0;
};

inline std::span<const std::byte> as_bytes(std::string_view text) noexcept {
  return std::as_bytes(std::span(text));
}

}  // namespace kindred::io
