// Texts of products by their ids. Tested by judged_pairs_test.cc.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/product_reader.h"
#include "catalog/prompt.h"

namespace kindred::prepare {

struct ProductFile {
  std::string path = {};
  std::optional<catalog::Mapping> mapping = std::nullopt;  ///< unset: by the names of columns
  /// What an encoder reads of a product; unset: catalog::Prompt's default.
  std::optional<catalog::Prompt> prompt = std::nullopt;
};

/// A reader of a product file that knows, besides the usual names, the columns of ESCI
/// (product_id, product_title, product_description, product_brand, product_color,
/// product_locale), WANDS (product_name, category hierarchy) and BEIR (_id, title, text). Errors:
/// as ProductReader.
catalog::ProductReader open_products(const ProductFile& file);
catalog::Prompt prompt_of(const ProductFile& file);
/// BEIR's documents (a column _id), where nothing else was said of them: title and text as they
/// stand, either of which may be empty, which a product's title may not.
bool holds_documents(const ProductFile& file);

/// The levels of a product's category, the widest first, in one language for all products: that of
/// no language, English, or the first there is. Null: none.
const std::vector<std::string>* category_levels(const catalog::Product& product);
/// These as one name, "Electronics > Phones"; empty: none. What Passage::category holds.
std::string category_name(const catalog::Product& product);

/// "us" is "en" and "jp" is "ja", as ESCI writes its locales; others are themselves in lower case,
/// without a region.
std::string language_of_locale(std::string_view locale);

}  // namespace kindred::prepare
