// Search by words over documents that come and go. Tested by lexical_index_test.cc.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "index/filter.h"
#include "index/write_ahead_log.h"
#include "index/writer_lock.h"
#include "io/file_system.h"
#include "search/bm25.h"
#include "search/fair_mutex.h"
#include "search/lexical_document.h"
#include "search/lexical_manifest.h"
#include "search/lexical_memtable.h"
#include "search/lexical_part.h"

namespace kindred::search {

struct LexicalOptions {
  bool read_only = false;  ///< what a writer adds later is not seen
  std::uint64_t memtable_bytes = std::uint64_t{256} << 20;
  io::FileSystem* files = &io::system_files();
};

struct WordsQuery {
  std::string text;
  std::string language = {};  ///< as for analyze
  std::size_t k = 10;
  const index::Filter* filter = nullptr;  ///< null: all
  bool all_words = false;                 ///< else any word will do, and more words rank higher
  bool correct = true;                    ///< misspelt words may stand for similar ones
};

struct WordsHit {
  double score;
  std::uint64_t key;
  bool operator==(const WordsHit&) const = default;
};

/// A term that a word of the query was looked up by.
struct UsedTerm {
  std::string term;
  unsigned edits = 0;           ///< from the word
  std::uint64_t documents = 0;  ///< that have it, deleted ones included
  double weight = 0.0;          ///< its BM25 part is weight × impact / 255

  /// Scores are added up as whole numbers; a weight is rounded to 1/256.
  static constexpr double kWeightUnit = 256.0;
  std::uint32_t whole_weight() const noexcept {
    return static_cast<std::uint32_t>(std::max(1L, std::lround(weight * kWeightUnit)));
  }
};

struct UsedWord {
  std::string word;  ///< as analysed
  bool required = false;
  /// What it can add to a score at most, spelt as it is: 0 for a stop word beside other words.
  double most = 0.0;
  std::vector<UsedTerm> terms;  ///< none: no document has it, nor anything like it
};

struct WordsResult {
  std::vector<WordsHit> hits;  ///< best first, ties by the lower key (in a segment)
  std::vector<UsedWord> words;

  /// What a document with every word could score at most.
  double bound() const noexcept {
    double sum = 0.0;
    for (const UsedWord& word : words) sum += word.most;
    return sum;
  }
};

/// What one term gave to a document's score.
struct TermScore {
  std::string word;
  std::string term;
  double score;
};

struct CountRequest {
  const WordsQuery* words = nullptr;      ///< null: all documents; its k and filter do not matter
  const index::Filter* filter = nullptr;  ///< null: all
  std::vector<std::string> facets = {};
  std::vector<std::string> number_facets = {};
};

struct Counts {
  std::uint64_t documents = 0;
  std::vector<index::FacetCounts> facets = {};           ///< in the order of the request
  std::vector<index::NumberSummary> number_facets = {};  ///< the same
};

struct ResolvedWords;

struct LexicalStats {
  std::uint64_t documents;  ///< live
  std::uint64_t deleted;    ///< in segments
  std::uint64_t memtable_documents;
  std::uint64_t terms;  ///< of all segments, each counted where it stands
  std::uint64_t disk_bytes;
  std::size_t segments;
  double average_length;  ///< of documents in segments, to compare with Bm25::pivot
};

/// One directory: log-N (index/write_ahead_log.h), N.words (lexical_format.h), N.fields
/// (index/field_format.h), N.deletes, MANIFEST. A write is logged, then in the memtable; a full
/// memtable becomes a segment; eight segments of about a size become one.
///
/// Threads: every method may run concurrently. A search waits for a batch of writes to enter the
/// memtable, never for a segment to be written.
class LexicalIndex {
 public:
  /// Makes an empty one; the directory may exist, empty. Errors: bad_input when it holds one.
  static std::unique_ptr<LexicalIndex> create(const std::string& directory, const Bm25& bm25 = {},
                                              const LexicalOptions& options = {});
  /// Errors: not_found; corrupt; bad_input while another writes it (unless read_only).
  static std::unique_ptr<LexicalIndex> open(const std::string& directory,
                                            const LexicalOptions& options = {});
  ~LexicalIndex();

