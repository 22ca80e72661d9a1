#include "index/fields.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/error.h"

namespace kindred::index {
namespace {

void check_text(std::string_view text, std::string_view what) {
  if (text.size() > kMaxFieldText) {
    fail(ErrorKind::bad_input,
         "a {} of {} bytes, but at most {} are allowed: '{}…'; filter fields are for short values",
         what, text.size(), kMaxFieldText, text.substr(0, 40));
  }
}

void check_name(std::string_view name) {
  if (name.empty()) fail(ErrorKind::bad_input, "a field without a name; every field needs one");
  check_text(name, "field name");
}

template <typename T>
void put(std::string& out, T value) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

void put_text(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint16_t>(text.size()));
  out += text;
}

/// Takes values off the front of bytes that may lie.
class Taker {
 public:
  explicit Taker(std::string_view bytes) : bytes_(bytes) {}

  std::string_view take(std::size_t count) {
    if (count > bytes_.size()) {
      fail(ErrorKind::corrupt, "field values end {} bytes early", count - bytes_.size());
    }
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  template <typename T>
  T take_value() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  std::string take_text() { return std::string(take(take_value<std::uint16_t>())); }
  std::size_t left() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
};

}  // namespace

bool is_at_or_beneath(std::string_view value, std::string_view path) noexcept {
  return value.starts_with(path) &&
         (value.size() == path.size() || value.substr(path.size()).starts_with(kPathSeparator));
}

void FieldValues::validate() const {
  for (const Tag& tag : tags) {
    check_name(tag.field);
    check_text(tag.value, "tag");
  }
  for (const Number& number : numbers) {
    check_name(number.field);
    if (!std::isfinite(number.value)) {
      fail(ErrorKind::bad_input, "field {}: {} is not a number that can be compared; leave it out",
           number.field, number.value);
    }
  }
}

std::string encode_fields(const FieldValues& values) {
  values.validate();
  std::string out;
  put(out, static_cast<std::uint32_t>(values.tags.size()));
  put(out, static_cast<std::uint32_t>(values.numbers.size()));
  for (const Tag& tag : values.tags) {
    put_text(out, tag.field);
    put_text(out, tag.value);
  }
  for (const Number& number : values.numbers) {
    put_text(out, number.field);
    put(out, number.value);
  }
  return out;
}

FieldValues decode_fields(std::string_view bytes) {
  if (bytes.empty()) return {};
  Taker taker(bytes);
  const auto tags = taker.take_value<std::uint32_t>();
  const auto numbers = taker.take_value<std::uint32_t>();
  FieldValues values;
  for (std::uint32_t i = 0; i < tags; ++i) {
    std::string field = taker.take_text();
    values.tags.push_back({std::move(field), taker.take_text()});
  }
  for (std::uint32_t i = 0; i < numbers; ++i) {
    std::string field = taker.take_text();
    values.numbers.push_back({std::move(field), taker.take_value<double>()});
  }
  if (taker.left() != 0) {
    fail(ErrorKind::corrupt, "{} bytes follow the field values", taker.left());
  }
  try {
    values.validate();
  } catch (const Error& error) {
    fail(ErrorKind::corrupt, "field values: {}", error.what());
  }
  return values;
}

std::vector<FacetValue> most_frequent(const FacetCounts& counts, std::size_t limit) {
  std::vector<FacetValue> values;
  values.reserve(counts.size());
  for (const auto& [value, rows] : counts) values.push_back({value, rows});
  const auto before = [](const FacetValue& a, const FacetValue& b) {
    return a.rows != b.rows ? a.rows > b.rows : a.value < b.value;
  };
  limit = std::min(limit, values.size());
  std::partial_sort(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(limit),
                    values.end(), before);
  values.resize(limit);
  return values;
}

void NumberSummary::add(double value) {
  ++count;
  min = std::min(min, value);
  max = std::max(max, value);
  sum += value;
  if (edges.size() < 2 || value < edges.front() || value > edges.back()) return;
  histogram.resize(edges.size() - 1);
  const auto above = std::upper_bound(edges.begin(), edges.end(), value);
  const auto interval = static_cast<std::size_t>(above - edges.begin()) - 1;
  ++histogram[std::min(interval, histogram.size() - 1)];
}

}  // namespace kindred::index
