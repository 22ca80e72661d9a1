#include "search/lexical_index.h"

#include <algorithm>
#include <charconv>
#include <shared_mutex>

#include "base/error.h"
#include "index/reader_retry.h"
#include "io/byte_codec.h"
#include "io/file.h"
#include "io/file_system.h"

namespace kindred::search {
namespace {

constexpr std::size_t kBatchBytes = std::size_t{8} << 20;  // of a log record, about

enum class Mutation : std::uint8_t { put, erase };

}  // namespace

std::unique_ptr<LexicalIndex> LexicalIndex::create(const std::string& directory, const Bm25& bm25,
                                                   const LexicalOptions& options) {
  io::FileSystem& files = *options.files;
  files.make_directory(directory);
  files.sync_directory(io::directory_of(directory));
  const std::string manifest_path = io::join_path(directory, kLexicalManifestName);
  const auto check_new = [&] {
    if (!io::is_file(manifest_path)) return;
    fail(ErrorKind::bad_input,
         "{} holds a word index already; open it, or choose another directory", directory);
  };
  check_new();
  {
    const index::WriterLock lock = index::WriterLock::take(directory);
    check_new();  // another may have made one meanwhile
    LexicalManifest manifest;
    manifest.bm25 = bm25;
    manifest.log = manifest.next_number++;
    index::LogWriter::create(files, io::join_path(directory, fmt::format("{}.log", manifest.log)),
                             manifest.log_sequence);
    io::replace_file(files, manifest_path, encode_lexical_manifest(manifest));
  }
  return open(directory, options);
}

std::unique_ptr<LexicalIndex> LexicalIndex::open(const std::string& directory,
                                                 const LexicalOptions& options) {
  const auto look = [&] {
    const std::string path = io::join_path(directory, kLexicalManifestName);
    if (!io::is_file(path)) {
      fail(ErrorKind::not_found, "{} holds no word index: it has no MANIFEST; is the path right?",
           directory);
    }
    return io::read_text_file(path);
  };
  if (options.read_only) {
    return index::retry_while_it_changes(
        look, [&](const std::string& manifest) { return load(directory, options, manifest, {}); });
  }
  look();  // no lock is left where there is no index
  auto lock = index::WriterLock::take(directory);
  return load(directory, options, look(), std::move(lock));
}

std::unique_ptr<LexicalIndex> LexicalIndex::load(const std::string& directory,
                                                 const LexicalOptions& options,
                                                 const std::string& manifest,
                                                 std::optional<index::WriterLock> lock) {
  std::unique_ptr<LexicalIndex> loaded(new LexicalIndex(
      directory, options,
      decode_lexical_manifest(manifest, io::join_path(directory, kLexicalManifestName))));
  loaded->lock_ = std::move(lock);
  if (loaded->lock_) loaded->remove_strays();
  for (const LexicalManifestSegment& entry : loaded->manifest_.segments) {
    loaded->segments_.push_back(loaded->load_segment(entry));
  }
  loaded->publish();
  loaded->replay();
  return loaded;
}

LexicalIndex::LexicalIndex(std::string directory, const LexicalOptions& options,
                           LexicalManifest manifest)
    : directory_(std::move(directory)),
      options_(options),
      files_(*options.files),
      manifest_(std::move(manifest)),
      memtable_(manifest_.bm25) {}

LexicalIndex::~LexicalIndex() {
  if (log_) store_end();
}

std::string LexicalIndex::path(std::uint64_t number, std::string_view ending) const {
  return io::join_path(directory_, fmt::format("{}.{}", number, ending));
}

LexicalIndex::Segment LexicalIndex::load_segment(const LexicalManifestSegment& entry) const {
  Segment segment{entry, LexicalSegment::open(path(entry.number, "words")),
                  index::FieldTable::open(path(entry.number, "fields")),
                  index::Tombstones(entry.rows)};
  if (segment.words->rows() != entry.rows || segment.fields->rows() != entry.rows) {
    fail(ErrorKind::corrupt,
         "{}: segment {} should have {} rows, its words have {} and its fields {}; restore it from "
         "a backup",
         directory_, entry.number, entry.rows, segment.words->rows(), segment.fields->rows());
  }
  if (entry.deletes != 0) {
    const std::string deletes = path(entry.deletes, "deletes");
    segment.deleted = index::decode_tombstones(io::read_text_file(deletes), entry.rows, deletes);
    segment.deletes_stored = segment.deleted.count();
  }
  return segment;
}

void LexicalIndex::replay() {
  const std::string log_path = path(manifest_.log, "log");
  const std::string bytes = io::read_text_file(log_path, std::size_t{64} << 30);
  const index::LogContents contents = index::read_log(
      bytes, log_path, [&](std::uint64_t, std::string_view record) { apply(record); });
  if (contents.started && contents.first_sequence != manifest_.log_sequence) {
    fail(ErrorKind::corrupt,
         "{} begins with record {} and the manifest expects {}; restore both from one backup",
         log_path, contents.first_sequence, manifest_.log_sequence);
  }
  const std::uint64_t end = contents.started ? contents.next_sequence : manifest_.log_sequence;
  if (end < manifest_.durable_sequence) {
    fail(ErrorKind::corrupt,
         "{} ends before record {}, and those below {} had been made durable: it was shortened or "
         "damaged; restore it from a backup, or index the products again",
         log_path, end, manifest_.durable_sequence);
  }
  publish();
  if (!lock_) return;
  log_ = contents.started ? index::LogWriter::resume(files_, log_path, contents)
                          : index::LogWriter::create(files_, log_path, manifest_.log_sequence);
}

// Where the log ends, so that one that is cut short later can be told from one whose writer died.
void LexicalIndex::store_end() noexcept {
  try {
    const std::lock_guard writer(writer_mutex_);
    if (log_->broken() || !poisoned_.empty()) return;
    if (log_->next_sequence() == manifest_.durable_sequence) return;
    std::vector<Segment*> all;
    for (Segment& segment : segments_) all.push_back(&segment);
    write_manifest(manifest_, all);
  } catch (const std::exception&) {  // then only what was durable before is sure to be missed
  }
}

void LexicalIndex::check_writable() const {
  if (!lock_) {
    fail(ErrorKind::bad_input, "{} was opened for reading; open it for writing to change it",
         directory_);
  }
}

void LexicalIndex::upsert(std::span<const LexicalDocument> documents) {
  check_writable();
  std::vector<std::string> mutations;
  std::size_t bytes = 0;
  for (const LexicalDocument& document : documents) {
    io::ByteWriter out;
    out.number(static_cast<std::uint8_t>(Mutation::put));
    out.text(encode_document(analyze_document(document)));
    bytes += out.size();
    mutations.push_back(out.take());
    if (bytes < kBatchBytes) continue;
    commit(mutations);
    mutations.clear();
    bytes = 0;
  }
  if (!mutations.empty()) commit(mutations);
}

void LexicalIndex::erase(std::span<const std::uint64_t> keys) {
  check_writable();
  io::ByteWriter out;
  for (const std::uint64_t key : keys) {
    out.number(static_cast<std::uint8_t>(Mutation::erase));
    out.number(key);
  }
  if (!keys.empty()) commit(std::vector<std::string>{out.take()});
}

void LexicalIndex::commit(std::span<const std::string> mutations) {
  std::string record;
  for (const std::string& mutation : mutations) record += mutation;
  if (record.size() > index::kMaxLogRecordBytes) {
    fail(ErrorKind::bad_input, "a document has {} bytes of words; at most {} are indexed",
         record.size(), index::kMaxLogRecordBytes);
  }
  bool flushed = false;
  {
    const std::lock_guard writer(writer_mutex_);
    check_not_poisoned();
    const bool log_is_long = log_->size() > 2 * options_.memtable_bytes + kBatchBytes;
    if (memtable_.bytes() >= options_.memtable_bytes || log_is_long) {
      flush_locked();
      flushed = true;
    }
    append(record);
    try {
      // One step for readers: a document that moves is in one place.
      const std::lock_guard memory(memory_mutex_);
      apply(record);
      publish();
    } catch (const std::exception& error) {  // the log is ahead of what is in memory
      poisoned_ = error.what();
      throw;
    }
  }
  if (flushed) merge_due();
}

void LexicalIndex::append(std::string_view record) {
  try {
    log_->append(std::span(&record, 1));
  } catch (const Error& error) {
    if (log_->broken()) poisoned_ = error.what();
    fail(error.kind(), "{}; the words can still be searched", error.what());
  } catch (const std::exception& error) {
    poisoned_ = error.what();
    throw;
  }
}

void LexicalIndex::check_not_poisoned() const {
  if (poisoned_.empty()) return;
  fail(ErrorKind::exhausted,
       "{} takes no writes since one could not be completed ({}); it can be searched; mend the "
       "cause, close it and open it again",
       directory_, poisoned_);
}

void LexicalIndex::apply(std::string_view record) {
  io::ByteReader in(record, "a record of the log");
  while (in.left() > 0) {
    switch (static_cast<Mutation>(in.number<std::uint8_t>())) {
      case Mutation::put: {
        const AnalyzedDocument document = decode_document(in.text());
        erase_key(document.key);
        memtable_.append(document);
        break;
      }
      case Mutation::erase:
        erase_key(in.number<std::uint64_t>());
        break;
      default:
        fail(ErrorKind::corrupt,
             "a record of the log in {} holds an unknown change; it was written by a newer program "
             "or damaged",
             directory_);
    }
  }
}

// At most one live row has the key.
void LexicalIndex::erase_key(std::uint64_t key) {
  if (memtable_.erase(key)) return;
  for (Segment& segment : segments_) {
    const auto row = segment.words->find_key(key);
    if (row && segment.deleted.insert(*row)) return;
  }
}

void LexicalIndex::publish() {
  auto next = std::make_shared<LexicalParts>();
  for (Segment& segment : segments_) {
    // The part of before where nothing was deleted since: it may have its rows that live at hand.
    const auto deleted = segment.deleted.publish();
    const std::shared_ptr<const LexicalPart>* same = nullptr;
    if (parts_) {
      for (const auto& part : *parts_) {
        if (part->number() == segment.entry.number && &part->deleted() == deleted.get())
          same = &part;
      }
    }
    next->push_back(same != nullptr
                        ? *same
                        : std::make_shared<const LexicalPart>(segment.entry.number, segment.words,
                                                              segment.fields, deleted));
  }
  parts_ = std::move(next);
}

void LexicalIndex::flush() {
  check_writable();
  {
    const std::lock_guard writer(writer_mutex_);
    flush_locked();
  }
  merge_due();
}

// What is deleted in segments goes to the disk too, so that the log can go.
void LexicalIndex::flush_locked() {
  check_not_poisoned();
  if (log_->next_sequence() == manifest_.log_sequence) return;  // nothing was written since
  LexicalManifest next = manifest_;
  const std::uint64_t number = next.next_number++;
  next.log = next.next_number++;
  next.log_sequence = log_->next_sequence();
  const std::uint64_t old_log = manifest_.log;
  std::optional<Segment> added;
  std::optional<index::LogWriter> log;
  try {
    if (memtable_.live_rows() > 0) {
      memtable_.write(files_, path(number, "words"), path(number, "fields"));
      added = load_segment({number, memtable_.live_rows(), 0});
    }
    log = index::LogWriter::create(files_, path(next.log, "log"), next.log_sequence);
    std::vector<Segment*> all;
    for (Segment& segment : segments_) all.push_back(&segment);
    if (added) all.push_back(&*added);
    write_manifest(next, all);
  } catch (...) {
    if (poisoned_.empty())
      remove_quietly({path(number, "words"), path(number, "fields"), path(next.log, "log")});
    throw;
  }
  if (added) segments_.push_back(std::move(*added));
  log_ = std::move(log);
  {
    const std::lock_guard memory(memory_mutex_);
    memtable_ = LexicalMemtable(manifest_.bm25);
    publish();
  }
  remove_quietly({path(old_log, "log")});
}

// Makes the index consist of `segments`, with files for what was deleted since the last manifest.
// An error leaves what was before, or nobody knows which of the two: then it is poisoned.
void LexicalIndex::write_manifest(LexicalManifest next, std::span<Segment* const> segments) {
  const std::string manifest_path = io::join_path(directory_, kLexicalManifestName);
  next.durable_sequence = log_->next_sequence();
  next.segments.clear();
  std::vector<std::string> new_files{manifest_path + ".new"};
  try {
    for (const Segment* segment : segments) {
      LexicalManifestSegment entry = segment->entry;
      if (segment->deleted.count() != segment->deletes_stored) {
        entry.deletes = next.next_number++;
        new_files.push_back(path(entry.deletes, "deletes"));
        io::replace_file(files_, new_files.back(), index::encode_tombstones(segment->deleted));
      }
      next.segments.push_back(entry);
    }
    io::write_beside(files_, manifest_path, encode_lexical_manifest(next));
    files_.sync_directory(directory_);
  } catch (...) {
    for (const std::string& file : new_files) remove_quietly({file});
    throw;
  }
  try {
    io::put_in_place(files_, manifest_path);
  } catch (const std::exception& error) {
    // Which of the two manifests a crash would leave is unknown, so the files of both must stay.
    poisoned_ = error.what();
    throw;
  }
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::uint64_t before = segments[i]->entry.deletes;
    if (before != 0 && before != next.segments[i].deletes)
      remove_quietly({path(before, "deletes")});
    segments[i]->entry = next.segments[i];
    segments[i]->deletes_stored = segments[i]->deleted.count();
  }
  manifest_ = std::move(next);
}

