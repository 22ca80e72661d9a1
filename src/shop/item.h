// From a product to what is searched. Tested by item_test.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/product.h"
#include "catalog/prompt.h"
#include "index/fields.h"
#include "search/backend.h"

namespace kindred::shop {

/// A product as an item whose vector is yet to come.
struct Composed {
  search::Item item;
  std::string text;  ///< what the encoder is to read
};

/// Texts, in every language that they came in: titles, the brand, category paths, descriptions and
/// the values of the attributes (these weigh as the description).
///
/// Fields, to filter, count and sort by:
///
///     language  brand  currency       tags
///     price                           a number
///     category                        "Electronics > Phones", a tag with its subtree
///     category.zh                     the same in each language that it came in
///     attribute.storage               a tag, "256 GB"; a number too where the value is one: with a
///                                     unit in that of its kind (GB, g, mm, ml, W, V, mAh, lm, Hz,
///                                     Wh), else as it stands
///     attribute.storage.zh            the tag in each language that it came in
///     other.stock                     what else came with the product: a number, else a tag
///
/// `category` and `attribute.KEY` are in one language for all products, so that they can be
/// counted: the text of no language, else English, else the first by its code. Values of more than
/// kMaxFieldBytes bytes are no fields.
///
/// The payload is JSON: what a hit is shown by, and `text`, a hash of what the encoder read.
Composed compose(const catalog::Product& product, const catalog::Prompt& prompt);
inline constexpr std::size_t kMaxFieldBytes = 200;
/// Those that any product may have, whether one has them or not.
std::vector<std::pair<std::string, index::FieldKinds>> expected_fields();

/// 16 hexadecimal digits that differ for texts that differ.
std::string hash_of(std::string_view text);
/// The hash in an item's payload; empty where there is none.
std::string text_hash(std::string_view payload);

/// What a hit is shown by.
struct Shown {
  std::string title;
  std::string category;
  std::string language;  ///< of the seller
  std::string brand;
  std::optional<double> price;
  std::string currency;
  std::string image;
};

/// From a payload, with title and category in `language`; empty: in the seller's. Errors: corrupt.
Shown shown(std::string_view payload, std::string_view language = {});

}  // namespace kindred::shop
