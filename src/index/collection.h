// A collection of vectors that is searched while it is written, and that survives anything.
// Tested by collection_test.cc, crash_test.cc and concurrency_test.cc.
//
// A write goes to the log, then to the memtable; full memtables become segments, segments are
// merged. The manifest says which segments there are and from which log on writes must be repeated
// after a crash. docs/format.md describes the files.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/thread_pool.h"
#include "index/collection_view.h"
#include "index/manifest.h"
#include "index/memtable.h"
#include "index/write_ahead_log.h"
#include "index/writer_lock.h"
#include "io/file_system.h"
#include "kindred/error.h"

namespace kindred::index {

/// What a collection is, for good.
struct CollectionOptions {
  std::size_t dimension = 0;
  Metric metric = Metric::cosine;
  std::string fingerprint;  ///< of the encoder that makes the vectors; empty: unknown
  SegmentKind kind = SegmentKind::automatic;
  StoredType stored = StoredType::float16;
  double recall = 0.95;  ///< that its segments are calibrated for

  void validate() const;  ///< Errors: bad_input
};

/// How it is used this time.
struct UseOptions {
  bool read_only = false;  ///< several processes may read; what a writer adds later is not seen
  std::uint64_t ram_bytes = 0;       ///< bounds memtables, segments and builds; 0: what is free
  std::uint64_t memtable_bytes = 0;  ///< 0: 64 MB, less with little `ram_bytes`
  int threads = 0;                   ///< 0: one a physical core
  bool background = true;            ///< false: segments are built and merged by the writing thread
  io::FileSystem* files = &io::system_files();
};

struct NewRow {
  std::optional<std::uint64_t> key;  ///< unset: that of the row with its id, or a new one
  std::string_view id;               ///< empty: none
  std::string_view payload;
  std::string_view fields;        ///< encode_fields' bytes; empty: none
  const float* vector = nullptr;  ///< `dimension` values
};

struct SegmentStats {
  std::uint64_t number;
  std::string kind;
  std::uint64_t rows;
  std::uint64_t deleted;
  std::uint64_t memory_bytes;
  std::uint64_t disk_bytes;
};

struct CollectionStats {
  std::size_t dimension;
  Metric metric;
  std::string fingerprint;
  std::uint64_t rows;           ///< live
  std::uint64_t deleted;        ///< rows in segments and memtables that are not
  std::uint64_t memtable_rows;  ///< live rows that are not in a segment yet
  std::uint64_t log_bytes;
  std::uint64_t memory_bytes;  ///< of memtables and segments
  std::uint64_t disk_bytes;
  std::uint64_t next_key;
  std::vector<SegmentStats> segments;
};

struct BulkOptions {
  std::uint64_t ram_bytes = 0;
  int threads = 0;
  std::function<void(const char* stage, std::size_t done, std::size_t total)> progress;
  io::FileSystem* files = &io::system_files();
};

/// Threads: every method may run concurrently. Readers never wait for a write, a build or a merge.
class Collection {
 public:
  /// Makes an empty one; the directory may exist, empty. Errors: bad_input when it holds one.
  static std::unique_ptr<Collection> create(const std::string& directory,
                                            const CollectionOptions& options,
                                            const UseOptions& open = {});
  /// Errors: not_found; corrupt; bad_input while another writes it (unless read_only).
  static std::unique_ptr<Collection> open(const std::string& directory,
                                          const UseOptions& options = {});
  /// Makes one with all rows of `source` in one segment. `rows` names them, null: the keys
  /// 0, 1, … and nothing else. What an interrupted call left is taken up by the next.
  static void build(const std::string& directory, const CollectionOptions& options,
                    const VectorSource& source, const Rows* rows, const BulkOptions& bulk = {});
  ~Collection();
  Collection(const Collection&) = delete;
  Collection& operator=(const Collection&) = delete;

