#include "index/ivf_build.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <optional>

#include "base/error.h"
#include "index/build_state.h"
#include "index/calibration.h"
#include "index/ivf_lists.h"
#include "index/ivf_segment.h"
#include "index/rabitq.h"
#include "index/rotation.h"
#include "index/source_rows.h"
#include "index/spill_lists.h"
#include "index/stored_vectors.h"
#include "io/crc32c.h"
#include "io/file.h"
#include "io/mapped_file.h"
#include "kernels/distance.h"

namespace kindred::index {
namespace {

/// Rows that one part of a block's work takes.
constexpr std::size_t kPartRows = 512;
/// Lists that are encoded before their bytes are appended.
constexpr std::size_t kListsAtOnce = 64;
/// Bytes between two records of how far the partitions are.
constexpr std::uint64_t kCheckpointBytes = std::uint64_t{1} << 30;

/// A row on its way into list order; its stored vector follows.
struct RecordHeader {
  std::uint32_t row;
  std::uint32_t list;
};

/// A row on its way into its second list; its signs follow.
struct SpillHeader {
  RecordHeader record;  ///< the second list
  CodeFactors factors;
};

class IvfBuilder {
 public:
  IvfBuilder(const VectorSource& source, const BuildOptions& options, const Plan& plan,
             const std::string& directory, ThreadPool& pool)
      : source_(source),
        options_(options),
        plan_(plan),
        directory_(directory),
        pool_(pool),
        rows_(source.rows()),
        dimension_(source.dimension()),
        rotation_(source.dimension(), options.seed),
        encoder_(rotation_.padded(), options.metric, plan.bits > 1 ? plan.bits : 0),
        vector_bytes_(kernels::stored_bytes(options.stored, dimension_)),
        record_bytes_(sizeof(RecordHeader) + vector_bytes_),
        spill_bytes_(plan.spill ? sizeof(SpillHeader) + rotation_.padded() / 8 : 0),
        key_(build_key(source, options, plan)) {}

  std::vector<std::uint32_t> run() {
    train();
    partition();
    write_lists();
    if (plan_.spill) write_spill();
    finish();
    return std::move(order_);
  }

 private:
  void report(const char* stage, std::size_t done, std::size_t total) const {
    if (options_.progress) options_.progress(stage, done, total);
  }

  void train();
  void partition();
  /// What a block's rows become: a record each for the partitions and for the second lists.
  struct Block {
    std::vector<std::byte> records, spilled;
  };
  void assign_block(std::size_t begin, std::size_t count, Block& block) const;
  void append_block(const Block& block, std::vector<io::AtomicFile>& files);
  void append_record(std::size_t file, std::span<const std::byte> record,
                     std::vector<io::AtomicFile>& files);
  void encode_spilled(const float* x, RecordHeader header, std::byte* record) const;
  std::vector<std::vector<std::uint32_t>> members_of(const io::MappedFile& file,
                                                     std::size_t record_bytes,
                                                     std::size_t partition) const;
  bool is_there(const PartitionState& state, const std::vector<io::AtomicFile>& files) const;
  void checkpoint(std::uint64_t rows, std::vector<io::AtomicFile>& files) const;
  void write_lists();
  void write_partition(std::size_t partition, SegmentFileWriter& vectors, SegmentFileWriter& codes,
                       SegmentFileWriter* refine);
  void write_spill();
  void drop_useless_spill();
  void finish();

  /// x's residual to a list's centroid, rotated, and the constant of its score.
  RowConstant residual_to(std::size_t list, const float* x, float* residual) const;
  std::size_t first_list_of(std::size_t partition) const {
    return (partition * plan_.lists + plan_.partitions - 1) / plan_.partitions;
  }

  /// A list's bytes for the three files.
  struct EncodedList {
    std::vector<std::byte> vectors, codes, refine;
    float radius = 0.0F;
  };
  void encode_list(std::size_t list, const std::byte* records,
                   std::span<const std::uint32_t> members, EncodedList& out) const;

  std::size_t partition_of(std::size_t list) const { return list * plan_.partitions / plan_.lists; }

