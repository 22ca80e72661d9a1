// Which of the texts in another language says the same? Tested by bitext_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "eval/report.h"
#include "tasks/text_vectors.h"

namespace kindred::tasks {

/// Texts in several languages that say the same row by row.
struct ParallelTexts {
  std::vector<std::string> languages;           ///< the columns' names
  std::vector<std::vector<std::string>> texts;  ///< [language][row]

  std::size_t rows() const noexcept { return texts.empty() ? 0 : texts.front().size(); }
};

/// Of a CSV, TSV or JSONL file; rows without a text in some language are left out. `columns` empty:
/// all columns whose names are languages' codes of two or three letters. Errors: as TableReader;
/// bad_input with fewer than two columns, or without rows.
ParallelTexts read_parallel_texts(const std::string& path, std::vector<std::string> columns);

struct BitextOptions {
  std::size_t queries = 0;  ///< rows that are asked, drawn by `seed`; 0: all. All are searched.
  std::uint64_t seed = 1;
  /// The role whose prompt stands before both sides, which are alike.
  encode::TextRole role = encode::TextRole::query;
};

/// For each ordered pair of languages the nearest texts by cosine: the matrices "bitext.recall@1",
/// "bitext.recall@10" and "bitext.mrr@10" (rows: the language asked in), and the means over all
/// pairs in the first table, "bitext".
eval::Report bitext_report(const ParallelTexts& texts, const TextVectors& encoder,
                           const BitextOptions& options, ThreadPool& pool);

}  // namespace kindred::tasks