  const std::string& directory() const noexcept { return directory_; }
  std::size_t dimension() const noexcept { return dimension_; }
  Metric metric() const noexcept { return metric_; }
  const std::string& fingerprint() const noexcept { return fingerprint_; }
  /// That its segments are calibrated for, and that a search asks for unless it says otherwise.
  double recall() const noexcept { return recall_; }
  /// Errors: bad_input with both, when they differ; an empty one of either side matches any.
  void check_fingerprint(std::string_view of_queries) const;
  /// Errors: bad_input for a reader; exhausted once a write could not be completed and nobody
  /// knows what of it is on the disk.
  void check_writable() const;

  /// Durable on return. A row replaces the live rows with its key or its id. Returns the keys.
  /// Rows of one call appear together in batches of about 4 MB; after an error, earlier batches may
  /// be in. Errors: bad_input; exhausted when the disk is full: the collection can still be read.
  std::vector<std::uint64_t> insert(std::span<const NewRow> rows);
  /// Durable on return; how many there were.
  std::uint64_t erase_keys(std::span<const std::uint64_t> keys);
  std::uint64_t erase_ids(std::span<const std::string_view> ids);

  /// The present state; every write that was answered is in it.
  std::shared_ptr<const CollectionView> view() const;
  /// Searches the present state on this collection's threads, or on the caller's alone while they
  /// are busy. The result is the same.
  SearchResult search(const SearchRequest& request) const;

  /// Writes the memtables into segments, and waits.
  void flush();
  /// Merges what is worth it by the policy, and waits.
  void merge();
  /// Leaves one segment without deleted rows.
  void compact(const std::function<void(const char*, std::size_t, std::size_t)>& progress = {});
  /// A collection of its own in the new directory `to`: its files are links (copies on another
  /// disk), but for the log, which is copied; its content is every write that was answered before
  /// the call, and maybe some later ones. Nobody waits, but a flush or a merge that ends meanwhile.
  /// Errors: bad_input when `to` is not empty.
  void snapshot(const std::string& to) const;
  /// The same of a directory that nobody or another process has open.
  static void snapshot(const std::string& from, const std::string& to,
                       io::FileSystem& files = io::system_files());
  /// Reads everything: checksums, orders, and that each key and each id is live in one place.
  /// Errors: corrupt.
  void verify() const;
  CollectionStats stats() const;
  /// Every live row in the order of the keys.
  void for_each_by_key(const std::function<void(std::uint64_t key, const Location&)>& visit,
                       const CollectionView& view) const;

 private:
  struct SegmentState {
    std::uint64_t number;
    std::shared_ptr<const Segment> segment;
    std::shared_ptr<const RowFile> rows;
    std::shared_ptr<const SegmentFields> fields;
    Tombstones deleted;
    std::uint64_t deletes_file = 0;              // in the manifest
    std::size_t deletes_stored = 0;              // how many are in that file
    std::shared_ptr<const Part> part = nullptr;  // as published last
  };
  struct MemtableState {
    std::shared_ptr<Memtable> table;
    Tombstones deleted;
    std::uint64_t log_after = 0;       // the oldest log needed once this is a segment
    std::uint64_t sequence_after = 0;  // of that log's first record
    std::shared_ptr<const Part> part = nullptr;
  };
  struct Write {
    std::string record;
    std::size_t rows = 0;
    std::uint64_t bytes = 0;   // that the memtable will grow by, about
    std::uint64_t erased = 0;  // the answer
    std::exception_ptr error;
    bool done = false;
  };
  // A segment to come in the place of others.
  struct Replacement {
    std::vector<std::shared_ptr<const Part>> inputs;
    bool memtable = false;              // the input is the oldest memtable
    std::optional<SegmentState> built;  // unset: nothing was live
  };

  Collection(std::string directory, const UseOptions& options, Manifest manifest);

  // collection_open.cc
  void load();
  void load_segments();
  SegmentState open_parts(std::uint64_t number, std::uint64_t rows) const;
  void replay_logs();
  void remove_strays();
  void start();
  void store_end() noexcept;

