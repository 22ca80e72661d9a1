// Memtables become segments, segments are merged, and the manifest says so.
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "index/collection.h"
#include "index/merge_policy.h"
#include "index/merge_source.h"
#include "index/segment_fields.h"
#include "io/byte_codec.h"
#include "io/file.h"

namespace kindred::index {
namespace {

constexpr auto kRetry = std::chrono::seconds(1);
constexpr std::uint64_t kLeastBuildBytes = std::uint64_t{16} << 20;
constexpr std::uint64_t kRowFileBytes = 20;  // a row, while its file is written

// Thrown by a build's progress when the collection is closed.
struct Stopped {};

// This thread and those it starts give way to searches: the lowest priority of processor and disk.
void lower_priority() noexcept {
  constexpr int kWhoProcess = 1, kIdleClass = 3, kClassShift = 13;
  const auto self = static_cast<id_t>(::syscall(SYS_gettid));
  ::setpriority(PRIO_PROCESS, self, 19);
  ::syscall(SYS_ioprio_set, kWhoProcess, 0, kIdleClass << kClassShift);
}

// Runs `work` on threads of its own that give way to searches, and waits.
void run_aside(int threads, const std::function<void(ThreadPool&)>& work) {
  std::exception_ptr error;
  std::thread worker([&] {
    lower_priority();
    try {
      ThreadPool pool(threads);
      work(pool);
    } catch (...) {
      error = std::current_exception();
    }
  });
  worker.join();
  if (error) std::rethrow_exception(error);
}

}  // namespace

void Collection::flush() {
  check_writable();
  std::uint64_t log = 0;  // from which on nothing has to be in a segment
  {
    const std::lock_guard writer(writer_mutex_);
    bool empty = false;
    {
      const std::lock_guard lock(state_mutex_);
      empty = active_.table->rows() == 0;
    }
    if (!empty) rotate();
    log = log_number_;
  }
  if (!options_.background) {
    while (flush_oldest(*pool_)) continue;
    return;
  }
  wait_for_flush(log);
}

void Collection::wait_for_flush(std::uint64_t log) {
  std::unique_lock lock(state_mutex_);
  const auto done = [&] { return frozen_.empty() || manifest_.log >= log; };
  room_.wait(lock, [&] { return done() || flush_error_ || !poisoned_.empty(); });
  if (done()) return;
  if (flush_error_) throw Error(*flush_error_);
  lock.unlock();
  check_writable();
}

void Collection::merge() {
  check_writable();
  while (merge_once()) continue;
}

void Collection::compact(
    const std::function<void(const char*, std::size_t, std::size_t)>& progress) {
  flush();
  const std::lock_guard merging(merge_mutex_);
  std::vector<std::shared_ptr<const Part>> inputs;
  const auto current = view();
  for (const auto& part : current->parts()) {
    if (part->segment() != nullptr) inputs.push_back(part);
  }
  const bool compact_already =
      inputs.empty() || (inputs.size() == 1 && inputs.front()->deleted().count() == 0);
  if (compact_already) return;
  merge_parts(std::move(inputs), /*flusher=*/nullptr, progress);
}

bool Collection::flush_oldest(ThreadPool& pool) {
  const std::lock_guard flushing(flush_mutex_);
  std::shared_ptr<const Part> input;
  {
    const std::lock_guard lock(state_mutex_);
    if (frozen_.empty()) return false;
    publish();
    input = frozen_.front().part;
  }
  merge_parts({input}, &pool);
  const std::lock_guard lock(state_mutex_);
  merge_wanted_ = true;
  work_.notify_all();
  return true;
}

bool Collection::merge_once() {
  const std::lock_guard merging(merge_mutex_);
  std::vector<std::shared_ptr<const Part>> segments;
  std::vector<SegmentSize> sizes;
  const auto current = view();
  for (const auto& part : current->parts()) {
    if (part->segment() == nullptr) continue;
    segments.push_back(part);
    sizes.push_back({part->size(), part->live_count()});
  }
  std::vector<std::shared_ptr<const Part>> inputs;
  for (const std::size_t i : choose_merge(sizes)) inputs.push_back(segments[i]);
  if (inputs.empty()) return false;
  merge_parts(std::move(inputs), /*flusher=*/nullptr);
  return true;
}

// `flusher`: the input is the oldest memtable, and becomes a segment on these threads at once.
// Null: the inputs are segments, and are merged by threads that give way to searches; what needs
// locks is done by the caller's, at its own priority.
void Collection::merge_parts(
    std::vector<std::shared_ptr<const Part>> inputs, ThreadPool* flusher,
    const std::function<void(const char*, std::size_t, std::size_t)>& progress) {
  Replacement replacement{std::move(inputs), flusher != nullptr, std::nullopt};
  std::uint64_t live = 0;
  for (const auto& part : replacement.inputs) live += part->live_count();
  if (live == 0) {
    install(replacement);
    return;
  }
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(state_mutex_);
    number = next_number_++;
  }
  try {
    if (flusher != nullptr) {
      // Its rows are merged soon: what is quickest to build does for them, or writers wait.
      const bool flat = kind_ == SegmentKind::automatic;
      replacement.built =
          build(replacement.inputs, number, flat ? SegmentKind::flat : kind_, *flusher, progress);
    } else if (!options_.background) {
      replacement.built = build(replacement.inputs, number, kind_, *pool_, progress);
    } else {
      run_aside(pool_->threads(), [&](ThreadPool& pool) {
        replacement.built = build(replacement.inputs, number, kind_, pool, progress);
      });
    }
    install(replacement);
  } catch (...) {
    discard(number);
    throw;
  }
}

