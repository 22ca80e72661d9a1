// The one table of what a recipe may say. Tested by recipe_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "recipe/recipe.h"

namespace kindred::recipe {

/// A key's value apart from its place in Recipe; monostate: not set. Choices are texts. Losses are
/// numbers by name.
using Setting =
    std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<std::string>,
                 std::vector<std::int64_t>, std::vector<double>, std::map<std::string, std::string>,
                 std::map<std::string, double>>;

enum class SettingType : std::uint8_t {
  boolean,
  integer,
  number,
  text,
  texts,
  integers,
  numbers,
  text_map,
  number_map,
};

/// Of a number, of the numbers in a list, or of those in a map.
struct Range {
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  bool above = false;  ///< more than `least`
  bool below = false;  ///< less than `most`

  bool holds(double value) const noexcept;
  /// "0 to 1", "above 0"; empty: any.
  std::string to_text() const;
};

struct Key {
  std::string_view name;
  std::string_view help;
  SettingType type;
  bool optional;  ///< may be "none"
  Range range;
  std::vector<std::string_view> choices;  ///< of a text, of the texts in a list, of a map's names
  /// What the text must read as, where it has a grammar of its own. Errors: bad_input.
  void (*check)(const std::string& text);
  /// `at`: which of the sections of one name.
  Setting (*get)(const Recipe& recipe, std::size_t at);
  void (*set)(Recipe& recipe, std::size_t at, const Setting& value);

  /// "a number, above 0", "one of linear, cosine, constant".
  std::string allowed() const;
};

struct Section {
  std::string_view name;
  std::string_view help;
  bool repeated;  ///< [[data]]
  std::vector<Key> keys;

  const Key* find(std::string_view key) const noexcept;
  std::vector<std::string> names() const;
};

/// In the order in which recipes are written.
const std::vector<Section>& schema();
const Section* find_section(std::string_view name) noexcept;

}  // namespace kindred::recipe
