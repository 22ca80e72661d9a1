#include "prepare/click_output.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "catalog/import.h"
#include "io/file.h"
#include "prepare/external_sort.h"
#include "prepare/product_texts.h"
#include "prepare/query_text.h"
#include "prepare/text_hash.h"

namespace kindred::prepare {
namespace {

std::string qrels_path(const std::string& directory, std::size_t part) {
  return io::join_path(directory, fmt::format("qrels.{}.tsv", kPartNames[part]));
}

bool is_database(const std::string& catalogue) {
  return catalogue.starts_with("postgres://") || catalogue.starts_with("postgresql://") ||
         io::table_format_of(catalogue) == io::TableFormat::lines;
}

std::unique_ptr<catalog::Store> import_file(const std::string& catalogue,
                                            const std::string& temporary) {
  catalog::ProductReader reader = catalog::ProductReader::open(catalogue, catalog::Mapping());
  auto store = catalog::open_sqlite_store(temporary);
  Progress silent(nullptr, "import", "products");
  const catalog::ImportCounts counts = catalog::import_products(reader, *store, {}, {}, silent);
  if (counts.rows == counts.bad) {
    fail(ErrorKind::bad_input, "{}: none of its {} rows is a product; 'kindred import' says why",
         catalogue, counts.rows);
  }
  return store;
}

std::unique_ptr<catalog::Store> open_catalogue(const std::string& catalogue,
                                               const std::string& temporary) {
  if (io::is_directory(catalogue)) {
    const std::string database = io::join_path(catalogue, "catalogue.db");
    if (!io::is_file(database))
      fail(ErrorKind::not_found, "{} is no shop: it has no catalogue.db", catalogue);
    return catalog::open_sqlite_store(database);
  }
  if (!is_database(catalogue)) return import_file(catalogue, temporary);
  if (!catalogue.starts_with("postgres") && !io::is_file(catalogue))
    fail(ErrorKind::not_found, "there is no catalogue {}", catalogue);
  return catalog::open_store(catalogue);
}

}  // namespace

ProductTexts::ProductTexts(const std::string& catalogue, const catalog::Prompt& prompt,
                           const std::string& temporary)
    : store_(open_catalogue(catalogue, temporary)), prompt_(prompt) {}

std::optional<Passage> ProductTexts::passage(const std::string& id, const std::string& language) {
  const std::optional<catalog::Product> product = store_->get(id);
  if (!product) return std::nullopt;
  Passage passage{.text = prompt_.apply(*product, language),
                  .id = id,
                  .language = language,
                  .category = category_name(*product)};
  if (passage.text.empty()) return std::nullopt;
  return passage;
}

ClickOutput::ClickOutput(const ClickJobOptions& options, const std::string& directory,
                         ProductTexts* texts, ClickReport& report)
    : options_(options), texts_(texts), report_(report) {
  for (std::size_t part = 0; part < kParts; ++part) {
    qrels_.push_back(io::AtomicFile::create(qrels_path(directory, part)));
    qrels_.back().write("query\tid\tgrade\tlanguage\n");
    if (texts == nullptr) continue;
    pairs_.push_back(io::AtomicFile::create(
        io::join_path(directory, fmt::format("pairs.{}.jsonl", kPartNames[part]))));
  }
  all_ = io::AtomicFile::create(io::join_path(directory, "judgements.tsv"));
  all_->write(
      "query\tlanguage\tpart\tid\tgrade\trelevance\timpressions\texamined\tclicks\tlong_clicks\t"
      "carts\torders\tusers\tskipped\tweight\n");
}

void ClickOutput::write(const std::string& query, const std::string& language, std::size_t part,
                        std::uint64_t group, bool seen, std::vector<Judgement> judgements) {
  std::vector<Passage> passages;
  if (texts_ != nullptr) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < judgements.size(); ++i) {
      auto passage = texts_->passage(judgements[i].id, language);
      if (!passage) {
        ++report_.unknown_products;
        continue;
      }
      passages.push_back(std::move(*passage));
      if (kept != i) judgements[kept] = std::move(judgements[i]);
      ++kept;
    }
    judgements.resize(kept);
  }
  // Without anything good there is nothing to find, and nothing to compare.
  if (judgements.empty() || judgements.front().grade == 0) return;
  ++report_.part_queries[part];
  for (const Judgement& j : judgements) {
    ++report_.judgements[part];
    ++report_.grades[part][static_cast<std::size_t>(j.grade)];
    qrels_[part].write(fmt::format("{}\t{}\t{}\t{}\n", query, j.id, j.grade, language));
    all_->write(fmt::format(
        "{}\t{}\t{}\t{}\t{}\t{:.4f}\t{}\t{:.1f}\t{}\t{}\t{}\t{}\t{}\t{}\t{:.2f}\n", query, language,
        kPartNames[part], j.id, j.grade, j.relevance, j.impressions, j.examined, j.clicks,
        j.long_clicks, j.carts, j.orders, j.users, j.skipped, j.weight));
  }
  if (texts_ != nullptr) write_pairs(query, language, part, group, seen, judgements, passages);
}

void ClickOutput::write_pairs(const std::string& query, const std::string& language,
                              std::size_t part, std::uint64_t group, bool seen,
                              const std::vector<Judgement>& judgements,
                              const std::vector<Passage>& passages) {
  // Passed over above a click first: they were looked at for sure.
  std::vector<std::size_t> bad;
  for (std::size_t i = 0; i < judgements.size(); ++i)
    if (judgements[i].grade == 0) bad.push_back(i);
  std::stable_sort(bad.begin(), bad.end(), [&](std::size_t a, std::size_t b) {
    return judgements[a].skipped > judgements[b].skipped;
  });
  bad.resize(std::min(bad.size(), options_.negatives));
  for (std::size_t i = 0; i < std::min(judgements.size(), options_.pairs_a_query); ++i) {
    const Judgement& good = judgements[i];
    if (good.grade == 0) break;
    Example example{.anchor = {.text = query, .language = language}, .positives = {passages[i]}};
    example.positives[0].score = std::round(good.grade / 3.0 * 1000.0) / 1000.0;
    for (const std::size_t at : bad) example.negatives.push_back(passages[at]);
    example.group = fmt::format("{:016x}", group);
    example.source = seen ? "clicks, a query of another part" : "clicks";
    pairs_[part].write(to_json(example) + '\n');
    ++report_.pairs[part];
  }
}

void ClickOutput::commit() {
  for (io::AtomicFile& file : qrels_) file.commit();
  for (io::AtomicFile& file : pairs_) file.commit();
  all_->commit();
}

void check_parts(const std::string& directory, const std::string& temporary, std::size_t memory) {
  ExternalSorter sorter(temporary, "check", memory / 2);
  std::uint64_t sequence = 0;
  for (std::size_t part = 0; part < kParts; ++part) {
    io::TableOptions options;
    options.columns = {"query"};
    io::TableReader reader = io::TableReader::open(qrels_path(directory, part), options);
    std::string last;
    for (io::TableRow row; reader.next(row);) {
      if (row.values[0] == last) continue;
      last = row.values[0];
      sorter.add({hash_text(normalize_query(last)), part, sequence++}, last);
    }
  }
  SortedRecords records = sorter.sorted(memory / 4);
  SortKey key, before;
  bool first = true;
  for (std::string_view query; records.next(key, query); before = key, first = false) {
    if (first || key.major != before.major || key.minor == before.minor) continue;
    fail(ErrorKind::internal, "internal: the query '{}' is in {} and in {}", query,
         kPartNames[before.minor], kPartNames[key.minor]);
  }
  sorter.remove();
}

}  // namespace kindred::prepare