// Removes what was built in vain, so that a full disk does not stay so; unless the manifest may
// name it.
void Collection::discard(std::uint64_t number) {
  {
    const std::lock_guard lock(state_mutex_);
    const bool in_use = std::any_of(segments_.begin(), segments_.end(),
                                    [&](const SegmentState& s) { return s.number == number; });
    if (in_use || !poisoned_.empty()) return;
  }
  try {
    io::remove_tree(files_, segment_directory(directory_, number));
  } catch (const std::exception&) {  // the next writer that opens the collection removes it
  }
}

std::uint64_t Collection::ram_left() const {
  if (options_.ram_bytes == 0) return 0;
  std::uint64_t taken = 3 * memtable_bytes_;
  const std::lock_guard lock(state_mutex_);
  for (const SegmentState& s : segments_) taken += s.segment->memory_bytes();
  return std::max(kLeastBuildBytes, options_.ram_bytes - std::min(options_.ram_bytes, taken));
}

Collection::SegmentState Collection::build(
    const std::vector<std::shared_ptr<const Part>>& inputs, std::uint64_t number, SegmentKind kind,
    ThreadPool& pool, const std::function<void(const char*, std::size_t, std::size_t)>& progress) {
  const MergeSource source(dimension_, inputs);
  const std::string path = segment_directory(directory_, number);
  const std::string vectors = io::join_path(path, "vectors");
  files_.make_directory(path);
  files_.make_directory(vectors);
  BuildOptions options;
  options.metric = metric_;
  options.kind = kind;
  options.stored = stored_;
  options.recall = recall_;
  options.ram_bytes = ram_left();
  if (options.ram_bytes > 0) {
    const std::uint64_t ours = kRowFileBytes * source.rows();
    options.ram_bytes =
        std::max(kLeastBuildBytes, options.ram_bytes - std::min(ours, options.ram_bytes));
  }
  options.progress = [&](const char* stage, std::size_t done, std::size_t total) {
    if (stopping_) throw Stopped();
    if (progress) progress(stage, done, total);
  };
  const std::vector<std::uint32_t> order = build_segment(source, options, vectors, pool);
  write_row_file(files_, io::join_path(path, "rows"), source, order);
  write_segment_fields(files_, io::join_path(path, "fields"), source, order,
                       field_memory(options_.ram_bytes));
  files_.sync_directory(directory_);
  return open_parts(number, source.rows());
}

// Two steps, between which writes go on: what they delete in the inputs meanwhile is deleted in the
// built segment by the second carry_deletes, and after a crash by the log.
void Collection::install(Replacement& replacement) {
  const std::lock_guard installing(manifest_mutex_);
  check_writable();
  Manifest before, next;
  std::vector<NewDeletes> deletes;
  {
    const std::lock_guard lock(state_mutex_);
    before = manifest_;
    next = plan(replacement, deletes);
  }
  write_plan(next, deletes);
  {
    const std::lock_guard lock(state_mutex_);
    swap_in(replacement, next, deletes);
    publish();
    room_.notify_all();
  }
  remove_obsolete(before, next);
}

// Called with state_mutex_ held.
Manifest Collection::plan(Replacement& replacement, std::vector<NewDeletes>& deletes) {
  carry_deletes(replacement);
  Manifest next = manifest_;
  next.segments.clear();
  const auto add = [&](SegmentState& s) {
    ManifestSegment entry{s.number, s.rows->rows(), s.deletes_file};
    if (s.deleted.count() != s.deletes_stored) {
      entry.deletes = next_number_++;
      deletes.push_back({s.number, entry.deletes, s.deleted.publish()});
    }
    next.segments.push_back(entry);
  };
  const auto is_input = [&](const SegmentState& s) {
    return std::any_of(replacement.inputs.begin(), replacement.inputs.end(),
                       [&](const auto& part) { return part->number() == s.number; });
  };
  for (SegmentState& s : segments_) {
    if (!is_input(s)) add(s);
  }
  if (replacement.built) add(*replacement.built);
  if (replacement.memtable) {
    next.log = frozen_.front().log_after;
    next.log_sequence = frozen_.front().sequence_after;
  }
  next.durable_sequence = std::max<std::uint64_t>(durable_sequence_, next.log_sequence);
  next.next_key = next_key_;
  next.next_number = next_number_;
  return next;
}

