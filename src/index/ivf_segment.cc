#include "index/ivf_segment.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "index/calibration.h"
#include "index/exact_search.h"
#include "index/ivf_search.h"
#include "index/memory.h"
#include "index/rabitq.h"

namespace kindred::index {
namespace {

/// What the exact score of a row in memory or on a disk, and what a code cost, for the choice
/// between the two: nanoseconds.
constexpr double kVectorCost = 30.0, kValueCost = 0.2;
constexpr double kReadCost = 10'000.0;
constexpr double kCodeCost = 4.0;

std::vector<float> rotated(const Rotation& rotation, const std::vector<float>& vector) {
  std::vector<float> out(rotation.padded());
  rotation.apply(vector.data(), out.data());
  return out;
}

AlignedBytes load(const std::string& directory, FileRole role, const FileStamp& stamp,
                  std::uint64_t bytes) {
  const SegmentFile file(directory, role);
  if (file.stamp() != stamp)
    fail(ErrorKind::corrupt, "{}: belongs to another segment than meta.kseg", file.path());
  if (file.size() != bytes)
    fail(ErrorKind::corrupt, "{}: {} bytes, expected {}; restore it from a copy", file.path(),
         file.size(), bytes);
  AlignedBytes data(static_cast<std::size_t>(bytes));
  file.read_all(data.data());
  return data;
}

std::size_t refine_bytes(const SegmentMeta& meta, std::size_t padded) {
  return RabitqEncoder(padded, meta.metric, meta.bits > 1 ? meta.bits : 0).refine_bytes();
}

bool fits(const SegmentMeta& meta, std::size_t padded, const OpenOptions& options) {
  const std::uint64_t budget = options.ram_bytes > 0 ? options.ram_bytes : free_memory() / 2;
  const std::uint64_t need = meta.rows * (kernels::stored_bytes(meta.stored, meta.dimension) +
                                          padded / 8 + 8 + refine_bytes(meta, padded)) +
                             meta.spill.bytes + meta.lists * padded * 5;
  return need <= budget;
}

}  // namespace

IvfSegment::IvfSegment(const std::string& directory, SegmentMeta meta, const OpenOptions& options)
    : directory_(directory),
      meta_(std::move(meta)),
      rotation_(meta_.dimension, meta_.seed),
      table_(ListTable::load(directory, meta_, rotation_.padded())),
      router_(table_, meta_.metric, rotation_.padded(), rotated(rotation_, table_.mean)),
      codes_(load(directory, FileRole::codes, meta_.codes,
                  table_.blocks() * kernels::code_block_bytes(rotation_.padded()))),
      refine_(meta_.bits > 1 ? load(directory, FileRole::refine, meta_.refine,
                                    meta_.rows * refine_bytes(meta_, rotation_.padded()))
                             : AlignedBytes()),
      spill_(SpillLists::load(directory, meta_, rotation_.padded())),
      vectors_(directory, meta_.stored, meta_.dimension, meta_.rows,
               fits(meta_, rotation_.padded(), options)) {
  if (vectors_.file().stamp() != meta_.vectors)
    fail(ErrorKind::corrupt, "{}: belongs to another segment than meta.kseg",
         vectors_.file().path());
  table_.centroids = {};  // the router has its own
}

std::uint64_t IvfSegment::memory_bytes() const noexcept {
  return codes_.size() + refine_.size() + sizeof(InvertedList) * table_.lists.size() +
         router_.memory_bytes() + spill_.memory_bytes() +
         (vectors_.mapped() ? vectors_.file().size() : 0);
}

const TuningTable* IvfSegment::table_for(std::size_t k) const noexcept {
  const TuningTable* chosen = nullptr;  // fewer hits are harder: the next table below
  for (const TuningTable& table : meta_.calibration)
    if (table.selectivity >= 1.0 && (!chosen || table.k <= k)) chosen = &table;
  return chosen;
}

const TuningTable* IvfSegment::filter_table_for(double selectivity) const noexcept {
  const TuningTable* chosen = nullptr;  // narrower filters are harder: the next table below
  for (const TuningTable& table : meta_.calibration) {
    if (table.selectivity >= 1.0) continue;
    chosen = &table;
    if (table.selectivity <= selectivity) break;
  }
  return chosen;
}

Tuning IvfSegment::tuning_for(double recall, std::size_t k, double selectivity) const {
  const auto pick = [&](const TuningTable* table) {
    // Without calibration (of too few rows): every list, with every row that could be.
    if (!table || table->tunings.empty())
      return Tuning{1.0, 1.0F, 4.0F, static_cast<std::uint32_t>(meta_.lists)};
    for (const Tuning& tuning : table->tunings)
      if (tuning.recall >= recall) return tuning;
    return table->tunings.back();
  };
  Tuning tuning = pick(table_for(k));
  const TuningTable* filtered = selectivity < 1.0 ? filter_table_for(selectivity) : nullptr;
  if (!filtered) return tuning;
  const Tuning other = pick(filtered);
  tuning.spread = std::max(tuning.spread, other.spread);
  tuning.bound = std::max(tuning.bound, other.bound);
  tuning.probes = std::max(tuning.probes, other.probes);
  tuning.spill = tuning.spill || other.spill;
  return tuning;
}

std::size_t IvfSegment::most_scored() const noexcept {
  // Scanning would pass over every list whose codes might match: at most all of them.
  const double scan = kCodeCost * static_cast<double>(meta_.rows) * 0.05 + 2e5;
  const double row = vectors_.mapped()
                         ? kVectorCost + kValueCost * static_cast<double>(meta_.dimension)
                         : kReadCost;
  return static_cast<std::size_t>(std::min(scan, 1e7) / row);
}

bool IvfSegment::scores_exactly(std::size_t allowed) const noexcept {
  if (allowed <= most_scored()) return true;
  if (meta_.calibration.empty()) return false;  // every list is scanned
  double least = kLargestSelectivity;
  for (const TuningTable& table : meta_.calibration) least = std::min(least, table.selectivity);
  return static_cast<double>(allowed) < least * static_cast<double>(meta_.rows);
}

SegmentHits IvfSegment::search(const SegmentQuery& query, ThreadPool& pool) const {
  check_query(query, meta_.rows, meta_.dimension);
  const std::size_t allowed = query.allowed ? query.allowed->count() : meta_.rows;
  if (query.effort.recall >= 1.0 || allowed <= query.k ||
      (query.allowed && scores_exactly(allowed)))
    return exact_search(vectors_, meta_.metric, meta_.dimension, query, pool);
  const double selectivity = static_cast<double>(allowed) / static_cast<double>(meta_.rows);
  return search_lists(query, tuning_for(query.effort.recall, query.k, selectivity), pool);
}

SegmentHits IvfSegment::search_lists(const SegmentQuery& query, const Tuning& tuning,
                                     ThreadPool& pool, IvfTrace* trace) const {
  SegmentHits result;
  result.k = query.k;
  result.hits.resize(query.count * query.k);
  result.found.resize(query.count);
  std::vector<std::uint64_t> codes(query.count), refined(query.count), read(query.count),
      probes(query.count), compared(query.count), spilled(query.count), blocks(query.count);
  const auto one = [&](std::size_t q, ThreadPool* lists_pool) {
    thread_local IvfSearch search;  // keeps its memory between calls
    search.run(*this, query.queries + q * meta_.dimension, query.k, query.allowed, query.effort,
               tuning, lists_pool);
    std::copy(search.hits().begin(), search.hits().end(),
              result.hits.begin() + static_cast<std::ptrdiff_t>(q * query.k));
    result.found[q] = static_cast<std::uint32_t>(search.hits().size());
    codes[q] = search.codes_scanned();
    read[q] = search.vectors_read();
    refined[q] = search.codes_refined();
    probes[q] = search.probes();
    compared[q] = search.lists_compared();
    spilled[q] = search.spilled();
    blocks[q] = search.blocks_scanned();
  };
  if (query.count < static_cast<std::size_t>(pool.threads())) {
    for (std::size_t q = 0; q < query.count; ++q) one(q, &pool);
  } else {
    pool.run(query.count, [&](std::size_t q, int) { one(q, nullptr); });
  }
  for (std::size_t q = 0; q < query.count; ++q) {
    result.codes_scanned += codes[q];
    result.vectors_read += read[q];
    if (!trace) continue;
    trace->refined += refined[q];
    trace->probes += probes[q];
    trace->compared += compared[q];
    trace->spilled += spilled[q];
    trace->blocks += blocks[q];
  }
  if (trace) {
    trace->codes = result.codes_scanned;
    trace->read = result.vectors_read;
  }
  return result;
}

void IvfSegment::read_vectors(std::span<const std::uint32_t> rows, float* out) const {
  vectors_.read_floats(rows, out);
}

void IvfSegment::verify() const {
  for (const FileRole role : {FileRole::meta, FileRole::lists, FileRole::codes, FileRole::vectors})
    SegmentFile(directory_, role).verify();
  if (meta_.bits > 1) SegmentFile(directory_, FileRole::refine).verify();
  if (has_spill()) SegmentFile(directory_, FileRole::spill).verify();
}

}  // namespace kindred::index
