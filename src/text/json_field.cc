#include "text/json_field.h"

#include <limits>

#include "base/error.h"
#include "text/code_points.h"

namespace kindred::text {

void JsonField::corrupt(std::string_view what) const {
  fail(ErrorKind::corrupt, "{}: {}; the file is damaged or not a tokenizer", place_, what);
}

void JsonField::unsupported(std::string_view what) const {
  fail(ErrorKind::unsupported, "{}: Kindred does not support {}", place_, what);
}

bool JsonField::has(std::string_view key) const {
  if (!value_.is_object()) corrupt("not an object");
  const auto found = value_.find(key);
  return found != value_.end() && !found->is_null();
}

JsonField JsonField::child(const nlohmann::json& value, std::string place) const {
  if (depth_ >= kMaxDepth) unsupported(fmt::format("nesting of more than {} levels", kMaxDepth));
  return {value, std::move(place), depth_ + 1};
}

JsonField JsonField::at(std::string_view key) const {
  if (!value_.is_object()) corrupt("not an object");
  const auto found = value_.find(key);
  if (found == value_.end()) corrupt(fmt::format("the field '{}' is missing", key));
  return child(*found, fmt::format("{}.{}", place_, key));
}

JsonField JsonField::at(std::size_t index) const {
  if (index >= size()) corrupt("too few elements");
  return child(value_[index], fmt::format("{}[{}]", place_, index));
}

std::size_t JsonField::size() const {
  if (!value_.is_array()) corrupt("not an array");
  return value_.size();
}

std::string JsonField::string() const {
  if (!value_.is_string()) corrupt("not a string");
  return value_.get<std::string>();
}

bool JsonField::boolean() const {
  if (!value_.is_boolean()) corrupt("neither true nor false");
  return value_.get<bool>();
}

char32_t JsonField::character() const {
  const std::string text = string();
  if (text.empty() || valid_prefix(text) != text.size() || decode(text, 0).bytes != text.size())
    corrupt("not a single character");
  return decode(text, 0).value;
}

std::size_t JsonField::count() const {
  if (!value_.is_number_unsigned()) corrupt("not a non-negative integer");
  return value_.get<std::size_t>();
}

std::uint32_t JsonField::id() const {
  const std::size_t id = count();
  if (id > std::numeric_limits<std::uint32_t>::max()) corrupt("not a token id");
  return static_cast<std::uint32_t>(id);
}

}  // namespace kindred::text
