// Random fields, and filters by the letter of their definition. For tests only.
#pragma once

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "index/fields.h"
#include "index/filter.h"

namespace kindred::index {

inline FieldValues draw_fields(Random& random) {
  static const char* const kCategories[] = {"Toys",      "Toys > Cars",       "Toys > Cars > Red",
                                            "Toys! new", "Toys > Carsharing", "Food > 茶"};
  FieldValues values;
  const auto tag = [&](std::string field, std::string value) {
    values.tags.push_back({std::move(field), std::move(value)});
  };
  tag("lang", std::string(1, static_cast<char>('a' + random.below(4))));
  for (std::uint64_t i = random.below(3); i > 0; --i) tag("category", kCategories[random.below(6)]);
  if (random.below(3) > 0) tag("brand", "b" + std::to_string(random.below(200)));
  if (random.below(3) > 0) {
    values.numbers.push_back({"price", static_cast<double>(random.below(5000)) / 100.0});
  }
  if (random.below(2) > 0) values.numbers.push_back({"weight", random.normal()});
  if (random.below(2) > 0) tag("size", std::to_string(random.below(50)));
  if (random.below(2) > 0) {
    values.numbers.push_back({"size", static_cast<double>(random.below(50))});
  }
  return values;
}

/// The number that counts: the last one.
inline std::optional<double> number_of(const FieldValues& row, const std::string& field) {
  std::optional<double> found;
  for (const Number& number : row.numbers) {
    if (number.field == field) found = number.value;
  }
  return found;
}

inline bool matches(const Filter& filter, const FieldValues& row) {
  const auto child = [&row](const Filter& f) { return matches(f, row); };
  const auto number = number_of(row, filter.field);
  switch (filter.kind) {
    case Filter::Kind::all_of:
      return std::all_of(filter.children.begin(), filter.children.end(), child);
    case Filter::Kind::any_of:
      return std::any_of(filter.children.begin(), filter.children.end(), child);
    case Filter::Kind::none_of:
      return !child(filter.children.front());
    case Filter::Kind::range:
      return number && filter.range.contains(*number);
    case Filter::Kind::present:
      return number || std::any_of(row.tags.begin(), row.tags.end(),
                                   [&](const Tag& tag) { return tag.field == filter.field; });
    case Filter::Kind::values:
      break;
  }
  for (const std::string& value : filter.values) {
    for (const Tag& tag : row.tags) {
      if (tag.field == filter.field && is_at_or_beneath(tag.value, value)) return true;
    }
    double wanted = 0.0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), wanted);
    if (error == std::errc() && end == value.data() + value.size() && number == wanted) return true;
  }
  return false;
}

inline Filter draw_filter(Random& random, int depth = 3) {
  static const char* const kFields[] = {"lang",   "category", "brand", "price",
                                        "weight", "size",     "none"};
  static const char* const kValues[] = {"a",  "b",   "Toys", "Toys > Cars", "Food",
                                        "b7", "b11", "7",    "12.5",        "x y"};
  Filter filter;
  const std::uint64_t kind = random.below(depth > 0 ? 7 : 4);
  if (kind >= 4) {
    filter.kind = kind == 4   ? Filter::Kind::all_of
                  : kind == 5 ? Filter::Kind::any_of
                              : Filter::Kind::none_of;
    const std::uint64_t children = kind == 6 ? 1 : 2 + random.below(2);
    for (std::uint64_t i = 0; i < children; ++i) {
      filter.children.push_back(draw_filter(random, depth - 1));
    }
    return filter;
  }
  filter.field = kFields[random.below(7)];
  if (kind == 0) {
    filter.kind = Filter::Kind::present;
  } else if (kind == 1) {
    filter.kind = Filter::Kind::range;
    const double low = static_cast<double>(random.below(5200)) / 100.0 - 1.0;
    switch (random.below(3)) {
      case 0:
        filter.range = {.low = low, .high = low + random.uniform() * 20.0};
        break;
      case 1:
        filter.range.low = low;
        filter.range.above_low = random.below(2) == 0;
        break;
      default:
        filter.range.high = low;
        filter.range.below_high = random.below(2) == 0;
    }
  } else {
    filter.kind = Filter::Kind::values;
    for (std::uint64_t i = 1 + random.below(3); i > 0; --i) {
      filter.values.emplace_back(kValues[random.below(10)]);
    }
  }
  return filter;
}

}  // namespace kindred::index
