#include "search/lexical_index.h"

#include <algorithm>
#include <charconv>
#include <shared_mutex>

#include "base/error.h"
#include "io/byte_codec.h"
#include "io/file.h"
#include "io/file_system.h"

namespace kindred::search {
namespace {

constexpr std::string_view kManifest = "MANIFEST";
constexpr std::size_t kBatchBytes = std::size_t{8} << 20;  // of a log record, about

enum class Mutation : std::uint8_t { put, erase };

}  // namespace

std::unique_ptr<LexicalIndex> LexicalIndex::create(const std::string& directory, const Bm25& bm25,
                                                   const LexicalOptions& options) {
  io::FileSystem& files = io::system_files();
  files.make_directory(directory);
  const std::string manifest_path = io::join_path(directory, kManifest);
  if (io::is_file(manifest_path)) {
    fail(ErrorKind::bad_input,
         "{} holds a word index already; open it, or choose another directory", directory);
  }
  LexicalManifest manifest;
  manifest.bm25 = bm25;
  manifest.log = manifest.next_number++;
  index::LogWriter::create(files, io::join_path(directory, fmt::format("{}.log", manifest.log)),
                           manifest.log_sequence);
  io::replace_file(files, manifest_path, encode_lexical_manifest(manifest));
  return open(directory, options);
}

std::unique_ptr<LexicalIndex> LexicalIndex::open(const std::string& directory,
                                                 const LexicalOptions& options) {
  const std::string manifest_path = io::join_path(directory, kManifest);
  if (!io::is_file(manifest_path)) {
    fail(ErrorKind::not_found, "{} holds no word index: it has no MANIFEST; is the path right?",
         directory);
  }
  std::optional<index::WriterLock> lock;
  if (!options.read_only) lock = index::WriterLock::take(directory);
  LexicalManifest manifest =
      decode_lexical_manifest(io::read_text_file(manifest_path), manifest_path);
  std::unique_ptr<LexicalIndex> opened(new LexicalIndex(directory, options, std::move(manifest)));
  opened->lock_ = std::move(lock);
  for (const LexicalManifestSegment& entry : opened->manifest_.segments) {
    opened->segments_.push_back(opened->load_segment(entry));
  }
  opened->publish();
  opened->replay();
  if (!options.read_only) opened->remove_strays();
  return opened;
}

LexicalIndex::LexicalIndex(std::string directory, const LexicalOptions& options,
                           LexicalManifest manifest)
    : directory_(std::move(directory)),
      options_(options),
      manifest_(std::move(manifest)),
      memtable_(manifest_.bm25) {}

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
  publish();
  if (options_.read_only) return;
  io::FileSystem& files = io::system_files();
  log_ = contents.started ? index::LogWriter::resume(files, log_path, contents)
                          : index::LogWriter::create(files, log_path, manifest_.log_sequence);
}

void LexicalIndex::check_writable() const {
  if (options_.read_only) {
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
    const std::string_view payload = record;
    log_->append(std::span(&payload, 1));
    {
      // One step for readers: a document that moves is in one place.
      const std::lock_guard memory(memory_mutex_);
      apply(record);
      publish();
    }
    if (memtable_.bytes() >= options_.memtable_bytes) {
      flush_locked();
      flushed = true;
    }
  }
  if (flushed) merge_due();
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

void LexicalIndex::flush_locked() {
  if (memtable_.rows() == 0) return;
  LexicalManifest next = manifest_;
  std::optional<Segment> added;
  if (memtable_.live_rows() > 0) {
    const std::uint64_t number = next.next_number++;
    memtable_.write(path(number, "words"), path(number, "fields"));
    added = load_segment({number, memtable_.live_rows(), 0});
  }
  next.log = next.next_number++;
  next.log_sequence = log_->next_sequence();
  index::LogWriter log =
      index::LogWriter::create(io::system_files(), path(next.log, "log"), next.log_sequence);
  const std::uint64_t old_log = manifest_.log;
  if (added) segments_.push_back(std::move(*added));
  try {
    write_manifest(std::move(next));
  } catch (...) {
    if (added) segments_.pop_back();
    throw;
  }
  log_ = std::move(log);
  {
    const std::lock_guard memory(memory_mutex_);
    memtable_ = LexicalMemtable(manifest_.bm25);
    publish();
  }
  io::system_files().remove(path(old_log, "log"));
}

// Of `segments_` as they are, with files for what was deleted since the last manifest.
void LexicalIndex::write_manifest(LexicalManifest next) {
  io::FileSystem& files = io::system_files();
  next.segments.clear();
  std::vector<std::uint64_t> obsolete;
  for (const Segment& segment : segments_) {
    LexicalManifestSegment entry = segment.entry;
    if (segment.deleted.count() != segment.deletes_stored) {
      entry.deletes = next.next_number++;
      io::replace_file(files, path(entry.deletes, "deletes"),
                       index::encode_tombstones(segment.deleted));
    }
    next.segments.push_back(entry);
  }
  io::replace_file(files, io::join_path(directory_, kManifest), encode_lexical_manifest(next));
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    if (segments_[i].entry.deletes != next.segments[i].deletes)
      obsolete.push_back(segments_[i].entry.deletes);
    segments_[i].entry = next.segments[i];
    segments_[i].deletes_stored = segments_[i].deleted.count();
  }
  manifest_ = std::move(next);
  for (const std::uint64_t number : obsolete) {
    if (number != 0) files.remove(path(number, "deletes"));
  }
}

void LexicalIndex::remove_strays() const {
  std::vector<std::string> wanted = {std::string(kManifest), "LOCK",
                                     fmt::format("{}.log", manifest_.log)};
  for (const LexicalManifestSegment& segment : manifest_.segments) {
    wanted.push_back(fmt::format("{}.words", segment.number));
    wanted.push_back(fmt::format("{}.fields", segment.number));
    wanted.push_back(fmt::format("{}.deletes", segment.deletes));
  }
  for (const std::string& name : io::list_directory(directory_)) {
    if (std::find(wanted.begin(), wanted.end(), name) == wanted.end()) {
      io::system_files().remove(io::join_path(directory_, name));
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
}

}  // namespace kindred::search