  const VectorSource& source_;
  const BuildOptions& options_;
  const Plan& plan_;
  const std::string& directory_;
  ThreadPool& pool_;
  std::size_t rows_, dimension_;
  Rotation rotation_;
  RabitqEncoder encoder_;
  std::size_t vector_bytes_, record_bytes_, spill_bytes_;
  std::uint64_t key_;
  std::optional<CentroidTree> tree_;
  std::vector<std::uint32_t> checksums_;  // of the partitions' files so far
  std::vector<float> rotated_mean_;
  ListTable table_;
  SegmentMeta meta_;
  std::vector<std::uint32_t> order_;
};

void IvfBuilder::train() {
  std::optional<TrainedCentroids> trained = load_centroids(directory_, key_, plan_, dimension_);
  if (!trained) {
    report("train", 0, 1);
    const std::vector<float> sample =
        sample_rows(source_, plan_.sample_rows, plan_.hold_out, options_, pool_);
    const std::size_t count = sample.size() / dimension_;
    std::vector<double> sum(dimension_);
    for (std::size_t r = 0; r < count; ++r)
      for (std::size_t i = 0; i < dimension_; ++i) sum[i] += sample[r * dimension_ + i];
    trained.emplace();
    for (const double value : sum)
      trained->mean.push_back(static_cast<float>(value / static_cast<double>(count)));
    const CentroidTree tree =
        train_centroids(sample.data(), count, dimension_, plan_.lists, options_.seed, pool_,
                        [&](std::size_t done, std::size_t total) { report("train", done, total); });
    trained->centroids = tree.centroids();
    trained->group_begin = tree.group_begin();
    save_centroids(directory_, key_, *trained);
  }
  table_.mean = std::move(trained->mean);
  tree_.emplace(std::move(trained->centroids), dimension_, std::move(trained->group_begin));
  rotated_mean_.resize(rotation_.padded());
  rotation_.apply(table_.mean.data(), rotated_mean_.data());
  const std::size_t n = rotation_.padded();
  table_.centroids.resize(plan_.lists * n);
  for (std::size_t l = 0; l < plan_.lists; ++l) {
    float* g = table_.centroids.data() + l * n;
    rotation_.apply(tree_->centroids().data() + l * dimension_, g);
    for (std::size_t i = 0; i < n; ++i) g[i] -= rotated_mean_[i];
  }
}

void IvfBuilder::assign_block(std::size_t begin, std::size_t count, Block& block) const {
  block.records.resize(count * record_bytes_);
  block.spilled.resize(count * spill_bytes_);
  pool_.run((count + kPartRows - 1) / kPartRows, [&](std::size_t part, int) {
    const std::size_t first = part * kPartRows, size = std::min(kPartRows, count - first);
    thread_local std::vector<float> vectors;
    vectors.resize(size * dimension_);
    read_prepared(source_, begin + first, size, options_, vectors.data());
    std::uint32_t nearest[kPartRows], second[kPartRows];
    tree_->assign(vectors.data(), size, nearest, plan_.spill ? second : nullptr);
    for (std::size_t r = 0; r < size; ++r) {
      const float* x = vectors.data() + r * dimension_;
      std::byte* record = block.records.data() + (first + r) * record_bytes_;
      const RecordHeader header{static_cast<std::uint32_t>(begin + first + r), nearest[r]};
      std::memcpy(record, &header, sizeof(header));
      store_vector(options_.stored, x, dimension_, record + sizeof(header));
      if (plan_.spill)
        encode_spilled(x, {header.row, second[r]},
                       block.spilled.data() + (first + r) * spill_bytes_);
    }
  });
}

void IvfBuilder::encode_spilled(const float* x, RecordHeader header, std::byte* record) const {
  thread_local std::vector<float> residual;
  thread_local std::vector<std::uint64_t> signs;
  residual.resize(rotation_.padded());
  signs.resize(rotation_.padded() / 64);
  const RowConstant constant = residual_to(header.list, x, residual.data());
  const SpillHeader whole{
      header, encoder_.encode_signs(residual.data(),
                                    table_.centroids.data() + header.list * rotation_.padded(),
                                    constant, signs.data())};
  std::memcpy(record, &whole, sizeof(whole));
  std::memcpy(record + sizeof(whole), signs.data(), 8 * signs.size());
}

void IvfBuilder::append_record(std::size_t file, std::span<const std::byte> record,
                               std::vector<io::AtomicFile>& files) {
  files[file].write(record);
  checksums_[file] = io::crc32c(record, checksums_[file]);
}

void IvfBuilder::append_block(const Block& block, std::vector<io::AtomicFile>& files) {
  for (std::size_t at = 0; at < block.records.size(); at += record_bytes_) {
    RecordHeader header;
    std::memcpy(&header, block.records.data() + at, sizeof(header));
    append_record(partition_of(header.list), std::span(block.records).subspan(at, record_bytes_),
                  files);
  }
  for (std::size_t at = 0; at < block.spilled.size(); at += spill_bytes_) {
    RecordHeader header;
    std::memcpy(&header, block.spilled.data() + at, sizeof(header));
    append_record(plan_.partitions + partition_of(header.list),
                  std::span(block.spilled).subspan(at, spill_bytes_), files);
  }
}

bool IvfBuilder::is_there(const PartitionState& state,
                          const std::vector<io::AtomicFile>& files) const {
  if (state.rows > rows_) return false;
  for (std::size_t p = 0; p < files.size(); ++p) {
    if (files[p].size() < state.bytes[p]) return false;
    if (state.bytes[p] == 0) continue;
    const auto file = io::MappedFile::open(files[p].partial_path());
    if (io::crc32c(file->bytes().first(state.bytes[p])) != state.checksums[p]) return false;
  }
  return true;
}

void IvfBuilder::checkpoint(std::uint64_t rows, std::vector<io::AtomicFile>& files) const {
  PartitionState state{rows, {}, checksums_};
  for (io::AtomicFile& file : files) {
    file.flush();
    state.bytes.push_back(file.size());
  }
  save_partition_state(directory_, key_, state);
}

void IvfBuilder::partition() {
  std::vector<io::AtomicFile> files;
  for (std::size_t p = 0; p < plan_.partitions; ++p)
    files.push_back(io::AtomicFile::resume(io::join_path(directory_, partition_name(p))));
  for (std::size_t p = 0; plan_.spill && p < plan_.partitions; ++p)
    files.push_back(io::AtomicFile::resume(io::join_path(directory_, spill_name(p))));
  const std::optional<PartitionState> state = load_partition_state(directory_, key_, plan_);
  const bool usable = state && is_there(*state, files);
  for (std::size_t p = 0; p < files.size(); ++p) files[p].truncate(usable ? state->bytes[p] : 0);
  checksums_ = usable ? state->checksums : std::vector<std::uint32_t>(files.size());
  Block block;
  std::uint64_t written = 0;
  for (std::size_t begin = usable ? state->rows : 0; begin < rows_; begin += plan_.block_rows) {
    report("assign", begin, rows_);
    assign_block(begin, std::min(plan_.block_rows, rows_ - begin), block);
    append_block(block, files);
    written += block.records.size() + block.spilled.size();
    if (written >= kCheckpointBytes) {
      checkpoint(std::min(begin + plan_.block_rows, rows_), files);
      written = 0;
    }
  }
  checkpoint(rows_, files);
  report("assign", rows_, rows_);
}

RowConstant IvfBuilder::residual_to(std::size_t list, const float* x, float* residual) const {
  const std::size_t n = rotation_.padded();
  const float* g = table_.centroids.data() + list * n;
  rotation_.apply(x, residual);
  for (std::size_t i = 0; i < n; ++i) residual[i] -= rotated_mean_[i] + g[i];
  if (options_.metric == Metric::euclidean) return 0.0F;
  const float* mean = table_.mean.data();
  return kernels::dot(mean, x, dimension_) - kernels::dot(mean, mean, dimension_);
}

void IvfBuilder::encode_list(std::size_t list, const std::byte* records,
                             std::span<const std::uint32_t> members, EncodedList& out) const {
  const std::size_t n = rotation_.padded(), rows = members.size();
  const std::size_t block_bytes = kernels::code_block_bytes(n);
  const float* g = table_.centroids.data() + list * n;
  const kernels::WidenStored widen = kernels::widen_stored(options_.stored);
  std::vector<float> x(dimension_), residual(n), addends(rows), scales(rows);
  std::vector<std::uint64_t> signs(rows * n / 64);
  out.vectors.resize(rows * vector_bytes_);
  out.codes.resize((rows + kernels::kCodeBlock - 1) / kernels::kCodeBlock * block_bytes);
  out.refine.resize(rows * encoder_.refine_bytes());
  double squares = 0.0;
  for (std::size_t r = 0; r < rows; ++r) {
    const std::byte* stored = records + members[r] * record_bytes_ + sizeof(RecordHeader);
    std::memcpy(out.vectors.data() + r * vector_bytes_, stored, vector_bytes_);
    widen(stored, dimension_, x.data());
    const RowConstant constant = residual_to(list, x.data(), residual.data());
    squares += kernels::dot(residual.data(), residual.data(), n);
    const CodeFactors factors =
        encoder_.encode_signs(residual.data(), g, constant, signs.data() + r * n / 64);
    addends[r] = factors.addend;
    scales[r] = factors.scale;
    if (encoder_.refine_bytes() > 0)
      encoder_.encode_refine(residual.data(), g, constant,
                             out.refine.data() + r * encoder_.refine_bytes());
  }
  for (std::size_t r = 0; r < rows; r += kernels::kCodeBlock)
    kernels::pack_code_block(signs.data() + r * n / 64, addends.data() + r, scales.data() + r,
                             std::min(kernels::kCodeBlock, rows - r), n,
                             out.codes.data() + r / kernels::kCodeBlock * block_bytes);
  out.radius = rows > 0 ? static_cast<float>(std::sqrt(squares / static_cast<double>(rows))) : 0.0F;
}

/// The records of each of a partition's lists; all begin with a RecordHeader.
std::vector<std::vector<std::uint32_t>> IvfBuilder::members_of(const io::MappedFile& file,
                                                               std::size_t record_bytes,
                                                               std::size_t partition) const {
  const std::size_t first_list = first_list_of(partition), end_list = first_list_of(partition + 1);
  require(file.size() % record_bytes == 0, "whole records in a partition");
  std::vector<std::vector<std::uint32_t>> members(end_list - first_list);
  for (std::size_t i = 0; i < file.size() / record_bytes; ++i) {
    RecordHeader header;
    std::memcpy(&header, file.data() + i * record_bytes, sizeof(header));
    if (header.list < first_list || header.list >= end_list || header.row >= rows_)
      fail(ErrorKind::corrupt, "{}: damaged; remove the directory's build-* files and build again",
           file.path());
    members[header.list - first_list].push_back(static_cast<std::uint32_t>(i));
  }
  return members;
}

void IvfBuilder::write_partition(std::size_t partition, SegmentFileWriter& vectors,
                                 SegmentFileWriter& codes, SegmentFileWriter* refine) {
  const std::size_t first_list = first_list_of(partition), end_list = first_list_of(partition + 1);
  const std::shared_ptr<const io::MappedFile> file =
      io::MappedFile::open(io::join_path(directory_, partition_name(partition) + ".partial"));
  const std::vector<std::vector<std::uint32_t>> members =
      members_of(*file, record_bytes_, partition);
  std::vector<EncodedList> encoded(kListsAtOnce);
  for (std::size_t begin = first_list; begin < end_list; begin += kListsAtOnce) {
    const std::size_t lists = std::min(kListsAtOnce, end_list - begin);
    pool_.run(lists, [&](std::size_t i, int) {
      encode_list(begin + i, file->data(), members[begin + i - first_list], encoded[i]);
    });
    for (std::size_t i = 0; i < lists; ++i) {
      vectors.append(encoded[i].vectors);
      codes.append(encoded[i].codes);
      if (refine) refine->append(encoded[i].refine);
      const std::vector<std::uint32_t>& of_list = members[begin + i - first_list];
      InvertedList list;
      list.rows = static_cast<std::uint32_t>(of_list.size());
      list.radius = encoded[i].radius;
      table_.lists.push_back(list);
      for (const std::uint32_t member : of_list) {
        RecordHeader header;
        std::memcpy(&header, file->data() + member * record_bytes_, sizeof(header));
        order_.push_back(header.row);
      }
    }
    report("encode", order_.size(), rows_);
  }
}

void IvfBuilder::write_lists() {
  order_.reserve(rows_);
  SegmentFileWriter vectors(directory_, FileRole::vectors);
  SegmentFileWriter codes(directory_, FileRole::codes);
  std::unique_ptr<SegmentFileWriter> refine;
  if (encoder_.refine_bytes() > 0)
    refine = std::make_unique<SegmentFileWriter>(directory_, FileRole::refine);
  for (std::size_t p = 0; p < plan_.partitions; ++p)
    write_partition(p, vectors, codes, refine.get());
  require(order_.size() == rows_, "every row in a partition");
  meta_.vectors = vectors.commit();
  meta_.codes = codes.commit();
  if (refine) meta_.refine = refine->commit();
  meta_.list_table = table_.save(directory_);
}

void IvfBuilder::write_spill() {
  const std::size_t words = rotation_.padded() / 64;
  std::vector<SpillLists::Row> place(rows_);  // in the segment, of a row of the source
  std::uint32_t row = 0;
  for (std::uint32_t l = 0; l < plan_.lists; ++l)
    for (std::uint32_t i = 0; i < table_.lists[l].rows; ++i, ++row) place[order_[row]] = {row, l};
  SpillWriter writer(directory_, rotation_.padded());
  std::vector<SpillLists::Row> rows;
  std::vector<std::uint64_t> signs;
  std::vector<float> addends, scales;
  std::size_t written = 0;
  for (std::size_t p = 0; p < plan_.partitions; ++p) {
    const std::shared_ptr<const io::MappedFile> file =
        io::MappedFile::open(io::join_path(directory_, spill_name(p) + ".partial"));
    for (const std::vector<std::uint32_t>& list : members_of(*file, spill_bytes_, p)) {
      rows.clear(), addends.clear(), scales.clear();
      signs.resize(list.size() * words);
      for (const std::uint32_t member : list) {
        const std::byte* record = file->data() + member * spill_bytes_;
        SpillHeader header;
        std::memcpy(&header, record, sizeof(header));
        std::memcpy(signs.data() + rows.size() * words, record + sizeof(header), 8 * words);
        rows.push_back(place[header.record.row]);
        addends.push_back(header.factors.addend);
        scales.push_back(header.factors.scale);
      }
      writer.append(rows, signs, addends, scales);
      written += rows.size();
    }
  }
  require(written == rows_, "every row in a second list");
  meta_.spill = writer.commit();
}

/// Second lists that make no search cheaper take no memory.
void IvfBuilder::drop_useless_spill() {
  for (const TuningTable& table : meta_.calibration)
    for (const Tuning& tuning : table.tunings)
      if (tuning.spill) return;
  if (meta_.spill.bytes == 0) return;
  meta_.spill = {};
  io::remove_file(io::join_path(directory_, file_name(FileRole::spill)));
}

void IvfBuilder::finish() {
  meta_.kind = SegmentKind::ivf;
  meta_.metric = options_.metric;
  meta_.stored = options_.stored;
  meta_.bits = plan_.bits;
  meta_.dimension = dimension_;
  meta_.rows = rows_;
  meta_.lists = plan_.lists;
  meta_.seed = options_.seed;
  IvfSegment segment(directory_, meta_, {.ram_bytes = options_.ram_bytes});
  std::vector<std::uint32_t> held_out;
  for (std::uint32_t row = 0; plan_.hold_out && row < rows_; ++row)
    if (is_held_out(order_[row])) held_out.push_back(row);
  meta_.calibration =
      calibrate(segment, held_out, options_.seed, pool_,
                [&](std::size_t done, std::size_t total) { report("calibrate", done, total); });
  drop_useless_spill();
  remove_build_files(directory_);
  meta_.save(directory_);
}

}  // namespace

std::vector<std::uint32_t> build_ivf(const VectorSource& source, const BuildOptions& options,
                                     const Plan& plan, const std::string& directory,
                                     ThreadPool& pool) {
  return IvfBuilder(source, options, plan, directory, pool).run();
}

}  // namespace kindred::index
