// From the columns of a file to a product. Tested by mapping_test.cc.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/product.h"

namespace kindred::catalog {

/// One value of a row.
struct RawField {
  std::string_view column;
  std::string_view value;
  bool nested = false;  ///< it is the text of a JSON object or array
  bool number = false;  ///< it is a number of the file, not a text that was written
};

/// What was decided on the way from a row to a product.
struct RowNotes {
  /// A column that would become the same as another, which goes before it.
  struct Aside {
    std::string column;
    std::string instead;  ///< the column that was taken
  };
  std::vector<Aside> aside = {};
  /// The price as it is written, where it could be read in two ways; else empty.
  std::string ambiguous_price = {};
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
/// from the language by '_', '.', '-' or ':'. Upper and lower case are the same.
///
/// Of columns that become the same, one is taken: what the mapping says before the names above,
/// those before name, sku, lang, category_path, image_url and image_path in this order, then the
/// first in the file; levels of a category before its path. The other columns become attributes of
/// their names, and stand in where the first is empty in a row, save for the id.
///
/// An empty or blank value, or a JSON null, says nothing.
///
/// Threads: immutable.
class Mapping {
 public:
  /// The usual names alone.
  Mapping() = default;
  /// {"columns": {"SKU": "id", "Nombre": "title:es"}, "language": "es", "currency": "EUR",
  /// "category_separator": "/", "decimal_mark": ","}; language and currency stand for what a row
  /// does not say, and the mark is that of prices as they are written. Errors: bad_input with the
  /// place.
  static Mapping from_json(std::string_view json, std::string_view origin);

  /// Errors: not_found where the mapping names a column that is not among `columns`; bad_input
  /// where none of them becomes the id.
  void check_columns(std::span<const std::string> columns, std::string_view origin) const;

  /// `decimal_mark`: as for parse_price, where the mapping does not say it. Throws BadRow.
  Product apply(std::span<const RawField> row, char decimal_mark = 0,
                RowNotes* notes = nullptr) const;
  /// What the prices of a row show, as Price::decimal_mark.
  char decimal_mark_of(std::span<const RawField> row) const;
  /// Nothing is made of such a column.
  bool ignores(std::string_view column) const { return target_of(column).kind == Kind::ignore; }

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
    std::size_t rank = 0;   ///< of several columns for one thing the lowest is taken
  };

 private:
  Target target_of(std::string_view column) const;
  void put(Product& product, const RawField& field, const Target& target, char decimal_mark,
           RowNotes& notes) const;

  std::map<std::string, Target, std::less<>> columns_;
  std::string language_;
  std::string currency_;
  std::string separator_ = ">";
  char decimal_mark_ = 0;
};

}  // namespace kindred::catalog
