// A product of a shop, as every part of Kindred sees it. Tested by product_test.cc.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kindred::catalog {

/// Language code ("zh", "en") → text. The empty code is text of no known language, or of none at
/// all
/// ("256 GB").
using Texts = std::map<std::string, std::string, std::less<>>;

struct Attribute {
  std::string key;   ///< "storage": the same in every language
  Texts names = {};  ///< "Storage", "存储容量"; none: the key serves
  Texts values = {};

  bool operator==(const Attribute&) const = default;
};

struct Product {
  std::string id;             ///< never empty
  std::string language = {};  ///< of the seller; empty: unknown
  bool recognised = false;    ///< nobody named the language; it is that of the title
  Texts titles = {};
  Texts descriptions = {};
  /// Language → the levels of the category, the widest first; usually three.
  std::map<std::string, std::vector<std::string>, std::less<>> categories = {};
  std::string brand = {};
  std::optional<double> price = std::nullopt;
  std::string currency = {};
  std::string image = {};  ///< a path or an address
  std::vector<Attribute> attributes = {};
  std::map<std::string, std::string> other = {};  ///< what else came with it: column → value

  bool operator==(const Product&) const = default;
};

/// The text in `language`; where there is none, that of no language, else English, else the first.
/// Empty when there is no text at all.
std::string_view text_in(const Texts& texts, std::string_view language) noexcept;

/// One line of JSON, the same for equal products.
std::string to_json(const Product& product);
/// Reads to_json's line. Errors: corrupt, naming `origin`.
Product product_from_json(std::string_view json, std::string_view origin);

}  // namespace kindred::catalog
