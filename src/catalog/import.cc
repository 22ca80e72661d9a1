#include "catalog/import.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>
#include <vector>

#include "catalog/clean.h"

namespace kindred::catalog {
namespace {

/// Of all its texts and their names.
std::size_t text_bytes(const Product& product) {
  std::size_t bytes = product.id.size() + product.language.size() + product.brand.size() +
                      product.currency.size() + product.image.size();
  const auto add = [&](const auto& texts) {
    for (const auto& [name, text] : texts) bytes += name.size() + text.size();
  };
  add(product.titles);
  add(product.descriptions);
  for (const auto& [language, levels] : product.categories) {
    bytes += language.size();
    for (const std::string& level : levels) bytes += level.size();
  }
  for (const Attribute& attribute : product.attributes) {
    bytes += attribute.key.size();
    add(attribute.names);
    add(attribute.values);
  }
  add(product.other);
  return bytes;
}

}  // namespace

ImportCounts import_products(ProductReader& reader, Store& store, const ImportOptions& options,
                             const ImportEvents& events, Progress& progress) {
  const auto start = std::chrono::steady_clock::now();
  ImportCounts counts;
  DuplicateFinder finder(options.duplicate_options);
  std::vector<Product> batch;
  const auto flush = [&] {
    const UpsertCounts stored = store.upsert(batch);
    counts.stored.inserted += stored.inserted;
    counts.stored.updated += stored.updated;
    counts.stored.unchanged += stored.unchanged;
    batch.clear();
  };
  const auto report_bad = [&](const BadRowReport& bad) {
    ++counts.bad;
    if (events.bad_row) events.bad_row(bad);
  };
  for (ReadProduct read; !(events.stop && events.stop()) && reader.next(read);) {
    ++counts.rows;
    progress.add(1);
    if (read.bad) {
      report_bad(*read.bad);
      continue;
    }
    if (options.clean) clean(read.product);
    if (read.product.titles.empty()) {
      report_bad({read.line, "title", "nothing is left of the title after cleaning"});
      continue;
    }
    if (const std::size_t bytes = text_bytes(read.product); bytes > kMaxProductBytes) {
      report_bad(
          {read.line, "",
           fmt::format("a product of {} bytes; at most {} are allowed", bytes, kMaxProductBytes)});
      continue;
    }
    if (options.duplicates) {
      if (const auto duplicate = finder.add(read.product)) {
        ++counts.duplicates;
        if (events.duplicate) events.duplicate(read.product.id, *duplicate);
      }
    }
    batch.push_back(std::move(read.product));
    if (batch.size() >= options.batch) flush();
  }
  flush();
  progress.finish();
  counts.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return counts;
}

}  // namespace kindred::catalog