  /// Durable on return. A document replaces the one with its key. After an error some of the
  /// documents may be in. Errors: bad_input; exhausted when the disk is full: the index can still
  /// be read, and takes writes again when there is room.
  void upsert(std::span<const LexicalDocument> documents);
  /// Durable on return.
  void erase(std::span<const std::uint64_t> keys);
  /// Writes the memtable into a segment.
  void flush();
  /// Leaves one segment without deleted rows.
  void compact();

  /// The best documents by BM25 (bm25.h). Errors: bad_input for k of 0.
  WordsResult search(const WordsQuery& query) const;
  /// What made the score of a document; empty where it has none of the words, or is not there.
  std::vector<TermScore> explain(const WordsQuery& query, std::uint64_t key) const;
  Counts count(const CountRequest& request) const;
  /// The keys of the admitted documents that come first by a number, in no order: all of the first
  /// `k` and those whose numbers are equal to or very near the k-th. Documents without the number
  /// are left out.
  std::vector<std::uint64_t> first_by(const std::string& field, bool descending, std::size_t k,
                                      const index::Filter* filter) const;

  /// An index of its own in the new directory `to`, with the content of this moment: segments are
  /// links (copies on another disk), the log is copied. Writes wait meanwhile, and a merge at its
  /// end; searches do not. Errors: bad_input for a reader, or when `to` is not empty.
  void snapshot(const std::string& to) const;

  LexicalStats stats() const;
  /// Of all documents, ascending.
  std::vector<std::uint64_t> keys() const;
  /// Reads everything: checksums, and that each key is live in one place. Errors: corrupt.
  void verify() const;

 private:
  struct Segment {
    LexicalManifestSegment entry;
    std::shared_ptr<const LexicalSegment> words;
    std::shared_ptr<const index::FieldTable> fields;
    index::Tombstones deleted;
    std::size_t deletes_stored = 0;  // how many are in the file of deletes
  };
  LexicalIndex(std::string directory, const LexicalOptions& options, LexicalManifest manifest);
  std::string path(std::uint64_t number, std::string_view ending) const;
  static std::unique_ptr<LexicalIndex> load(const std::string& directory,
                                            const LexicalOptions& options,
                                            const std::string& manifest,
                                            std::optional<index::WriterLock> lock);

  // lexical_index.cc: opening and writing, under writer_mutex_
  Segment load_segment(const LexicalManifestSegment& entry) const;
  void replay();
  void commit(std::span<const std::string> mutations);
  void apply(std::string_view record);  // with memory_mutex_
  void erase_key(std::uint64_t key);    // with memory_mutex_
  void publish();                       // with memory_mutex_
  void append(std::string_view record);
  void check_not_poisoned() const;
  void flush_locked();
  void write_manifest(LexicalManifest next, std::span<Segment* const> segments);
  void remove_strays() const;
  void remove_quietly(std::initializer_list<std::string> paths) const noexcept;
  void store_end() noexcept;
  void check_writable() const;

  // lexical_snapshot.cc, under writer_mutex_
  void link_files(const std::string& to) const;

  // lexical_merge.cc
  struct MergedRows;
  static MergedRows merge_rows(const LexicalParts& parts);
  void merge_due();
  std::vector<std::size_t> due() const;
  bool merge(bool all);
  std::optional<Segment> write_merged(const LexicalParts& inputs, const MergedRows& rows,
                                      std::uint64_t number) const;
  void install(const std::vector<std::uint64_t>& inputs, std::optional<Segment> merged,
               const std::vector<std::vector<std::uint32_t>>& row_of, const LexicalParts& before);

  // lexical_search.cc, with memory_mutex_ shared
  ResolvedWords resolve(const WordsQuery& query) const;

  const std::string directory_;
  const LexicalOptions options_;
  io::FileSystem& files_;
  std::optional<index::WriterLock> lock_;

  std::mutex merge_mutex_;           // one merge at a time; taken before writer_mutex_
  mutable std::mutex writer_mutex_;  // the log, the manifest and the segments' list
  LexicalManifest manifest_;
  std::vector<Segment> segments_;
  std::optional<index::LogWriter> log_;
  std::string poisoned_;  // why nothing more is written: what is on the disk is unknown

  mutable FairMutex memory_mutex_;  // of what follows; taken last
  LexicalMemtable memtable_;
  std::shared_ptr<const LexicalParts> parts_;
};

}  // namespace kindred::search
