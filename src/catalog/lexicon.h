// The words that made-up products are composed of, in four languages. Tested by generator_test.cc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace kindred::catalog {

/// One meaning in each language, in the order of `Language`.
struct Word {
  std::string_view zh, en, es, fr;

  std::string_view operator[](std::size_t language) const {
    return std::array{zh, en, es, fr}[language];
  }
};

/// What kinds of thing share their features, uses and qualifiers.
enum class Family : std::uint8_t {
  phone,
  computer,
  audio,
  video,
  wearable,
  kitchen_appliance,
  cleaning,
  climate,
  cookware,
  tableware,
  drinkware,
  furniture,
  textile,
  lighting,
  clothing,
  shoes,
  bags,
  accessories,
  jewellery,
  skin_care,
  hair_care,
  health,
  baby,
  toys,
  fitness,
  camping,
  cycling,
  ball_sports,
  power_tools,
  hand_tools,
  garden,
  pets,
  car,
  office,
  food,
};

/// A word that follows the noun in Spanish and French; only such as do not change with the gender.
struct Qualifier {
  std::string_view zh, en, es, es_plural, fr, fr_plural;
};

/// `features` read after "with" / "con" / "avec" and without it in Chinese; `uses` after "for".
struct FamilyWords {
  Family family;
  std::array<Word, 6> features;
  std::array<Word, 3> uses;
  std::array<Qualifier, 3> qualifiers;
};
const FamilyWords& words_of(Family family);

/// What a product may be described by. The name says which values are meant where the same
/// attribute (capacity, power …) has other values for other things.
enum class AttributeKind : std::uint8_t {
  colour,
  pattern,
  audience,
  fabric,
  leather,
  metal,
  wood,
  plastic,
  ceramic,
  precious_metal,
  natural_fibre,
  clothing_size,
  shoe_size,
  bed_size,
  age,
  scent,
  flavour,
  connection,
  phone_storage,
  disk_storage,
  phone_memory,
  computer_memory,
  phone_screen,
  tablet_screen,
  computer_screen,
  tv_screen,
  watch_screen,
  phone_battery,
  power_bank_battery,
  tool_voltage,
  mains_voltage,
  kitchen_power,
  charger_power,
  climate_power,
  cup_capacity,
  pot_capacity,
  bag_capacity,
  bottle_volume,
  cable_length,
  hose_length,
  pan_diameter,
  table_length,
  food_weight,
  dumbbell_weight,
  pack,
  pieces,
  tent_places,
  lumens,
};

/// How an attribute stands in a title.
enum class AttributeRole : std::uint8_t {
  material,  ///< "cotton shirt", "camisa de algodón"
  audience,  ///< "women's shirt", "camisa para mujer"
  pattern,   ///< "striped shirt", "camisa con estampado de rayas"
  colour,    ///< ", red", ", color rojo"
  other,     ///< ", 256GB ROM"
};

struct AttributeWords {
  AttributeKind kind;
  AttributeRole role;
  std::string_view key;  ///< "storage", "capacity", …
  Word name;
  /// Behind each number, for attributes whose values are numbers; else empty.
  Word unit;
  std::span<const std::string_view> numbers;
  /// For attributes whose values are words; else empty.
  std::span<const Word> words;
  /// Where a title names the value otherwise than the attribute does: "talla {}", "EU {}"; "{}" is
  /// the value.
  Word in_title = {"{}", "{}", "{}", "{}"};
};
const AttributeWords& words_of(AttributeKind kind);

/// A leaf of the category tree: one kind of product.
struct Leaf {
  Word category;  ///< the category's name: "Smartphones"
  Word noun;      ///< what a title calls one: "Smartphone"
  Family family;
  std::initializer_list<AttributeKind> attributes;
  int lowest_price;  ///< US dollars
  int highest_price;
  /// Which of the family's words suit: digits for features, a to c for qualifiers, x to z for uses
  /// (none of these: all uses; "-": no use). Empty: all words.
  std::string_view fits = {};
  bool es_plural = false;  ///< the Spanish noun is a plural: "gafas de sol"
  bool fr_plural = false;
};

struct Group {
  Word name;
  std::span<const Leaf> leaves;
};

struct Department {
  Word name;
  std::span<const Group> groups;
};
std::span<const Department> departments();

/// Invented names; each department has its own.
std::span<const std::string_view> brands();
/// Names of models and collections.
std::span<const std::string_view> technical_series();
std::span<const std::string_view> collection_series();
/// Sentences about delivery and service; only the first three suit food and cosmetics.
std::span<const Word> service_sentences();

}  // namespace kindred::catalog
