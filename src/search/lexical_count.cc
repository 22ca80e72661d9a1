// Facets and orders: what the documents that match are, rather than which are best.
#include <bit>
#include <functional>
#include <shared_mutex>

#include "base/error.h"
#include "search/lexical_index.h"
#include "search/lexical_query.h"

namespace kindred::search {
namespace {

constexpr std::size_t kIntervals = 1024;  // of a histogram, to find the k-th number by

index::RowSet all_or(const index::RowSet* rows, std::size_t count) {
  return rows != nullptr ? *rows : index::RowSet(count, /*full=*/true);
}

void tally(const CountRequest& request, const index::Fields& fields, index::RowSet rows,
           Counts& counts) {
  if (request.filter != nullptr) rows &= index::evaluate(*request.filter, fields);
  counts.documents += rows.count();
  for (std::size_t i = 0; i < request.facets.size(); ++i)
    fields.count_values(request.facets[i], rows, counts.facets[i]);
  for (std::size_t i = 0; i < request.number_facets.size(); ++i) {
    fields.summarize(request.number_facets[i], rows, counts.number_facets[i]);
  }
}

// Rows of a part that may be found, with what their keys are.
struct Admitted {
  const index::Fields* fields;
  index::RowSet rows;
  std::function<std::uint64_t(std::size_t)> key_of;
};

index::NumberSummary summarize(const std::vector<Admitted>& parts, const std::string& field,
                               std::vector<double> edges) {
  index::NumberSummary summary;
  summary.edges = std::move(edges);
  if (!summary.edges.empty()) summary.histogram.assign(summary.edges.size() - 1, 0);
  for (const Admitted& part : parts) part.fields->summarize(field, part.rows, summary);
  return summary;
}

// An interval from the end of the order that holds at least k numbers, and few more where the
// numbers differ: the histogram of the interval where the k-th lies, twice.
index::NumberRange first_numbers(const std::vector<Admitted>& parts, const std::string& field,
                                 bool descending, std::size_t k) {
  const index::NumberSummary all = summarize(parts, field, {});
  index::NumberRange range{all.min, all.max};
  if (all.count <= k) return range;
  double low = all.min;
  double high = all.max;
  for (int round = 0; round < 2 && low < high; ++round) {
    std::vector<double> edges;
    for (std::size_t i = 0; i <= kIntervals; ++i) {
      const double edge = low + (high - low) * (static_cast<double>(i) / kIntervals);
      if (edges.empty() || edge > edges.back()) edges.push_back(edge);
    }
    edges.back() = high;
    if (edges.size() < 2) break;
    // What lies beyond the interval on the order's side counts too.
    const index::NumberSummary part = summarize(parts, field, edges);
    std::uint64_t before = 0;
    for (const Admitted& admitted : parts) {
      index::RowSet outside(admitted.rows.rows());
      const index::NumberRange beyond = descending ? index::NumberRange{high, all.max, true, false}
                                                   : index::NumberRange{all.min, low, false, true};
      admitted.fields->select_numbers(field, beyond, outside);
      before += (outside &= admitted.rows).count();
    }
    std::size_t i = 0;
    const std::size_t intervals = part.histogram.size();
    const auto at = [&](std::size_t n) { return descending ? intervals - 1 - n : n; };
    while (i + 1 < intervals && before + part.histogram[at(i)] < k)
      before += part.histogram[at(i++)];
    low = edges[at(i)];
    high = edges[at(i) + 1];
    (descending ? range.low : range.high) = descending ? low : high;
  }
  return range;
}

}  // namespace

Counts LexicalIndex::count(const CountRequest& request) const {
  Counts counts;
  counts.facets.resize(request.facets.size());
  counts.number_facets.resize(request.number_facets.size());
  ResolvedWords resolved;
  std::shared_ptr<const LexicalParts> parts;
  {
    const std::shared_lock memory(memory_mutex_);
    parts = parts_;
    if (request.words != nullptr) resolved = resolve(*request.words);
    if (resolved.hopeless) return counts;
    index::RowSet rows = memtable_.live();
    if (request.words != nullptr) {
      RowQuery query =
          resolved.query([&](const std::string& term) { return memtable_.find(term); });
      query.rows = memtable_.rows();
      rows &= rows_with(query);
    }
    tally(request, memtable_.fields(), std::move(rows), counts);
  }
  for (const auto& part : *parts) {
    index::RowSet rows = all_or(part->live(), part->rows());
    if (request.words != nullptr) {
      SegmentWords words(*part, resolved);
      rows &= rows_with(words.query());
    }
    tally(request, *part->fields(), std::move(rows), counts);
  }
  return counts;
}

std::vector<std::uint64_t> LexicalIndex::first_by(const std::string& field, bool descending,
                                                  std::size_t k,
                                                  const index::Filter* filter) const {
  const std::shared_lock memory(memory_mutex_);
  std::vector<Admitted> parts;
  parts.push_back({&memtable_.fields(), memtable_.live(),
                   [this](std::size_t row) { return memtable_.key(row); }});
  for (const auto& part : *parts_) {
    parts.push_back({part->fields().get(), all_or(part->live(), part->rows()),
                     [&words = *part->words()](std::size_t row) { return words.keys()[row]; }});
  }
  for (Admitted& part : parts) {
    if (filter != nullptr) part.rows &= index::evaluate(*filter, *part.fields);
  }
  const index::NumberRange range = first_numbers(parts, field, descending, k);
  std::vector<std::uint64_t> keys;
  for (const Admitted& part : parts) {
    index::RowSet rows(part.rows.rows());
    part.fields->select_numbers(field, range, rows);
    rows &= part.rows;
    for (std::size_t w = 0; w < rows.words().size(); ++w) {
      for (std::uint64_t bits = rows.words()[w]; bits != 0; bits &= bits - 1) {
        keys.push_back(part.key_of(w * 64 + static_cast<std::size_t>(std::countr_zero(bits))));
      }
    }
  }
  return keys;
}

}  // namespace kindred::search
