#include "index/flat_segment.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "index/exact_search.h"
#include "index/memory.h"
#include "index/source_rows.h"

namespace kindred::index {

FlatSegment::FlatSegment(const std::string& directory, const SegmentMeta& meta,
                         const OpenOptions& options)
    : directory_(directory),
      meta_(meta),
      vectors_(directory, meta.stored, meta.dimension, meta.rows,
               meta.rows * kernels::stored_bytes(meta.stored, meta.dimension) <=
                   (options.ram_bytes > 0 ? options.ram_bytes : free_memory() / 2)) {
  if (vectors_.file().stamp() != meta.vectors)
    fail(ErrorKind::corrupt, "{}: belongs to another segment than meta.kseg",
         vectors_.file().path());
}

std::uint64_t FlatSegment::memory_bytes() const noexcept {
  return vectors_.mapped() ? vectors_.file().size() : 0;
}

SegmentHits FlatSegment::search(const SegmentQuery& query, ThreadPool& pool) const {
  check_query(query, meta_.rows, meta_.dimension);
  return exact_search(vectors_, meta_.metric, meta_.dimension, query, pool);
}

void FlatSegment::read_vectors(std::span<const std::uint32_t> rows, float* out) const {
  vectors_.read_floats(rows, out);
}

void FlatSegment::verify() const {
  SegmentFile(directory_, FileRole::meta).verify();
  vectors_.file().verify();
}

std::vector<std::uint32_t> build_flat(const VectorSource& source, const BuildOptions& options,
                                      const std::string& directory, ThreadPool& pool) {
  constexpr std::size_t kPart = 256;
  const std::size_t rows = source.rows(), d = source.dimension();
  const std::size_t bytes = kernels::stored_bytes(options.stored, d);
  const std::size_t block = kPart * 64;
  SegmentFileWriter writer(directory, FileRole::vectors);
  std::vector<std::byte> stored;
  for (std::size_t begin = 0; begin < rows; begin += block) {
    if (options.progress) options.progress("store", begin, rows);
    const std::size_t count = std::min(block, rows - begin);
    stored.resize(count * bytes);
    pool.run((count + kPart - 1) / kPart, [&](std::size_t part, int) {
      const std::size_t first = part * kPart, size = std::min(kPart, count - first);
      std::vector<float> vectors(size * d);
      read_prepared(source, begin + first, size, options, vectors.data());
      for (std::size_t r = 0; r < size; ++r)
        store_vector(options.stored, vectors.data() + r * d, d,
                     stored.data() + (first + r) * bytes);
    });
    writer.append(stored);
  }
  SegmentMeta meta;
  meta.kind = SegmentKind::flat;
  meta.metric = options.metric;
  meta.stored = options.stored;
  meta.dimension = d;
  meta.rows = rows;
  meta.vectors = writer.commit();
  meta.save(directory);
  if (options.progress) options.progress("store", rows, rows);
  std::vector<std::uint32_t> order(rows);
  std::iota(order.begin(), order.end(), 0U);
  return order;
}

}  // namespace kindred::index
