// Making, opening and recovering a collection.
#include <algorithm>
#include <charconv>

#include "base/cpu.h"
#include "base/error.h"
#include "index/collection.h"
#include "index/mutation.h"
#include "index/reader_retry.h"
#include "io/file.h"

namespace kindred::index {
namespace {

constexpr std::uint64_t kMemtableBytes = std::uint64_t{64} << 20;
constexpr std::uint64_t kLeastMemtableBytes = std::uint64_t{1} << 20;
constexpr std::size_t kMaxLogBytes = std::size_t{4} << 30;
constexpr std::size_t kMaxDeletesBytes = (std::size_t{1} << 29) + 64;
std::uint64_t memtable_bytes(const UseOptions& options) {
  if (options.memtable_bytes != 0) return options.memtable_bytes;
  if (options.ram_bytes == 0) return kMemtableBytes;
  // Up to three stand at once: one that is written and two that wait to become segments.
  return std::clamp(options.ram_bytes / 16, kLeastMemtableBytes, kMemtableBytes);
}

// Whether `name` is `prefix` and a number.
std::optional<std::uint64_t> numbered(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

// The last of the logs that follow on each other. Errors: corrupt when one is missing.
std::uint64_t newest_log(const std::string& directory, std::uint64_t oldest) {
  for (std::uint64_t last = oldest;;) {
    while (io::is_file(log_path(directory, last + 1))) ++last;
    std::string beyond;
    for (const std::string& name : io::list_directory(directory)) {
      if (const auto log = numbered(name, "log-"); log && *log > last) beyond = name;
    }
    if (beyond.empty()) return last;
    if (io::is_file(log_path(directory, last + 1))) continue;  // a writer began it meanwhile
    fail(ErrorKind::corrupt, "{} holds {} but not log-{:06}; restore it from a backup", directory,
         beyond, last + 1);
  }
}

}  // namespace

void CollectionOptions::validate() const {
  if (dimension < 1 || dimension > kMaxDimension) {
    fail(ErrorKind::bad_input, "vectors of {} dimensions; a collection holds 1 to {}", dimension,
         kMaxDimension);
  }
  if (!(recall > 0.0 && recall <= 1.0)) {
    fail(ErrorKind::bad_input, "a recall of {}; it is above 0 and at most 1", recall);
  }
  if (fingerprint.size() > 65536) fail(ErrorKind::bad_input, "a fingerprint of over 64 KB");
}

std::unique_ptr<Collection> Collection::create(const std::string& directory,
                                               const CollectionOptions& options,
                                               const UseOptions& open) {
  options.validate();
  io::FileSystem& files = *open.files;
  files.make_directory(directory);
  files.sync_directory(io::directory_of(directory));
  {
    const WriterLock lock = WriterLock::take(directory);
    for (const std::string& name : io::list_directory(directory)) {
      // What a crash may have left of an earlier attempt is written over.
      if (name == "LOCK" || name == "log-000001" || name == "MANIFEST.new") continue;
      fail(ErrorKind::bad_input, "{} is not empty (it holds {}); name a new directory", directory,
           name);
    }
    Manifest manifest;
    manifest.dimension = static_cast<std::uint32_t>(options.dimension);
    manifest.metric = options.metric;
    manifest.kind = options.kind;
    manifest.stored = options.stored;
    manifest.recall = options.recall;
    manifest.fingerprint = options.fingerprint;
    LogWriter::create(files, log_path(directory, manifest.log), manifest.log_sequence);
    write_manifest(files, directory, manifest);
  }
  return Collection::open(directory, open);
}

std::unique_ptr<Collection> Collection::open(const std::string& directory,
                                             const UseOptions& options) {
  const auto load = [&](const Manifest& manifest) {
    std::unique_ptr<Collection> collection(new Collection(directory, options, manifest));
    collection->load();
    return collection;
  };
  const auto look = [&] { return read_manifest(directory); };
  return options.read_only ? retry_while_it_changes(look, load) : load(look());
}

Collection::Collection(std::string directory, const UseOptions& options, Manifest manifest)
    : directory_(std::move(directory)),
      options_(options),
      files_(*options.files),
      memtable_bytes_(memtable_bytes(options)),
      manifest_(std::move(manifest)),
      active_{std::make_shared<Memtable>(manifest_.dimension), Tombstones(0)} {
  dimension_ = manifest_.dimension;
  metric_ = manifest_.metric;
  fingerprint_ = manifest_.fingerprint;
  recall_ = manifest_.recall;
  kind_ = manifest_.kind;
  stored_ = manifest_.stored;
}

void Collection::load() {
  if (!options_.read_only) {
    lock_ = WriterLock::take(directory_);
    manifest_ = read_manifest(directory_);  // a writer that has ended since may have changed it
  }
  next_number_ = manifest_.next_number;
  next_key_ = manifest_.next_key;
  key_bound_ = manifest_.next_key;
  const int threads = options_.threads > 0 ? options_.threads : available_cores();
  pool_ = std::make_unique<ThreadPool>(threads);
  if (lock_) remove_strays();
  load_segments();
  replay_logs();
  publish();
  if (lock_) start();
}

// What a crash left: files that the manifest does not name.
void Collection::remove_strays() {
  std::vector<std::string> kept{"LOCK", std::string(kManifestName)};
  const auto keep = [&](const std::string& path) {
    kept.push_back(path.substr(path.rfind('/') + 1));
  };
  for (const ManifestSegment& s : manifest_.segments) {
    keep(segment_directory(directory_, s.number));
    if (s.deletes != 0) keep(deletes_path(directory_, s.deletes));
  }
  for (const std::string& name : io::list_directory(directory_)) {
    if (std::find(kept.begin(), kept.end(), name) != kept.end()) continue;
    const std::string path = io::join_path(directory_, name);
    const auto log = numbered(name, "log-");
    if (numbered(name, "segment-")) {
      io::remove_tree(files_, path);
    } else if (numbered(name, "deletes-") || name == "MANIFEST.new" ||
               (log && *log < manifest_.log)) {
      files_.remove(path);
    }
  }
}

Collection::SegmentState Collection::open_parts(std::uint64_t number, std::uint64_t rows) const {
  const std::string path = segment_directory(directory_, number);
  auto vectors = open_segment(io::join_path(path, "vectors"), {ram_left()});
  auto row_file = RowFile::open(io::join_path(path, "rows"));
  auto fields = SegmentFields::open(io::join_path(path, "fields"), row_file);
  return {number, std::move(vectors), std::move(row_file), std::move(fields), Tombstones(rows)};
}

void Collection::load_segments() {
  for (const ManifestSegment& s : manifest_.segments) {
    const std::string path = segment_directory(directory_, s.number);
    SegmentState state = open_parts(s.number, s.rows);
    const auto refuse = [&](std::string_view what) {
      fail(ErrorKind::corrupt, "{} {}; files of different collections were mixed", path, what);
    };
    if (state.segment->rows() != s.rows || state.rows->rows() != s.rows) {
      refuse("does not have the rows that the manifest says");
    }
    if (state.segment->dimension() != dimension_) refuse("has vectors of another dimension");
    if (state.segment->metric() != metric_) refuse("was built for another metric");
    if (s.deletes != 0) {
      const std::string deletes = deletes_path(directory_, s.deletes);
      state.deleted =
          decode_tombstones(io::read_text_file(deletes, kMaxDeletesBytes), s.rows, deletes);
      state.deletes_file = s.deletes;
      state.deletes_stored = state.deleted.count();
    }
    segments_.push_back(std::move(state));
  }
}

void Collection::replay_logs() {
  const std::uint64_t last = newest_log(directory_, manifest_.log);
  std::uint64_t sequence = manifest_.log_sequence;
  LogContents contents;
  for (std::uint64_t number = manifest_.log; number <= last; ++number) {
    const std::string path = log_path(directory_, number);
    if (number > manifest_.log) freeze(number, sequence);
    contents = read_log(
        io::read_text_file(path, kMaxLogBytes), path, [&](std::uint64_t, std::string_view record) {
          std::size_t rows = 0;
          decode_mutations(record, dimension_, path, [&](const Mutation&) { ++rows; });
          if (active_.table->rows() + rows > Memtable::kMaxRows)
            freeze(number, sequence);  // the log is repeated from its begin
          apply(record);
        });
    // An unstarted or torn log is one at which the machine stopped: no later one can be.
    if (contents.torn && number < last) {
      fail(ErrorKind::corrupt,
           "{} ends in the middle of a write although a later log begins; restore the collection "
           "from a backup",
           path);
    }
    if (contents.started && contents.first_sequence != sequence) {
      fail(ErrorKind::corrupt,
           "{} begins with write {} where write {} belongs; restore it from a backup", path,
           contents.first_sequence, sequence);
    }
    if (contents.started) sequence = contents.next_sequence;
  }
  if (sequence < manifest_.durable_sequence) {
    fail(ErrorKind::corrupt,
         "the logs of {} end before write {}, and those below {} had been made durable: a log was "
         "shortened or damaged; restore the collection from a backup",
         directory_, sequence, manifest_.durable_sequence);
  }
  log_number_ = last;
  durable_sequence_ = sequence;
  if (!lock_) return;
  const std::string path = log_path(directory_, last);
  log_ = contents.started ? LogWriter::resume(files_, path, contents)
                          : LogWriter::create(files_, path, sequence);
}

void Collection::start() {
  if (!options_.background) {
    while (flush_oldest(*pool_)) continue;
    return;
  }
  flusher_ = std::thread([this] { run_flusher(); });
  merger_ = std::thread([this] { run_merger(); });
}

Collection::~Collection() {
  {
    const std::lock_guard lock(state_mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  room_.notify_all();
  if (flusher_.joinable()) flusher_.join();
  if (merger_.joinable()) merger_.join();
  if (log_) store_end();
}

// Where the log ends, so that one that is cut short later can be told from one whose writer died.
void Collection::store_end() noexcept {
  try {
    const std::lock_guard installing(manifest_mutex_);
    Manifest next = manifest_;
    next.durable_sequence = durable_sequence_;
    if (log_->broken() || !poisoned_.empty() || next == manifest_) return;
    write_plan(next, {});
  } catch (const std::exception&) {  // then only what was durable before is sure to be missed
  }
}

}  // namespace kindred::index
