// Pairs of texts with a judgement, from a table as people have them. Tested by
// judged_pairs_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "io/table.h"

namespace kindred::tasks {

/// Which columns hold what; empty: found by their usual names.
struct PairColumns {
  std::string query;     ///< query, anchor, question, sentence1, text1
  std::string document;  ///< document, positive, passage, answer, sentence2, text2
  std::string label;     ///< label, score, grade, relevance
  std::string language;  ///< language, lang
  double relevant_from = 0.5;
  std::optional<io::TableFormat> format;  ///< unset: by the path's ending
};

struct JudgedPair {
  std::uint32_t query = 0;  ///< into JudgedPairs::queries
  std::uint32_t document = 0;
  bool relevant = false;
  std::uint32_t language = 0;  ///< into JudgedPairs::languages
};

struct JudgedPairs {
  std::vector<std::string> queries;    ///< distinct
  std::vector<std::string> documents;  ///< distinct
  std::vector<std::string> languages;  ///< the first is "", not known
  std::vector<JudgedPair> pairs;
  std::uint64_t rows = 0;
  std::uint64_t skipped = 0;  ///< rows without a query or a document
  /// False: the file says what is relevant to a query and never what is not.
  bool has_others = false;
};

/// A CSV, TSV or JSONL file of a query and a document a row, with a label (a number: relevant from
/// `relevant_from` up; true, false) or without (relevant); columns negative, negative_1 and so on
/// hold documents that are not relevant, in JSONL lists too. Rows of one query belong together.
/// Errors: those of the readers; not_found, listing the columns there are; bad_input, with the
/// line, for a label that is no number.
JudgedPairs read_judged_pairs(const std::string& path, const PairColumns& columns = {});

}  // namespace kindred::tasks
