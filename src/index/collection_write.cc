// The way of a write: log, memtable, view.
#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "index/collection.h"
#include "index/fields.h"
#include "index/mutation.h"
#include "io/byte_codec.h"

namespace kindred::index {
namespace {

constexpr std::size_t kBatchBytes = std::size_t{4} << 20;  // of a record, about
constexpr std::size_t kBatchRows = 16384;
constexpr std::size_t kGroupBytes = std::size_t{16} << 20;
constexpr std::size_t kMaxTextBytes = std::size_t{16} << 20;  // of a row's id, payload and fields
constexpr std::size_t kMaxIdBytes = 65535;
constexpr std::size_t kFrozen = 2;  // memtables that wait to become segments

void check_row(const NewRow& row, std::size_t dimension, std::size_t index) {
  require(row.vector != nullptr, "NewRow: no vector");
  check_finite(row.vector, 1, dimension, "row", index);
  if (row.key && *row.key > kMaxKey) {
    fail(ErrorKind::bad_input, "row {} has the key {}; keys go up to {}", index, *row.key, kMaxKey);
  }
  if (row.id.size() > kMaxIdBytes) {
    fail(ErrorKind::bad_input, "row {} has an id of {} bytes; at most {} are stored", index,
         row.id.size(), kMaxIdBytes);
  }
  if (row.payload.size() > kMaxTextBytes || row.fields.size() > kMaxTextBytes) {
    fail(ErrorKind::bad_input, "row {} carries more than {} bytes", index, kMaxTextBytes);
  }
  try {  // or its memtable could not become a segment
    decode_fields(row.fields);
  } catch (const Error& error) {
    fail(ErrorKind::bad_input, "row {} has fields that encode_fields did not make: {}", index,
         error.what());
  }
}

}  // namespace

std::vector<std::uint64_t> Collection::insert(std::span<const NewRow> rows) {
  check_writable();
  for (std::size_t i = 0; i < rows.size(); ++i) check_row(rows[i], dimension_, i);
  std::vector<std::uint64_t> keys;
  keys.reserve(rows.size());
  std::vector<float> vector(dimension_);
  std::size_t at = 0;
  while (at < rows.size()) {
    io::ByteWriter record;
    Write write_;
    std::unordered_map<std::string_view, std::uint64_t> new_ids;
    for (; at < rows.size() && record.size() < kBatchBytes && write_.rows < kBatchRows; ++at) {
      const NewRow& row = rows[at];
      std::optional<std::uint64_t> key = row.key;
      if (!key && !row.id.empty()) {
        const auto found = new_ids.find(row.id);
        key = found != new_ids.end() ? found->second : key_of_id(row.id);
      }
      if (!key) key = next_key_.fetch_add(1);
      if (!row.id.empty()) new_ids[row.id] = *key;
      std::copy_n(row.vector, dimension_, vector.begin());
      if (metric_ == Metric::cosine) normalize_vectors(vector.data(), 1, dimension_);
      encode_mutation({Mutation::Kind::put, *key, row.id, row.payload, row.fields,
                       reinterpret_cast<const std::byte*>(vector.data())},
                      dimension_, record);
      keys.push_back(*key);
      ++write_.rows;
    }
    write_.bytes = record.size();
    write_.record = record.take();
    write(write_);
  }
  return keys;
}

std::uint64_t Collection::erase_keys(std::span<const std::uint64_t> keys) {
  check_writable();
  io::ByteWriter record;
  Write erasures;
  for (const std::uint64_t key : keys) {
    if (key > kMaxKey) continue;  // no row has it
    encode_mutation({Mutation::Kind::erase_key, key, {}, {}, {}, nullptr}, dimension_, record);
    write_erasures(erasures, record);
  }
  if (record.size() > 0) {
    erasures.record = record.take();
    write(erasures);
  }
  return erasures.erased;
}

std::uint64_t Collection::erase_ids(std::span<const std::string_view> ids) {
  check_writable();
  io::ByteWriter record;
  Write erasures;
  for (const std::string_view id : ids) {
    if (id.empty() || id.size() > kMaxIdBytes) continue;  // no row has it
    encode_mutation({Mutation::Kind::erase_id, 0, id, {}, {}, nullptr}, dimension_, record);
    write_erasures(erasures, record);
  }
  if (record.size() > 0) {
    erasures.record = record.take();
    write(erasures);
  }
  return erasures.erased;
}

// Writes the record when it has grown large.
void Collection::write_erasures(Write& erasures, io::ByteWriter& record) {
  if (record.size() < kBatchBytes) return;
  erasures.record = record.take();
  record = io::ByteWriter();
  erasures.done = false;
  write(erasures);
}

std::optional<std::uint64_t> Collection::key_of_id(std::string_view id) const {
  const std::lock_guard lock(state_mutex_);
  const auto live_in = [&](const MemtableState& m) -> std::optional<std::uint64_t> {
    const auto row = m.table->find_id(id);
    if (!row || m.deleted.contains(*row)) return std::nullopt;
    return m.table->key(*row);
  };
  if (const auto key = live_in(active_)) return key;
  for (const MemtableState& m : frozen_) {
    if (const auto key = live_in(m)) return key;
  }
  for (const SegmentState& s : segments_) {
    const auto row = s.rows->find_id(id);
    if (row && !s.deleted.contains(*row)) return s.rows->key(*row);
  }
  return std::nullopt;
}

// Group commit: the first in the queue writes for all that have come meanwhile.
void Collection::write(Write& mine) {
  std::unique_lock lock(queue_mutex_);
  queue_.push_back(&mine);
  queue_changed_.wait(lock, [&] { return mine.done || queue_.front() == &mine; });
  if (!mine.done) {
    lock.unlock();
    const std::lock_guard writer(writer_mutex_);
    lock.lock();  // whoever came while the log was busy joins the group
    std::vector<Write*> group;
    std::size_t bytes = 0;
    for (Write* w : queue_) {
      if (!group.empty() && bytes + w->record.size() > kGroupBytes) break;
      bytes += w->record.size();
      group.push_back(w);
    }
    lock.unlock();
    try {
      commit(group);
    } catch (...) {
      for (Write* w : group) w->error = std::current_exception();
    }
    lock.lock();
    for (Write* w : group) {
      queue_.pop_front();
      w->done = true;
    }
    queue_changed_.notify_all();
  }
  lock.unlock();
  if (mine.error) std::rethrow_exception(mine.error);
}

void Collection::commit(std::span<Write* const> group) {
  check_writable();
  std::size_t rows = 0;
  std::uint64_t bytes = 0;
  std::vector<std::string_view> records;
  for (const Write* w : group) {
    rows += w->rows;
    bytes += w->bytes;
    records.push_back(w->record);
  }
  make_room(rows, bytes);
  try {
    log_->append(records);
  } catch (const Error& error) {
    if (log_->broken()) poison(error.what());
    fail(error.kind(), "{}; the collection can still be read", error.what());
  } catch (const std::exception& error) {
    poison(error.what());
    throw;
  }
  durable_sequence_ = log_->next_sequence();
  // Only what is durable may be seen, or deleted rows might be lost with what replaced them.
  try {
    const std::lock_guard lock(state_mutex_);
    for (Write* w : group) w->erased += apply(w->record);
    publish();
  } catch (const std::exception& error) {  // the log is ahead of what is in memory
    poison(error.what());
    throw;
  }
}

std::uint64_t Collection::apply(std::string_view record) {
  std::uint64_t erased = 0;
  decode_mutations(record, dimension_, log_path(directory_, log_number_), [&](const Mutation& m) {
    switch (m.kind) {
      case Mutation::Kind::erase_key:
        erased += erase_key(m.key);
        break;
      case Mutation::Kind::erase_id:
        erased += erase_id(m.id);
        break;
      case Mutation::Kind::put:
        erase_key(m.key);
        if (!m.id.empty()) erase_id(m.id);
        active_.table->append(m);
        active_.deleted.grow(active_.table->rows());
        key_bound_ = std::max(key_bound_, m.key + 1);
        if (next_key_.load() < m.key + 1) {
          std::uint64_t seen = next_key_.load();
          while (seen < m.key + 1 && !next_key_.compare_exchange_weak(seen, m.key + 1)) continue;
        }
        break;
    }
  });
  return erased;
}

std::uint64_t Collection::erase_key(std::uint64_t key) {
  if (key >= key_bound_) return 0;  // new keys, the usual case, are not looked for
  const auto erase_in = [&](MemtableState& m) {
    const auto row = m.table->find_key(key);
    return row && m.deleted.insert(*row);
  };
  if (erase_in(active_)) return 1;
  for (MemtableState& m : frozen_) {
    if (erase_in(m)) return 1;
  }
  for (SegmentState& s : segments_) {
    const auto row = s.rows->find_key(key);
    if (row && s.deleted.insert(*row)) return 1;
  }
  return 0;
}

std::uint64_t Collection::erase_id(std::string_view id) {
  const auto erase_in = [&](MemtableState& m) {
    const auto row = m.table->find_id(id);
    return row && m.deleted.insert(*row);
  };
  if (erase_in(active_)) return 1;
  for (MemtableState& m : frozen_) {
    if (erase_in(m)) return 1;
  }
  for (SegmentState& s : segments_) {
    const auto row = s.rows->find_id(id);
    if (row && s.deleted.insert(*row)) return 1;
  }
  return 0;
}

// Called with writer_mutex_ held.
void Collection::make_room(std::size_t rows, std::uint64_t bytes) {
  const Memtable& table = *active_.table;
  const bool fits = table.rows() + rows <= Memtable::kMaxRows &&
                    (table.rows() == 0 || table.bytes() + bytes <= memtable_bytes_);
  // Deletes make the log longer, but not the memtable.
  const bool log_is_long = log_->size() > 2 * memtable_bytes_ + kBatchBytes;
  if (fits && !log_is_long) return;
  if (!options_.background) {
    while (flush_oldest(*pool_)) continue;
    rotate();
    while (flush_oldest(*pool_)) continue;
    while (merge_once()) continue;
    return;
  }
  {
    std::unique_lock lock(state_mutex_);
    room_.wait(lock, [&] {
      return frozen_.size() < kFrozen || flush_error_ || stopping_ || !poisoned_.empty();
    });
    if (frozen_.size() >= kFrozen && flush_error_) {
      fail(flush_error_->kind(),
           "{} takes no more writes until what is in memory could be written out: {}; it can still "
           "be read",
           directory_, flush_error_->what());
    }
  }
  check_writable();
  rotate();
}

// A new log and a new memtable. Called with writer_mutex_ held.
void Collection::rotate() {
  const std::string path = log_path(directory_, log_number_ + 1);
  const std::uint64_t sequence = log_->next_sequence();
  std::optional<LogWriter> next;
  try {
    next = LogWriter::create(files_, path, sequence);
  } catch (const std::exception& error) {
    try {  // a log that stayed would not follow on what the present one is still going to hold
      files_.remove(path);
      files_.sync_directory(directory_);
    } catch (const std::exception&) {
      poison(error.what());
    }
    throw;
  }
  const std::lock_guard lock(state_mutex_);
  log_ = std::move(next);
  ++log_number_;
  freeze(log_number_, sequence);
  publish();
  work_.notify_all();
}

void Collection::freeze(std::uint64_t log_after, std::uint64_t sequence_after) {
  active_.log_after = log_after;
  active_.sequence_after = sequence_after;
  frozen_.push_back(std::move(active_));
  active_ = MemtableState{std::make_shared<Memtable>(dimension_), Tombstones(0)};
}

void Collection::check_writable() const {
  if (!lock_) {
    fail(ErrorKind::bad_input, "{} was opened for reading; open it for writing to change it",
         directory_);
  }
  const std::lock_guard lock(state_mutex_);
  if (!poisoned_.empty()) {
    fail(
        ErrorKind::exhausted,
        "{} takes no writes since one could not be completed ({}); it can be read; mend the cause, "
        "close it and open it again",
        directory_, poisoned_);
  }
}

void Collection::poison(std::string_view why) {
  const std::lock_guard lock(state_mutex_);
  if (poisoned_.empty()) poisoned_ = why;
  room_.notify_all();
}

// Called with state_mutex_ held.
void Collection::publish() {
  std::vector<std::shared_ptr<const Part>> parts;
  for (SegmentState& s : segments_) {
    const auto deleted = s.deleted.publish();
    if (!s.part || &s.part->deleted() != deleted.get()) {
      s.part = std::make_shared<const Part>(s.number, s.segment, s.rows, s.fields, deleted);
    }
    parts.push_back(s.part);
  }
  const auto add = [&](MemtableState& m) {
    const auto deleted = m.deleted.publish();
    if (!m.part || &m.part->deleted() != deleted.get()) {
      m.part = std::make_shared<const Part>(m.table, m.table->rows(), deleted);
    }
    parts.push_back(m.part);
  };
  for (MemtableState& m : frozen_) add(m);
  if (active_.table->rows() > 0) add(active_);
  auto view = std::make_shared<const CollectionView>(dimension_, metric_, std::move(parts));
  const std::lock_guard lock(view_mutex_);
  view_ = std::move(view);
}

}  // namespace kindred::index
