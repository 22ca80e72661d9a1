// An immutable part of a collection: vectors that are built once, searched, and merged away.
// Tested by segment_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "index/metric.h"
#include "index/row_set.h"
#include "kernels/stored_distance.h"

namespace kindred::index {

/// A found row; `score` as Metric says.
struct Hit {
  float score;
  std::uint32_t row;
};

/// How hard to look. What is 0 is chosen from the segment's own calibration.
struct SearchEffort {
  double recall = 0.95;       ///< recall@k aimed at on average, by the calibration; 1 is exact
  std::size_t probes = 0;     ///< ivf: inverted lists scanned a query
  std::size_t re_ranked = 0;  ///< ivf: most candidates whose exact vectors are read
};

struct SegmentQuery {
  const float* queries;  ///< count × dimension, row-major; normalised for the cosine
  std::size_t count;
  std::size_t k;
  const RowSet* allowed;  ///< rows that may be found; null: all
  SearchEffort effort;
};

struct SegmentHits {
  std::size_t k = 0;
  std::vector<Hit> hits;             ///< count × k, best first, ties by the lower row
  std::vector<std::uint32_t> found;  ///< a query's hits: k whenever k rows are allowed
  std::uint64_t codes_scanned = 0;
  std::uint64_t vectors_read = 0;  ///< for exact scores

  std::span<const Hit> of(std::size_t query) const {
    return {hits.data() + query * k, found[query]};
  }
};

/// Threads: immutable; every method may run concurrently.
class Segment {
 public:
  virtual ~Segment() = default;
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  virtual std::size_t rows() const noexcept = 0;
  virtual std::size_t dimension() const noexcept = 0;
  virtual Metric metric() const noexcept = 0;
  /// "flat" or "ivf".
  virtual std::string kind() const = 0;
  /// Bytes that stay in memory while it is open.
  virtual std::uint64_t memory_bytes() const noexcept = 0;

  /// A query's hits depend neither on the other queries nor on the pool. Errors: bad_input for a
  /// query with a value that is not finite.
  virtual SegmentHits search(const SegmentQuery& query, ThreadPool& pool) const = 0;
  /// The stored vectors widened to float32, rows.size() × dimension.
  virtual void read_vectors(std::span<const std::uint32_t> rows, float* out) const = 0;
  /// Reads every file whole. Errors: corrupt, naming the file and the place.
  virtual void verify() const = 0;

 protected:
  Segment() = default;
};

/// Vectors to build from, read in blocks, several times over.
///
/// Threads: `read` may run concurrently.
class VectorSource {
 public:
  virtual ~VectorSource() = default;
  virtual std::size_t rows() const noexcept = 0;
  virtual std::size_t dimension() const noexcept = 0;
  /// Rows [begin, begin + count) as float32, count × dimension.
  virtual void read(std::size_t begin, std::size_t count, float* out) const = 0;
};

enum class SegmentKind : std::uint8_t { automatic, flat, ivf };
/// How vectors for exact scores are stored. int8 has one scale a vector.
using kernels::StoredType;

struct BuildOptions {
  Metric metric = Metric::cosine;
  SegmentKind kind = SegmentKind::automatic;
  StoredType stored = StoredType::float16;
  std::uint64_t ram_bytes =
      0;  ///< for the build, and for serving the result; 0: what the machine has free
  double recall = 0.95;  ///< the recall that will be asked of it
  // What is 0 is chosen from the data, the recall and the memory:
  /// ivf: 1 is a code of one bit a dimension, which lists are scanned by; 2 … 8 adds a second code
  /// of so many bits, by which the scan's candidates are refined.
  unsigned bits = 0;
  std::size_t lists = 0;
  std::uint64_t seed = 1;
  /// Called now and then with a stage's name and how far it is; may throw to stop the build, which
  /// a later call with the same directory and source resumes.
  std::function<void(const char* stage, std::size_t done, std::size_t total)> progress;
};

/// Builds a segment from `source` in `directory`, which must exist and hold nothing but what an
/// interrupted build left. The segment orders rows as it likes: row r of it is row
/// `result[r]` of the source. For the cosine, vectors are normalised here; a zero vector stays
/// zero. Files are synced before it returns. Errors: bad_input for vectors that are not finite or
/// too many rows (2³² - 1); exhausted when the memory or disk does not do.
std::vector<std::uint32_t> build_segment(const VectorSource& source, const BuildOptions& options,
                                         const std::string& directory, ThreadPool& pool);

struct OpenOptions {
  /// Vectors are mapped into memory when they and the codes take no more than this, and else read
  /// from the file as they are needed; 0: half of what the machine has free.
  std::uint64_t ram_bytes = 0;
};

/// Opens what build_segment wrote. Errors: corrupt, not_found, unsupported (a newer version).
std::shared_ptr<const Segment> open_segment(const std::string& directory,
                                            const OpenOptions& options = {});

}  // namespace kindred::index