// Called with state_mutex_ held: rows that were deleted in the inputs since they were read are
// deleted in what was built from them.
void Collection::carry_deletes(Replacement& replacement) {
  if (!replacement.built) return;
  SegmentState& built = *replacement.built;
  const auto carry = [&](const Part& input, const Tombstones& now) {
    now.for_each_since(input.deleted(), [&](std::size_t row) {
      const auto there = built.rows->find_key(input.rows().key(row));
      require(there.has_value(), "a row that was live is in the segment built of it");
      built.deleted.insert(*there);
    });
  };
  if (replacement.memtable) {
    carry(*replacement.inputs.front(), frozen_.front().deleted);
    return;
  }
  for (const auto& input : replacement.inputs) {
    const auto state = std::find_if(segments_.begin(), segments_.end(), [&](const SegmentState& s) {
      return s.number == input->number();
    });
    require(state != segments_.end(), "a merge's input is there until it is replaced");
    carry(*input, state->deleted);
  }
}

void Collection::write_plan(const Manifest& next, const std::vector<NewDeletes>& deletes) {
  const std::string path = io::join_path(directory_, kManifestName);
  try {
    for (const NewDeletes& d : deletes) {
      const auto file = files_.create(deletes_path(directory_, d.file));
      file->write_at(0, io::as_bytes(encode_tombstones(*d.rows)));
      file->sync();
    }
    io::write_beside(files_, path, encode_manifest(next));
    files_.sync_directory(directory_);
  } catch (...) {  // the old manifest stands
    try {
      for (const NewDeletes& d : deletes) files_.remove(deletes_path(directory_, d.file));
      files_.remove(path + ".new");
    } catch (const std::exception&) {  // the next writer that opens the collection removes them
    }
    throw;
  }
  try {
    io::put_in_place(files_, path);
  } catch (const std::exception& error) {
    // Which of the two manifests a crash would leave is unknown, so the files of both must stay.
    poison(error.what());
    throw;
  }
}

// Called with state_mutex_ held.
void Collection::swap_in(Replacement& replacement, const Manifest& next,
                         const std::vector<NewDeletes>& deletes) {
  carry_deletes(replacement);
  manifest_ = next;
  std::erase_if(segments_, [&](const SegmentState& s) {
    return std::any_of(replacement.inputs.begin(), replacement.inputs.end(),
                       [&](const auto& part) { return part->number() == s.number; });
  });
  if (replacement.built) segments_.push_back(std::move(*replacement.built));
  if (replacement.memtable) frozen_.pop_front();
  for (const NewDeletes& d : deletes) {
    for (SegmentState& s : segments_) {
      if (s.number != d.segment) continue;
      s.deletes_file = d.file;
      s.deletes_stored = d.rows->count();
    }
  }
}

// A file that cannot be removed is removed by the next writer that opens the collection.
void Collection::remove_obsolete(const Manifest& before, const Manifest& after) {
  try {
    for (std::uint64_t log = before.log; log < after.log; ++log) {
      files_.remove(log_path(directory_, log));
    }
    for (const ManifestSegment& s : before.segments) {
      const auto same = std::find_if(after.segments.begin(), after.segments.end(),
                                     [&](const auto& other) { return other.number == s.number; });
      const bool stays = same != after.segments.end();
      if (s.deletes != 0 && !(stays && same->deletes == s.deletes)) {
        files_.remove(deletes_path(directory_, s.deletes));
      }
      if (!stays) io::remove_tree(files_, segment_directory(directory_, s.number));
    }
  } catch (const Error&) {
  }
}

void Collection::run_flusher() {
  ThreadPool pool(pool_->threads());
  std::unique_lock lock(state_mutex_);
  while (true) {
    work_.wait(lock, [&] { return stopping_ || (!frozen_.empty() && poisoned_.empty()); });
    if (stopping_) return;
    std::optional<Error> error;
    lock.unlock();
    try {
      flush_oldest(pool);
    } catch (const Stopped&) {
      return;
    } catch (const Error& e) {
      error = e;
    } catch (const std::exception& e) {
      error = Error(ErrorKind::exhausted, e.what());
    }
    lock.lock();
    flush_error_ = error;
    room_.notify_all();
    if (error) work_.wait_for(lock, kRetry, [&] { return stopping_.load(); });
  }
}

void Collection::run_merger() {
  std::unique_lock lock(state_mutex_);
  while (true) {
    work_.wait(lock, [&] { return stopping_ || (merge_wanted_ && poisoned_.empty()); });
    if (stopping_) return;
    merge_wanted_ = false;
    lock.unlock();
    bool failed = false;
    try {
      while (!stopping_ && merge_once()) continue;
    } catch (const Stopped&) {
      return;
    } catch (const std::exception&) {
      failed = true;  // the segments stay as they are; tried again after the next flush
    }
    lock.lock();
    if (failed) work_.wait_for(lock, kRetry, [&] { return stopping_.load(); });
  }
}

}  // namespace kindred::index
