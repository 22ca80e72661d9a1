// From the columns of a file to a product. Tested by mapping_test.cc.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "catalog/product.h"

namespace kindred::catalog {

/// One value of a row. `nested`: it is the text of a JSON object or array.
struct RawField {
  std::string_view column;
  std::string_view value;
  bool nested = false;
};

/// Why a row is no product.
class BadRow : public std::runtime_error {
 public:
  BadRow(std::string column, const std::string& reason)
      : std::runtime_error(reason), column_(std::move(column)) {}
  const std::string& column() const noexcept { return column_; }

 private:
  std::string column_;
};

/// What becomes of each column. A target is written
///
///     id  language  brand  price  currency  image  ignore  other
///     title  title:es  description  description:es
///     category  category:es  (a path "A > B > C")    category:1  (one level, from 1)
///     attribute:colour  attribute:colour:es
///     titles  descriptions  categories  attributes   (JSON: language → text or levels; attributes
///     as
///         {"colour": "red"} or [{"key": …, "name": text or languages, "value": text or
///         languages}])
///
/// Columns of the usual names need no mapping: those above, name, sku, lang, category_path,
/// image_path, image_url, title_es, description_es, category_es, category_1, attribute_colour. A
/// column that nothing is said about is kept under its name in `other`. Columns may be separated
/// from the language by '_', '.', '-' or ':'.
///
/// Threads: immutable.
class Mapping {
 public:
  /// The usual names alone.
  Mapping() = default;
  /// {"columns": {"SKU": "id", "Nombre": "title:es"}, "language": "es", "currency": "EUR",
  /// "category_separator": "/"}; all but `columns` stand for what a row does not say. Errors:
  /// bad_input with the place.
  static Mapping from_json(std::string_view json, std::string_view origin);

  /// Errors: not_found where the mapping names a column that is not among `columns`; bad_input
  /// where none of them becomes the id.
  void check_columns(std::span<const std::string> columns, std::string_view origin) const;

  /// Throws BadRow.
  Product apply(std::span<const RawField> row) const;

  enum class Kind : std::uint8_t {
    id,
    language,
    brand,
    price,
    currency,
    image,
    ignore,
    other,
    title,
    description,
    category,
    category_level,
    attribute,
    titles,
    descriptions,
    categories,
    attributes,
  };
  struct Target {
    Kind kind = Kind::other;
    std::string key = {};  ///< of an attribute
    std::string language = {};
    std::size_t level = 0;  ///< from 1
  };

 private:
  Target target_of(std::string_view column) const;
  void put(Product& product, const RawField& field, const Target& target) const;

  std::map<std::string, Target, std::less<>> columns_;
  std::string language_;
  std::string currency_;
  std::string separator_ = ">";
};

/// "19.99", "1.234,56 €", "US$1,299" → the number, and the currency where it is named. Errors:
/// std::nullopt for what is no price.
struct Price {
  double value;
  std::string currency;
};
std::optional<Price> parse_price(std::string_view text);

}  // namespace kindred::catalog
