// Whether there are the fields that a search names. Tested by field_check_test.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "index/fields.h"
#include "index/filter.h"

namespace kindred::index {

enum class FieldUse : std::uint8_t { any, tags, numbers };

/// The fields of a collection, wherever it lies.
struct KnownFields {
  /// What rows have under a name, as far as the use asks for it.
  std::function<FieldKinds(std::string_view name, FieldUse use)> kinds;
  std::function<std::vector<std::string>()> names;  ///< sorted; for messages
  /// Fields that are no mistake though no row has them yet.
  std::vector<std::pair<std::string, FieldKinds>> expected = {};
};

/// Errors: bad_input where no row has the field, with the name most like it and those that there
/// are, or where what it holds is no tag or no number, as the use needs. `what` begins the message
/// ("sort"). Where no row has any field, none is a mistake.
void check_field(std::string_view what, std::string_view field, FieldUse use,
                 const KnownFields& known);
/// All fields of a filter: bounds need numbers.
void check_fields(std::string_view what, const Filter& filter, const KnownFields& known);

/// The one of `names` that `wrong` is most likely meant to be, by its end ("colour" of
/// "attribute.colour") or with few letters wrong; empty: none is like it.
std::string most_like(std::string_view wrong, const std::vector<std::string>& names);

}  // namespace kindred::index
