// A made-up catalogue of a cross-border shop, for demos, tests and benchmarks. Tested by
// generator_test.cc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace kindred::catalog {

enum class Language : std::uint8_t { zh, en, es, fr };
inline constexpr std::size_t kLanguages = 4;
inline constexpr std::array<std::string_view, kLanguages> kLanguageCodes = {"zh", "en", "es", "fr"};

/// The same text in each language, indexed by Language.
struct GeneratedTexts {
  std::array<std::string, kLanguages> by_language;
  const std::string& operator[](Language language) const {
    return by_language[static_cast<std::size_t>(language)];
  }
  std::string& operator[](Language language) {
    return by_language[static_cast<std::size_t>(language)];
  }
};

struct GeneratedAttribute {
  std::string key;  ///< "storage", "colour", … the same in every language
  GeneratedTexts name;
  GeneratedTexts value;  ///< "256GB ROM", "red" / "红色" / "rojo" / "rouge"
};

struct GeneratedProduct {
  std::uint64_t id = 0;  ///< 1, 2, …
  Language language =
      Language::en;  ///< of the seller: the language of `title()` and `description()`
  std::vector<GeneratedTexts> category;  ///< three levels, the widest first
  std::string brand;
  GeneratedTexts titles;
  GeneratedTexts descriptions;
  std::vector<GeneratedAttribute> attributes;
  double price = 0.0;
  std::string currency;  ///< "EUR", "USD", "CNY", "MXN"

  const std::string& title() const { return titles[language]; }
  const std::string& description() const { return descriptions[language]; }
};

struct GeneratorOptions {
  std::uint64_t seed = 1;
  std::size_t products = 5000;
  void validate() const;  ///< Errors: bad_input when products is 0
};

/// Calls `sink` with each product in the order of its id; nothing is kept, so any number fits in
/// memory. Same options, same products; product i does not depend on `products`.
void generate(const GeneratorOptions& options,
              const std::function<void(const GeneratedProduct&)>& sink);

/// One JSON object without a line end: id, language, title, description, category, brand, price,
/// currency, attributes, and titles, descriptions and category paths in every language.
std::string to_json_line(const GeneratedProduct& product);

/// "id<TAB>language<TAB>category<TAB>title<TAB>title_zh<TAB>title_en<TAB>title_es<TAB>title_fr", no
/// line end.
std::string to_tsv_line(const GeneratedProduct& product);
/// The names of to_tsv_line's columns.
std::string_view tsv_header();

}  // namespace kindred::catalog
