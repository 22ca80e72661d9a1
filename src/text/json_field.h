// Reading a component of a tokenizer.json, with errors that name the place.
// Tested by tokenizer_json_test.cc and normalizer_test.cc.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace kindred::text {

/// A value and where it stands: "model/tokenizer.json: normalizer.normalizers[1]". Keeps a
/// reference to the JSON. Every getter throws corrupt where the value is missing or of another
/// type.
class JsonField {
 public:
  JsonField(const nlohmann::json& value, std::string place)
      : JsonField(value, std::move(place), 0) {}

  const nlohmann::json& value() const noexcept { return value_; }
  const std::string& place() const noexcept { return place_; }
  bool is_null() const noexcept { return value_.is_null(); }
  /// The field is there and not null.
  bool has(std::string_view key) const;
  JsonField at(std::string_view key) const;
  JsonField at(std::size_t index) const;
  std::size_t size() const;  ///< of an array

  std::string string() const;
  bool boolean() const;
  char32_t character() const;  ///< a string of one character
  std::size_t count() const;   ///< a non-negative integer
  std::uint32_t id() const;    ///< a token id

  std::string string(std::string_view key) const { return at(key).string(); }
  bool boolean(std::string_view key) const { return at(key).boolean(); }
  bool boolean(std::string_view key, bool otherwise) const {
    return has(key) ? at(key).boolean() : otherwise;
  }
  /// The field `type`.
  std::string type() const { return string("type"); }

  [[noreturn]] void corrupt(std::string_view what) const;
  [[noreturn]] void unsupported(std::string_view what) const;

 private:
  static constexpr int kMaxDepth = 64;

  JsonField(const nlohmann::json& value, std::string place, int depth)
      : value_(value), place_(std::move(place)), depth_(depth) {}
  JsonField child(const nlohmann::json& value, std::string place) const;

  const nlohmann::json& value_;
  std::string place_;
  int depth_;
};

}  // namespace kindred::text
