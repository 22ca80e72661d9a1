// A file of products into a store. Tested by import_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "base/progress.h"
#include "catalog/duplicates.h"
#include "catalog/language.h"
#include "catalog/product_reader.h"
#include "catalog/store.h"

namespace kindred::catalog {

/// A product with more bytes of texts is a bad row. An item's texts and fields, where each short
/// attribute is stored several times under long names, take at most 20 times as much, and a row of
/// the index holds 16 MB.
inline constexpr std::size_t kMaxProductBytes = std::size_t{1} << 19;

struct ImportOptions {
  bool clean = true;                                ///< see clean.h
  LanguageIdentifier identify = identify_language;  ///< of texts whose language nobody names
  bool duplicates = false;                          ///< look for them
  DuplicateOptions duplicate_options = {};
  std::size_t batch = 1000;  ///< products a transaction
};

/// Columns that became attributes for another was taken, as RowNotes::Aside.
struct AsideColumn {
  std::string instead;
  std::uint64_t rows = 0;
};

struct ImportCounts {
  std::uint64_t rows = 0;
  std::uint64_t bad = 0;
  std::uint64_t repeats = 0;  ///< good rows with the id of one before them
  std::string repeated = {};  ///< the first such id
  std::uint64_t ambiguous_prices = 0;
  std::string ambiguous_price = {};  ///< the first, as it is written …
  double ambiguous_value = 0.0;      ///< … and read
  std::uint64_t ambiguous_line = 0;
  std::map<std::string, AsideColumn> aside = {};  ///< by column
  std::uint64_t duplicates = 0;
  UpsertCounts stored = {};
  double seconds = 0.0;
};

struct ImportEvents {
  std::function<void(const BadRowReport&)> bad_row = {};
  std::function<void(const std::string& id, const Duplicate&)> duplicate = {};
  /// Called for each row; true stops after the products at hand are stored.
  std::function<bool()> stop = {};
};

/// Adds every good row to the product that is stored under its id (merge.h), and reports every
/// other row; doing it again changes nothing, save where rows far apart contradict each other: the
/// later wins. What is stored when it is interrupted stays. Memory: 16 bytes a product. Errors:
/// those of the reader and the store.
ImportCounts import_products(ProductReader& reader, Store& store, const ImportOptions& options,
                             const ImportEvents& events, Progress& progress);

}  // namespace kindred::catalog