  // collection_write.cc
  void write(Write& write);
  void write_erasures(Write& erasures, io::ByteWriter& record);
  void commit(std::span<Write* const> group);
  std::uint64_t apply(std::string_view record);
  std::uint64_t erase_key(std::uint64_t key);
  std::uint64_t erase_id(std::string_view id);
  std::optional<std::uint64_t> key_of_id(std::string_view id) const;
  void make_room(std::size_t rows, std::uint64_t bytes);
  void rotate();
  void freeze(std::uint64_t log_after, std::uint64_t sequence_after);
  void poison(std::string_view why);
  void publish();

  // collection_maintenance.cc
  bool flush_oldest(ThreadPool& pool);
  bool merge_once();
  void merge_parts(std::vector<std::shared_ptr<const Part>> inputs, ThreadPool* flusher,
                   const std::function<void(const char*, std::size_t, std::size_t)>& progress = {});
  SegmentState build(const std::vector<std::shared_ptr<const Part>>& inputs, std::uint64_t number,
                     SegmentKind kind, ThreadPool& pool,
                     const std::function<void(const char*, std::size_t, std::size_t)>& progress);
  void discard(std::uint64_t number);
  void install(Replacement& replacement);
  bool was_replaced(const Manifest& manifest) const;
  // A file of deleted rows that goes with a manifest to come.
  struct NewDeletes {
    std::uint64_t segment;
    std::uint64_t file;
    std::shared_ptr<const Tombstones> rows;
  };
  Manifest plan(Replacement& replacement, std::vector<NewDeletes>& deletes);
  void carry_deletes(Replacement& replacement);
  void write_plan(const Manifest& next, const std::vector<NewDeletes>& deletes);
  void swap_in(Replacement& replacement, const Manifest& next,
               const std::vector<NewDeletes>& deletes);
  void remove_obsolete(const Manifest& before, const Manifest& after);
  std::uint64_t ram_left() const;  // for one more segment; 0: no bound
  void run_flusher();
  void run_merger();
  void wait_for_flush(std::uint64_t log);

  const std::string directory_;
  const UseOptions options_;
  io::FileSystem& files_;
  std::size_t dimension_ = 0;
  Metric metric_ = Metric::cosine;
  std::string fingerprint_;
  double recall_ = 0.95;
  SegmentKind kind_ = SegmentKind::automatic;
  StoredType stored_ = StoredType::float16;
  std::uint64_t memtable_bytes_ = 0;
  std::optional<WriterLock> lock_;

  // Locks, in the order in which they may be taken: queue_mutex_ alone; writer_mutex_,
  // flush_mutex_ / merge_mutex_, manifest_mutex_, state_mutex_, view_mutex_.
  std::mutex queue_mutex_;  // writes that wait for the next group
  std::condition_variable queue_changed_;
  std::deque<Write*> queue_;

  std::mutex writer_mutex_;  // the log: one group, rotation or snapshot at a time
  std::optional<LogWriter> log_;
  std::uint64_t log_number_ = 0;

  std::mutex flush_mutex_;             // one memtable becomes a segment at a time
  std::mutex merge_mutex_;             // one merge at a time
  mutable std::mutex manifest_mutex_;  // one change of the manifest at a time

  mutable std::mutex state_mutex_;
  std::condition_variable room_;  // a memtable was flushed, or could not be
  Manifest manifest_;
  std::vector<SegmentState> segments_;
  std::deque<MemtableState> frozen_;  // oldest first
  MemtableState active_;
  std::uint64_t next_number_ = 1;
  std::uint64_t key_bound_ = 0;  // every key that was ever applied is below it
  std::atomic<std::uint64_t> next_key_{0};
  std::atomic<std::uint64_t> durable_sequence_{1};  // of the logs: every record below it is synced
  std::string poisoned_;
  std::optional<Error> flush_error_;  // of the last try, until one succeeds

  mutable std::mutex view_mutex_;
  std::shared_ptr<const CollectionView> view_;

  mutable std::mutex pool_mutex_;
  std::unique_ptr<ThreadPool> pool_;

  std::condition_variable work_;  // with state_mutex_: for the flusher and the merger
  bool merge_wanted_ = false;
  std::atomic<bool> stopping_{false};
  std::thread flusher_;
  std::thread merger_;
};

}  // namespace kindred::index
