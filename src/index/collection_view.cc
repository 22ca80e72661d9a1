#include "index/collection_view.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include "base/error.h"
#include "index/field_check.h"
#include "kernels/distance.h"

namespace kindred::index {

Part::Part(std::uint64_t number, std::shared_ptr<const Segment> segment,
           std::shared_ptr<const RowFile> rows, std::shared_ptr<const SegmentFields> fields,
           std::shared_ptr<const Tombstones> deleted)
    : number_(number),
      segment_(std::move(segment)),
      row_file_(std::move(rows)),
      segment_fields_(std::move(fields)),
      size_(row_file_->rows()),
      deleted_(std::move(deleted)) {
  require(deleted_->rows() == size_, "Part: tombstones of another segment");
}

Part::Part(std::shared_ptr<const Memtable> memtable, std::size_t count,
           std::shared_ptr<const Tombstones> deleted)
    : memtable_(std::move(memtable)), size_(count), deleted_(std::move(deleted)) {
  require(deleted_->rows() == size_, "Part: tombstones of another memtable");
}

const RowSet* Part::live() const {
  if (deleted_->count() == 0) return nullptr;
  std::call_once(live_once_, [&] { live_ = deleted_->live(); });
  return &live_;
}

const Rows& Part::rows() const noexcept {
  return row_file_ ? static_cast<const Rows&>(*row_file_) : *memtable_;
}

std::optional<std::size_t> Part::find_key(std::uint64_t key) const {
  if (row_file_) {
    const auto row = row_file_->find_key(key);
    return row && is_live(*row) ? row : std::nullopt;
  }
  // The memtable's own tables belong to the writer; its keys are few enough to be looked through.
  for (std::size_t row = size_; row-- > 0;) {
    if (memtable_->key(row) == key && is_live(row)) return row;
  }
  return std::nullopt;
}

std::optional<std::size_t> Part::find_id(std::string_view id) const {
  if (row_file_) {
    const auto row = row_file_->find_id(id);
    return row && is_live(*row) ? row : std::nullopt;
  }
  for (std::size_t row = size_; row-- > 0;) {
    if (memtable_->id(row) == id && is_live(row)) return row;
  }
  return std::nullopt;
}

SegmentHits Part::search(const SegmentQuery& query, Metric metric, ThreadPool& pool) const {
  return segment_ ? segment_->search(query, pool) : memtable_->search(query, metric, size_, pool);
}

void Part::read_vectors(std::span<const std::uint32_t> rows, std::size_t dimension,
                        float* out) const {
  if (segment_) {
    segment_->read_vectors(rows, out);
    return;
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::memcpy(out + i * dimension, memtable_->vector(rows[i]), dimension * sizeof(float));
  }
}

RowSet Part::matching(const Filter& filter) const {
  return segment_fields_ ? segment_fields_->matching(filter) : memtable_->matching(filter, size_);
}

void Part::with_fields(const std::function<void(const Fields&)>& look) const {
  if (segment_fields_) {
    look(segment_fields_->fields());
  } else {
    memtable_->with_fields(size_, look);
  }
}

FieldKinds CollectionView::field_kinds(std::string_view name) const {
  FieldKinds kinds;
  for (const auto& part : parts_)
    part->with_fields([&](const Fields& fields) { kinds |= fields.kinds(name); });
  return kinds;
}

std::vector<std::string> CollectionView::field_names() const {
  std::set<std::string> names;
  for (const auto& part : parts_) {
    part->with_fields([&](const Fields& fields) {
      for (std::string& name : fields.names()) names.insert(std::move(name));
    });
  }
  return {names.begin(), names.end()};
}

RowFilter rows_matching(Filter filter) {
  return [filter = std::move(filter)](const Part& part) { return part.matching(filter); };
}

RowFilter rows_matching(std::string_view text, const CollectionView& view) {
  Filter filter = parse_filter(text);
  check_fields("filter", filter,
               {.kinds = [&](std::string_view name, FieldUse) { return view.field_kinds(name); },
                .names = [&] { return view.field_names(); }});
  return rows_matching(std::move(filter));
}

CollectionView::CollectionView(std::size_t dimension, Metric metric,
                               std::vector<std::shared_ptr<const Part>> parts)
    : dimension_(dimension), metric_(metric), parts_(std::move(parts)) {
  for (const auto& part : parts_) live_rows_ += part->live_count();
}

SearchResult CollectionView::search(const SearchRequest& request, ThreadPool& pool) const {
  if (request.k == 0) fail(ErrorKind::bad_input, "a search for 0 results; ask for 1 or more");
  check_finite(request.queries, request.count, dimension_, "query");
  std::vector<float> unit;
  const float* queries = request.queries;
  if (metric_ == Metric::cosine) {
    unit.assign(queries, queries + request.count * dimension_);
    normalize_vectors(unit.data(), request.count, dimension_);
    queries = unit.data();
  }
  // No part is asked for more than all of its rows, however large k is.
  std::vector<std::vector<Found>> best(request.count);
  SearchResult result;
  for (std::uint32_t p = 0; p < parts_.size(); ++p) {
    const Part& part = *parts_[p];
    const std::size_t k = std::min(request.k, part.live_count());
    if (k == 0) continue;
    const RowSet* allowed = part.live();
    RowSet admitted;
    if (request.filter) {
      admitted = request.filter(part);
      require(admitted.rows() == part.size(), "a filter's rows are those of its part");
      if (allowed != nullptr) admitted &= *allowed;
      allowed = &admitted;
    }
    const SegmentHits hits =
        part.search({queries, request.count, k, allowed, request.effort}, metric_, pool);
    result.codes_scanned += hits.codes_scanned;
    result.vectors_read += hits.vectors_read;
    for (std::size_t q = 0; q < request.count; ++q) {
      for (const Hit& hit : hits.of(q)) {
        best[q].push_back({part.rows().key(hit.row), hit.score, p, hit.row});
      }
    }
  }
  std::size_t most = 0;
  for (const auto& found : best) most = std::max(most, found.size());
  result.k = std::min(request.k, most);
  result.hits.resize(request.count * result.k);
  result.found.resize(request.count);
  for (std::size_t q = 0; q < request.count; ++q) {
    std::sort(best[q].begin(), best[q].end(), [](const Found& a, const Found& b) {
      return a.score > b.score || (a.score == b.score && a.key < b.key);
    });
    const std::size_t found = std::min(result.k, best[q].size());
    result.found[q] = static_cast<std::uint32_t>(found);
    std::copy_n(best[q].begin(), found,
                result.hits.begin() + static_cast<std::ptrdiff_t>(q * result.k));
  }
  return result;
}

std::optional<Location> CollectionView::find_key(std::uint64_t key) const {
  for (std::uint32_t p = 0; p < parts_.size(); ++p) {
    if (const auto row = parts_[p]->find_key(key))
      return Location{p, static_cast<std::uint32_t>(*row)};
  }
  return std::nullopt;
}

std::optional<Location> CollectionView::find_id(std::string_view id) const {
  if (id.empty()) return std::nullopt;
  for (std::uint32_t p = 0; p < parts_.size(); ++p) {
    if (const auto row = parts_[p]->find_id(id))
      return Location{p, static_cast<std::uint32_t>(*row)};
  }
  return std::nullopt;
}

void CollectionView::for_each(const std::function<void(const Location&)>& visit) const {
  for (std::uint32_t p = 0; p < parts_.size(); ++p) {
    for (std::uint32_t row = 0; row < parts_[p]->size(); ++row) {
      if (parts_[p]->is_live(row)) visit({p, row});
    }
  }
}

void normalize_vectors(float* vectors, std::size_t count, std::size_t dimension) {
  for (std::size_t i = 0; i < count; ++i) {
    float* v = vectors + i * dimension;
    double sum = 0.0;
    for (std::size_t d = 0; d < dimension; ++d) sum += static_cast<double>(v[d]) * v[d];
    if (sum == 0.0) continue;
    const double factor = 1.0 / std::sqrt(sum);
    for (std::size_t d = 0; d < dimension; ++d) v[d] = static_cast<float>(v[d] * factor);
  }
}

void check_finite(const float* vectors, std::size_t count, std::size_t dimension,
                  std::string_view what, std::uint64_t first_row) {
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t d = 0; d < dimension; ++d) {
      if (std::isfinite(vectors[i * dimension + d])) [[likely]]
        continue;
      fail(ErrorKind::bad_input,
           "{} {} has a value that is not a finite number (at {}); the encoder that made it failed",
           what, first_row + i, d);
    }
  }
}

}  // namespace kindred::index
