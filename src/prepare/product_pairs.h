// A catalogue's own examples: translations, categories, attributes, spans. Tested by
// product_pairs_test.cc.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "prepare/attribute_variants.h"
#include "prepare/category_triplets.h"
#include "prepare/example_source.h"
#include "prepare/product_texts.h"
#include "prepare/translations.h"

namespace kindred::prepare {

struct ProductPairOptions {
  ProductFile products = {};
  bool translations = false;  ///< titles of one product in several languages
  bool categories = false;    ///< CategoryTriplets of the products' texts
  bool attributes = false;    ///< the product's text, and variants of it as positives
  bool spans = false;         ///< titles with the places of brand and attributes (title_spans.h)
  TranslationOptions translation = {};
  CategoryOptions category = {};
  VariantOptions variant = {};
  std::size_t variants = 1;  ///< of each product
  std::uint64_t seed = 1;    ///< of all of them
  Prompt anchor_prompt = {};
  Prompt passage_prompt = {};
  std::string source = {};  ///< "translations", "categories", "attributes" or "spans" unless given

  /// Errors: bad_input.
  void validate() const;
};

/// Products in the order of their file: of each its translations and its variants; at the end the
/// triplets of all. Texts of categories are the titles, and texts of attributes brand, title and
/// attributes, where no prompt is given: a text that tells its category would give it away. The
/// group is the product's id, and of translations and variants it is that of their anchors; of
/// triplets it is the anchor's.
///
/// Memory: constant without categories; with them the products' texts. Threads: one at a time.
class ProductPairs final : public ExampleSource {
 public:
  /// Errors: as open_products.
  explicit ProductPairs(ProductPairOptions options);
  bool next(SourceRow& row) override;
  std::vector<std::string> notes() const override;

 private:
  void add_product(const catalog::Product& product, std::vector<Example>& out);
  void add_spans(const catalog::Product& product, std::vector<Example>& out) const;
  void add_variants(const catalog::Product& product, std::vector<Example>& out);
  Example decorated(Example example, const std::string& group, const char* source) const;

  ProductPairOptions options_;
  catalog::ProductReader reader_;
  catalog::Prompt category_prompt_, attribute_prompt_;
  TranslationPairs translations_;
  CategoryTriplets triplets_;
  std::uint64_t number_ = 0;  // of the product at hand
  std::uint64_t without_category_ = 0;
  bool read_all_ = false;
  std::size_t triplet_ = 0;
};

}  // namespace kindred::prepare