// A file that stays is removed by the next writer that opens the index.
void LexicalIndex::remove_quietly(std::initializer_list<std::string> paths) const noexcept {
  for (const std::string& file : paths) {
    try {
      files_.remove(file);
    } catch (const std::exception&) {
    }
  }
}

void LexicalIndex::remove_strays() const {
  std::vector<std::string> wanted = {std::string(kLexicalManifestName), "LOCK",
                                     fmt::format("{}.log", manifest_.log)};
  for (const LexicalManifestSegment& segment : manifest_.segments) {
    wanted.push_back(fmt::format("{}.words", segment.number));
    wanted.push_back(fmt::format("{}.fields", segment.number));
    wanted.push_back(fmt::format("{}.deletes", segment.deletes));
  }
  for (const std::string& name : io::list_directory(directory_)) {
    if (std::find(wanted.begin(), wanted.end(), name) == wanted.end()) {
      files_.remove(io::join_path(directory_, name));
    }
  }
}

LexicalStats LexicalIndex::stats() const {
  const std::lock_guard writer(writer_mutex_);
  LexicalStats stats{};
  stats.memtable_documents = memtable_.live_rows();
  stats.documents = memtable_.live_rows();
  std::uint64_t rows = 0;
  std::uint64_t length = 0;
  for (const Segment& segment : segments_) {
    stats.documents += segment.entry.rows - segment.deleted.count();
    stats.deleted += segment.deleted.count();
    stats.terms += segment.words->terms();
    stats.disk_bytes += segment.words->file_bytes() + segment.fields->file_bytes();
    rows += segment.entry.rows;
    length += segment.words->total_length();
  }
  stats.segments = segments_.size();
  stats.average_length = rows == 0 ? 0.0 : static_cast<double>(length) / static_cast<double>(rows);
  return stats;
}

