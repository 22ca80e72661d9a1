#include "index/memtable.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "index/top_hits.h"
#include "kernels/distance.h"

namespace kindred::index {
namespace {

// Of the hash tables and the chunk, beside the vector and the texts.
constexpr std::uint64_t kRowOverhead = 160;
// What a filter makes of a row's fields, in bytes a byte of them.
constexpr std::uint64_t kFilteredBytes = 6;

}  // namespace

Memtable::Memtable(std::size_t dimension) : dimension_(dimension), chunks_(kMaxRows / kChunkRows) {}

std::size_t Memtable::append(const Mutation& put) {
  require(rows_ < kMaxRows, "Memtable: full");
  const std::size_t row = rows_;
  auto& chunk = chunks_[row / kChunkRows];
  if (!chunk) chunk = std::make_unique<Chunk>(kChunkRows * dimension_);
  const std::size_t at = row % kChunkRows;
  std::memcpy(chunk->vectors.data() + at * dimension_, put.vector, dimension_ * sizeof(float));
  chunk->keys[at] = put.key;
  const std::size_t text_bytes = put.id.size() + put.payload.size() + put.fields.size();
  Texts& texts = chunk->texts[at];
  if (text_bytes > 0) {
    texts.bytes = std::make_unique<char[]>(text_bytes);
    char* out = texts.bytes.get();
    for (const std::string_view text : {put.id, put.payload, put.fields}) {
      out = std::copy(text.begin(), text.end(), out);
    }
    texts.id = static_cast<std::uint32_t>(put.id.size());
    texts.payload = static_cast<std::uint32_t>(put.payload.size());
    texts.fields = static_cast<std::uint32_t>(put.fields.size());
  }
  ++rows_;
  bytes_ +=
      dimension_ * sizeof(float) + text_bytes + kFilteredBytes * put.fields.size() + kRowOverhead;
  by_key_[put.key] = static_cast<std::uint32_t>(row);
  if (!put.id.empty()) by_id_[id(row)] = static_cast<std::uint32_t>(row);
  return row;
}

std::optional<std::size_t> Memtable::find_key(std::uint64_t key) const {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? std::nullopt : std::optional<std::size_t>(found->second);
}

std::optional<std::size_t> Memtable::find_id(std::string_view id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? std::nullopt : std::optional<std::size_t>(found->second);
}

std::string_view Memtable::id(std::size_t row) const {
  const Texts& t = texts(row);
  return {t.bytes.get(), t.id};
}
std::string_view Memtable::payload(std::size_t row) const {
  const Texts& t = texts(row);
  return {t.bytes.get() + t.id, t.payload};
}
std::string_view Memtable::fields(std::size_t row) const {
  const Texts& t = texts(row);
  return {t.bytes.get() + t.id + t.payload, t.fields};
}

void Memtable::with_fields(std::size_t count,
                           const std::function<void(const Fields&)>& look) const {
  const std::lock_guard lock(filter_mutex_);
  while (filtered_.rows() < count) filtered_.append(decode_fields(fields(filtered_.rows())));
  look(filtered_);
}

RowSet Memtable::matching(const Filter& filter, std::size_t count) const {
  RowSet all;
  with_fields(count, [&](const Fields& fields) { all = evaluate(filter, fields); });
  RowSet first(count);
  std::copy_n(all.words().begin(), first.words().size(), first.words().begin());
  if (count % 64 != 0) first.words().back() &= (std::uint64_t{1} << (count % 64)) - 1;
  return first;
}

SegmentHits Memtable::search(const SegmentQuery& query, Metric metric, std::size_t count,
                             ThreadPool& pool) const {
  const auto threads = static_cast<std::size_t>(pool.threads());
  std::vector<std::vector<TopHits>> best(threads,
                                         std::vector<TopHits>(query.count, TopHits(query.k)));
  const std::size_t chunks = (count + kChunkRows - 1) / kChunkRows;
  pool.run(chunks, [&](std::size_t part, int thread) {
    auto& mine = best[static_cast<std::size_t>(thread)];
    const std::size_t end = std::min(count, (part + 1) * kChunkRows);
    for (std::size_t row = part * kChunkRows; row < end; ++row) {
      if (query.allowed != nullptr && !query.allowed->contains(row)) continue;
      for (std::size_t q = 0; q < query.count; ++q) {
        const float* asked = query.queries + q * dimension_;
        const float score = metric == Metric::euclidean
                                ? -kernels::squared_l2(asked, vector(row), dimension_)
                                : kernels::dot(asked, vector(row), dimension_);
        mine[q].offer(score, static_cast<std::uint32_t>(row));
      }
    }
  });
  SegmentHits result;
  result.k = query.k;
  result.hits.resize(query.count * query.k);
  result.found.resize(query.count);
  result.vectors_read = static_cast<std::uint64_t>(count) * query.count;
  for (std::size_t q = 0; q < query.count; ++q) {
    std::vector<Hit> all;
    for (const auto& of_thread : best) {
      all.insert(all.end(), of_thread[q].hits().begin(), of_thread[q].hits().end());
    }
    std::sort(all.begin(), all.end(), Better());
    const std::size_t found = std::min(query.k, all.size());
    std::copy_n(all.begin(), found, result.hits.begin() + static_cast<std::ptrdiff_t>(q * query.k));
    result.found[q] = static_cast<std::uint32_t>(found);
  }
  return result;
}

}  // namespace kindred::index
