// A product as the text that an encoder reads. Tested by prompt_test.cc.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/product.h"

namespace kindred::catalog {

/// Templates, one a language. A template is text with places for
///
///     {title} {description} {brand} {category} {price} {currency} {language} {id}
///     {attributes}        "Storage: 256 GB; Colour: 黑色"
///     {attribute:storage} the value alone
///
/// A part in square brackets is left out where a place in it is empty: "{title}[. {attributes}]".
/// Brackets nest; \{ \} \[ \] \\ stand for those characters. Category levels are joined by " > ".
///
/// Threads: immutable.
class Prompt {
 public:
  /// One template for every language. Errors: bad_input with the column.
  explicit Prompt(std::string_view text = kDefault);
  /// {"zh": "…", "*": "…"}; "*" is for languages not named, kDefault
  /// unless given. Errors: bad_input.
  static Prompt from_json(std::string_view json, std::string_view origin);
  static constexpr std::string_view kDefault =
      "[{brand} ]{title}[. {category}][. {attributes}][. {description}]";

  /// What from_json reads as an equal prompt.
  std::string to_json() const;

  /// The product's text in a language; a text that it lacks is taken as text_in chooses it. An
  /// empty `language` is the seller's.
  std::string apply(const Product& product, std::string_view language = {}) const;

  /// 16 hexadecimal digits that differ for prompts that differ: an index keeps it.
  std::string version() const;

 private:
  struct Part {
    enum class Kind : std::uint8_t { text, place, optional };
    Kind kind;
    std::string text;  ///< or the place's name
    std::vector<Part> parts = {};
  };
  class Parser;
  static bool write(const std::vector<Part>& parts, const Product& product,
                    std::string_view language, std::string& out);

  std::map<std::string, std::string, std::less<>> sources_;  // by language; "*": all others
  std::map<std::string, std::vector<Part>, std::less<>> templates_;
};

}  // namespace kindred::catalog
