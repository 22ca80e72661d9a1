#include "catalog/import.h"

#include <chrono>
#include <utility>
#include <vector>

#include "catalog/clean.h"

namespace kindred::catalog {

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
