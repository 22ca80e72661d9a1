#include "catalog/import.h"

#include <fmt/format.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/clean.h"
#include "catalog/merge.h"

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

/// Hashes of ids: 16 bytes each at most, open addressing.
class SeenIds {
 public:
  /// False where it was there.
  bool insert(std::string_view id) {
    if (2 * (count_ + 1) > slots_.size()) grow();
    const bool is_new = put(std::hash<std::string_view>()(id) | 1);  // 0 is an empty slot
    count_ += is_new ? 1 : 0;
    return is_new;
  }

 private:
  bool put(std::uint64_t hash) {
    std::size_t at = (hash >> 1) & (slots_.size() - 1);
    for (; slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at] == hash) return false;
    }
    slots_[at] = hash;
    return true;
  }
  void grow() {
    std::vector<std::uint64_t> before(std::max<std::size_t>(1024, 2 * slots_.size()));
    before.swap(slots_);
    for (const std::uint64_t hash : before) {
      if (hash != 0) put(hash);
    }
  }

  std::vector<std::uint64_t> slots_;
  std::size_t count_ = 0;
};

struct Row {
  Product product;
  NamedLanguages named;
  std::uint64_t line;
};

std::optional<BadRowReport> too_large(std::size_t bytes, std::uint64_t line, const char* what) {
  if (bytes <= kMaxProductBytes) return std::nullopt;
  return BadRowReport{
      line, "",
      fmt::format("{} of {} bytes; at most {} are allowed", what, bytes, kMaxProductBytes)};
}

class Import {
 public:
  Import(Store& store, const ImportOptions& options, const ImportEvents& events)
      : store_(store), options_(options), events_(events), finder_(options.duplicate_options) {}

  void add(ReadProduct& read) {
    ++counts_.rows;
    if (read.bad) return report_bad(*read.bad);
    Row row{std::move(read.product), {}, read.line};
    row.named = named_languages(row.product);
    if (options_.clean) clean(row.product, options_.identify);
    if (row.product.titles.empty())
      return report_bad({read.line, "title", "nothing is left of the title after cleaning"});
    if (const auto bad = too_large(text_bytes(row.product), read.line, "a product"))
      return report_bad(*bad);
    take_notes(read, row.product);
    const bool repeats = !seen_.insert(row.product.id);
    if (repeats && counts_.repeats++ == 0) counts_.repeated = row.product.id;
    if (options_.duplicates && !repeats) find_duplicate(row.product);
    batch_.push_back(std::move(row));
    if (batch_.size() >= options_.batch) flush();
  }

  void flush() {
    std::vector<std::string> ids;
    for (const Row& row : batch_) ids.push_back(row.product.id);
    const UpsertCounts stored =
        store_.update(ids, [this](std::vector<Product> known) { return joined(std::move(known)); });
    counts_.stored.inserted += stored.inserted;
    counts_.stored.updated += stored.updated;
    counts_.stored.unchanged += stored.unchanged;
    batch_.clear();
  }

  const ImportCounts& counts() const { return counts_; }

 private:
  void report_bad(const BadRowReport& bad) {
    ++counts_.bad;
    if (events_.bad_row) events_.bad_row(bad);
  }

  void take_notes(const ReadProduct& read, const Product& product) {
    for (const RowNotes::Aside& aside : read.notes.aside) {
      AsideColumn& column = counts_.aside[aside.column];
      if (column.rows++ == 0) column.instead = aside.instead;
    }
    if (read.notes.ambiguous_price.empty() || counts_.ambiguous_prices++ > 0) return;
    counts_.ambiguous_price = read.notes.ambiguous_price;
    counts_.ambiguous_value = product.price.value_or(0.0);
    counts_.ambiguous_line = read.line;
  }

  void find_duplicate(const Product& product) {
    const auto duplicate = finder_.add(product);
    if (!duplicate) return;
    ++counts_.duplicates;
    if (events_.duplicate) events_.duplicate(product.id, *duplicate);
  }

  /// The batch's rows with what is known of their products.
  std::vector<Product> joined(std::vector<Product> known) {
    std::map<std::string, Product> products;
    for (Product& product : known) products.emplace(product.id, std::move(product));
    for (Row& row : batch_) {
      const auto [at, is_new] = products.try_emplace(row.product.id);
      if (is_new) {
        at->second = std::move(row.product);
        continue;
      }
      Product& known_so_far = at->second;
      const std::size_t most = text_bytes(known_so_far) + text_bytes(row.product);
      if (most <= kMaxProductBytes) {
        merge(known_so_far, row.product, row.named);
        continue;
      }
      Product more = known_so_far;
      merge(more, row.product, row.named);
      if (const auto bad =
              too_large(text_bytes(more), row.line, "with what is known of it, a product")) {
        report_bad(*bad);
      } else {
        known_so_far = std::move(more);
      }
    }
    std::vector<Product> all;
    for (auto& [id, product] : products) all.push_back(std::move(product));
    return all;
  }

  Store& store_;
  const ImportOptions& options_;
  const ImportEvents& events_;
  ImportCounts counts_;
  DuplicateFinder finder_;
  SeenIds seen_;
  std::vector<Row> batch_;
};

}  // namespace

ImportCounts import_products(ProductReader& reader, Store& store, const ImportOptions& options,
                             const ImportEvents& events, Progress& progress) {
  const auto start = std::chrono::steady_clock::now();
  Import import(store, options, events);
  for (ReadProduct read; !(events.stop && events.stop()) && reader.next(read);) {
    progress.add(1);
    import.add(read);
  }
  import.flush();
  progress.finish();
  ImportCounts counts = import.counts();
  counts.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return counts;
}

}  // namespace kindred::catalog