std::vector<std::uint64_t> LexicalIndex::keys() const {
  std::vector<std::uint64_t> keys;
  const std::shared_lock memory(memory_mutex_);
  memtable_.for_each_live_key([&](std::uint64_t key) { keys.push_back(key); });
  for (const auto& part : *parts_) {
    for (std::size_t row = 0; row < part->rows(); ++row) {
      if (!part->deleted().contains(row)) keys.push_back(part->words()->keys()[row]);
    }
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

void LexicalIndex::verify() const {
  std::shared_ptr<const LexicalParts> parts;
  {
    const std::shared_lock memory(memory_mutex_);
    parts = parts_;
  }
  for (const auto& part : *parts) {
    part->words()->verify();
    part->fields()->verify();
  }
  const std::vector<std::uint64_t> live = keys();
  const auto twice = std::adjacent_find(live.begin(), live.end());
  if (twice != live.end()) {
    fail(ErrorKind::corrupt, "{} has the key {} in two live rows; index the products again",
         directory_, *twice);
  }
  if (!lock_) return;
  const std::lock_guard writer(writer_mutex_);  // what the manifest on the disk names stands still
  const std::string manifest_path = io::join_path(directory_, kLexicalManifestName);
  const LexicalManifest stored =
      decode_lexical_manifest(io::read_text_file(manifest_path), manifest_path);
  for (const LexicalManifestSegment& entry : stored.segments) {
    if (entry.deletes == 0) continue;
    const std::string deletes = path(entry.deletes, "deletes");
    index::decode_tombstones(io::read_text_file(deletes), entry.rows, deletes);
  }
}

}  // namespace kindred::search
