#include "prepare/product_pairs.h"

#include "base/error.h"
#include "prepare/product_texts.h"
#include "prepare/reject_reasons.h"
#include "prepare/text_key.h"
#include "prepare/title_spans.h"

namespace kindred::prepare {
namespace {

ProductPairOptions seeded(ProductPairOptions options) {
  options.validate();
  options.translation.seed = options.seed;
  options.category.seed = options.seed;
  return options;
}

}  // namespace

void ProductPairOptions::validate() const {
  if (!translations && !categories && !attributes && !spans)
    fail(ErrorKind::bad_input,
         "say what is made of the products: translations, categories, attributes, spans");
  if (!(variant.drop >= 0.0 && variant.drop < 1.0))
    fail(ErrorKind::bad_input, "a share of {} of the attributes left out; choose 0 to below 1",
         variant.drop);
}

ProductPairs::ProductPairs(ProductPairOptions options)
    : options_(seeded(std::move(options))),
      reader_(open_products(options_.products)),
      category_prompt_(options_.products.prompt.value_or(catalog::Prompt("{title}"))),
      attribute_prompt_(
          options_.products.prompt.value_or(catalog::Prompt("[{brand} ]{title}[. {attributes}]"))),
      translations_(options_.translation),
      triplets_(options_.category) {}

Example ProductPairs::decorated(Example example, const std::string& group,
                                const char* source) const {
  example.anchor_prompt = options_.anchor_prompt;
  example.passage_prompt = options_.passage_prompt;
  example.group = group;
  example.source = options_.source.empty() ? source : options_.source;
  return example;
}

void ProductPairs::add_variants(const catalog::Product& product, std::vector<Example>& out) {
  if (product.attributes.empty()) return;
  const std::string text = attribute_prompt_.apply(product, product.language);
  const auto passage = [&](std::string of) {
    return Passage{.text = std::move(of),
                   .id = product.id,
                   .language = product.language,
                   .category = category_name(product)};
  };
  Example example{.anchor = passage(text)};
  Random random = Random(options_.seed).split(number_);
  for (std::size_t v = 0; v < options_.variants; ++v) {
    const catalog::Product variant = vary_attributes(product, options_.variant, random);
    std::string varied = attribute_prompt_.apply(variant, product.language);
    if (normalized_text(varied) != normalized_text(text))
      example.positives.push_back(passage(std::move(varied)));
  }
  if (!example.positives.empty())
    out.push_back(decorated(std::move(example), product.id, "attributes"));
}

void ProductPairs::add_spans(const catalog::Product& product, std::vector<Example>& out) const {
  for (const auto& [language, title] : product.titles) {
    Example example{.anchor = {.text = title,
                               .id = product.id,
                               .language = language.empty() ? product.language : language,
                               .category = category_name(product)}};
    example.spans = title_spans(title, example.anchor.language, product);
    if (!example.spans.empty()) out.push_back(decorated(std::move(example), product.id, "spans"));
  }
}

void ProductPairs::add_product(const catalog::Product& product, std::vector<Example>& out) {
  if (options_.translations) {
    std::vector<Passage> titles;
    for (const auto& [language, title] : product.titles) {
      if (language.empty()) continue;
      titles.push_back({.text = title,
                        .id = product.id,
                        .language = language,
                        .category = category_name(product)});
    }
    for (Example& example : translations_.pairs_of(std::move(titles)))
      out.push_back(decorated(std::move(example), product.id, "translations"));
  }
  if (options_.attributes) add_variants(product, out);
  if (options_.spans) add_spans(product, out);
  if (!options_.categories) return;
  if (const auto* levels = category_levels(product)) {
    triplets_.add({.text = category_prompt_.apply(product, product.language),
                   .id = product.id,
                   .language = product.language,
                   .category = category_name(product)},
                  *levels);
  } else {
    ++without_category_;
  }
}

bool ProductPairs::next(SourceRow& row) {
  row = {};
  row.file = options_.products.path;
  if (!read_all_) {
    catalog::ReadProduct read;
    if (reader_.next(read)) {
      row.line = read.line;
      ++number_;
      if (read.bad) {
        row.reject = Reject{reasons::kMalformed, read.bad->column.empty()
                                                     ? read.bad->reason
                                                     : read.bad->column + ": " + read.bad->reason};
      } else {
        add_product(read.product, row.examples);
      }
      return true;
    }
    read_all_ = true;
    triplets_.finish();
  }
  if (triplet_ == triplets_.size()) return false;
  Example example = triplets_.example_of(triplet_++);
  if (example.positives.empty()) {
    row.reject = Reject{reasons::kNoPositive, "the only product of its category"};
    row.text = example.anchor.text;
    return true;
  }
  const std::string group = example.anchor.id;
  row.examples.push_back(decorated(std::move(example), group, "categories"));
  return true;
}

std::vector<std::string> ProductPairs::notes() const {
  std::vector<std::string> notes;
  const auto add = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) notes.push_back(fmt::format("{}: {} {}", options_.products.path, count, what));
  };
  add(without_category_, "products have no category");
  add(translations_.untranslated(), "titles are the same in another language and were left out");
  add(translations_.in_another_language(), "titles are in another language than they say");
  return notes;
}

}  // namespace kindred::prepare
