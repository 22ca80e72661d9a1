// Numbers with units in texts: "256 G", "256GB", "256吉" → 256 GB. Tested by quantity_test.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kindred::catalog {

struct Quantity {
  double value;
  std::string_view unit;  ///< as normalised: "GB", "kg", "in", "mAh"

  /// In the unit that all of its kind are compared in: GB, g, mm, ml, W, V, mAh, lm, Hz, Wh.
  Quantity in_base_unit() const;
};

/// `text` with every number that a unit follows rewritten: a decimal point, no thousands
/// separators, one space, the unit's symbol. Units are known in English, Spanish, French, German,
/// Chinese and Japanese. `key` is the attribute's and decides what is ambiguous: "256 G" is GB
/// under "storage" and g under "weight", elsewhere GB where it is a usual size of a store (5G stays
/// a network). Under a key with "size", XXL becomes 2XL. Meant for values of attributes, not for
/// running text.
std::string normalize_quantities(std::string_view text, std::string_view key = {});

/// The first quantity of a text.
std::optional<Quantity> first_quantity(std::string_view text, std::string_view key = {});

}  // namespace kindred::catalog
