// A collection made of one segment, straight from a source of vectors.
#include <algorithm>

#include "base/cpu.h"
#include "base/error.h"
#include "index/collection.h"
#include "index/mutation.h"
#include "index/segment_fields.h"
#include "io/file.h"

namespace kindred::index {
namespace {

constexpr std::uint64_t kFirstSegment = 1;
constexpr std::uint64_t kRowFileBytes = 20;  // a row, while its file is written
constexpr std::uint64_t kLeastBuildBytes = std::uint64_t{16} << 20;

// The caller's vectors, checked, and of length 1 for the cosine.
class CheckedSource final : public VectorSource {
 public:
  CheckedSource(const VectorSource& source, Metric metric) : source_(source), metric_(metric) {}
  std::size_t rows() const noexcept override { return source_.rows(); }
  std::size_t dimension() const noexcept override { return source_.dimension(); }
  void read(std::size_t begin, std::size_t count, float* out) const override {
    source_.read(begin, count, out);
    check_finite(out, count, dimension(), "row", begin);
    if (metric_ == Metric::cosine) normalize_vectors(out, count, dimension());
  }

 private:
  const VectorSource& source_;
  Metric metric_;
};

class NumberedRows final : public Rows {
 public:
  explicit NumberedRows(std::size_t rows) : rows_(rows) {}
  std::size_t rows() const noexcept override { return rows_; }
  std::uint64_t key(std::size_t row) const override { return row; }
  std::string_view id(std::size_t) const override { return {}; }
  std::string_view payload(std::size_t) const override { return {}; }
  std::string_view fields(std::size_t) const override { return {}; }

 private:
  std::size_t rows_;
};

// Before hours of work: each key and each id once.
std::uint64_t check_rows(const Rows& rows) {
  std::vector<std::uint64_t> keys;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> hashes;
  std::uint64_t next_key = 0;
  bool ascending = true;
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    const std::uint64_t key = rows.key(r);
    if (key > kMaxKey)
      fail(ErrorKind::bad_input, "row {} has the key {}; keys go up to {}", r, key, kMaxKey);
    ascending = ascending && (r == 0 || key >= next_key);
    next_key = std::max(next_key, key + 1);
    const std::string_view id = rows.id(r);
    if (!id.empty()) hashes.emplace_back(hash_id(id), static_cast<std::uint32_t>(r));
  }
  if (!ascending) {
    for (std::size_t r = 0; r < rows.rows(); ++r) keys.push_back(rows.key(r));
    std::sort(keys.begin(), keys.end());
    const auto twice = std::adjacent_find(keys.begin(), keys.end());
    if (twice != keys.end()) fail(ErrorKind::bad_input, "two rows have the key {}", *twice);
  }
  std::sort(hashes.begin(), hashes.end());
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    for (std::size_t j = i + 1; j < hashes.size() && hashes[j].first == hashes[i].first; ++j) {
      if (rows.id(hashes[i].second) != rows.id(hashes[j].second)) continue;
      fail(ErrorKind::bad_input, "rows {} and {} have the same id '{}'; ids name one row each",
           hashes[i].second, hashes[j].second, rows.id(hashes[i].second));
    }
  }
  return next_key;
}

void check_empty(const std::string& directory) {
  for (const std::string& name : io::list_directory(directory)) {
    // What an interrupted build left is taken up.
    if (name == "LOCK" || name == "segment-000001" || name == "log-000001" ||
        name == "MANIFEST.new") {
      continue;
    }
    fail(ErrorKind::bad_input,
         "{} is not empty (it holds {}); name a new directory, or add to a collection", directory,
         name);
  }
}

}  // namespace

void Collection::build(const std::string& directory, const CollectionOptions& options,
                       const VectorSource& source, const Rows* rows, const BulkOptions& bulk) {
  options.validate();
  if (source.dimension() != options.dimension) {
    fail(ErrorKind::bad_input, "the vectors have {} dimensions, the collection {}",
         source.dimension(), options.dimension);
  }
  const NumberedRows numbered(source.rows());
  const Rows& names = rows != nullptr ? *rows : numbered;
  if (names.rows() != source.rows()) {
    fail(ErrorKind::bad_input, "{} rows are named, and there are {} vectors", names.rows(),
         source.rows());
  }
  io::FileSystem& files = *bulk.files;
  files.make_directory(directory);
  files.sync_directory(io::directory_of(directory));
  const WriterLock lock = WriterLock::take(directory);
  check_empty(directory);

  Manifest manifest;
  manifest.dimension = static_cast<std::uint32_t>(options.dimension);
  manifest.metric = options.metric;
  manifest.kind = options.kind;
  manifest.stored = options.stored;
  manifest.recall = options.recall;
  manifest.fingerprint = options.fingerprint;
  manifest.next_key = check_rows(names);
  if (source.rows() > 0) {
    const std::string path = segment_directory(directory, kFirstSegment);
    const std::string vectors = io::join_path(path, "vectors");
    files.make_directory(path);
    files.make_directory(vectors);
    BuildOptions build;
    build.metric = options.metric;
    build.kind = options.kind;
    build.stored = options.stored;
    build.recall = options.recall;
    build.progress = bulk.progress;
    if (bulk.ram_bytes > 0) {
      const std::uint64_t ours = kRowFileBytes * source.rows();
      build.ram_bytes = std::max(kLeastBuildBytes, bulk.ram_bytes - std::min(ours, bulk.ram_bytes));
    }
    ThreadPool pool(bulk.threads > 0 ? bulk.threads : available_cores());
    const auto order = build_segment(CheckedSource(source, options.metric), build, vectors, pool);
    write_row_file(files, io::join_path(path, "rows"), names, order);
    write_segment_fields(files, io::join_path(path, "fields"), names, order,
                         field_memory(bulk.ram_bytes));
    manifest.segments.push_back({kFirstSegment, source.rows(), 0});
    manifest.next_number = kFirstSegment + 1;
  }
  LogWriter::create(files, log_path(directory, manifest.log), manifest.log_sequence);
  write_manifest(files, directory, manifest);
}

}  // namespace kindred::index
