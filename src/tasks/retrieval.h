// The documents of a dataset ranked for its queries: by vectors, by words, by both.
// Tested by retrieval_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "eval/dataset.h"
#include "eval/judgements.h"
#include "io/scratch_directory.h"
#include "search/fusion.h"
#include "search/lexical_index.h"
#include "tasks/text_vectors.h"

namespace kindred::tasks {

/// Rankings of one query.
struct QueryRanking {
  std::vector<search::RankedKey> documents;  ///< keys are places in the corpus; best first
  double bound = 0.0;                        ///< of words: as WordsResult::bound
  bool cut = false;                          ///< there may be more
};
/// A ranking for each query of the dataset, in its order.
using Rankings = std::vector<QueryRanking>;

struct RetrievalOptions {
  std::size_t depth = 100;  ///< documents ranked a query
  /// The column "language" says which; empty: all. Only documents in it are ranked.
  std::string document_language;
};

/// Title and text as the vectors read them, "title text".
std::string passage_of(const eval::Record& record);
/// The record's column "language"; empty where it has none.
std::string language_of(const eval::Record& record);

/// A dataset's documents as vectors of one model, searched exactly. A document of several windows
/// is as near as the nearest of them.
///
/// Threads: `rank` one at a time.
class VectorRetrieval {
 public:
  /// Encodes all documents and queries. The dataset must outlive it.
  VectorRetrieval(const eval::Dataset& dataset, const TextVectors& encoder);

  Rankings rank(const RetrievalOptions& options, ThreadPool& pool) const;
  /// Ranks the documents that `candidates` has for each query, and no others.
  Rankings rerank(const eval::Run& candidates, std::size_t depth) const;

  std::size_t dimensions() const noexcept { return documents_.dimensions; }
  /// Of a document, or of its first window.
  std::span<const float> document(std::size_t place) const {
    return documents_.row(first_row_[place]);
  }
  std::span<const float> query(std::size_t place) const { return queries_.row(place); }

 private:
  float nearest_window(std::span<const float> query, std::size_t place) const;

  const eval::Dataset& dataset_;
  std::vector<std::uint32_t> document_of_row_;
  std::vector<std::size_t> first_row_;  // of each document, and the end
  Vectors documents_;                   // a row a document, or a window
  Vectors queries_;
};

/// The same by words: BM25 with k1 1.2 and b 0.75 over title and text, without correcting
/// misspellings.
///
/// Threads: `rank` one at a time.
class LexicalRetrieval {
 public:
  /// Indexes all documents, in a directory of its own that goes with it. The dataset must outlive
  /// it.
  explicit LexicalRetrieval(const eval::Dataset& dataset);

  Rankings rank(const RetrievalOptions& options) const;

 private:
  const eval::Dataset& dataset_;
  std::unique_ptr<io::ScratchDirectory> directory_;
  std::unique_ptr<search::LexicalIndex> index_;
};

/// Both lists fused, cut at `depth`.
Rankings fuse(const Rankings& vector, const Rankings& words, const search::FusionOptions& fusion,
              std::size_t depth);

/// With the dataset's ids.
eval::Run to_run(const Rankings& rankings, const eval::Dataset& dataset, std::string name);

}  // namespace kindred::tasks
