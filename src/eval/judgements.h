// What is relevant to which query, and what systems found. Tested by judgements_test.cc.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "io/table.h"

namespace kindred::eval {

/// Document → grade of one query. Grades of 0 and below are judged and not relevant.
using Grades = std::unordered_map<std::string, double>;

/// Whether it is a number that sums of gains bear: less than a million, above and below 0.
bool is_grade(double grade) noexcept;

/// Query → grades ("qrels").
using Judgements = std::unordered_map<std::string, Grades>;

struct ScoredDocument {
  std::string id;
  double score;
};

/// What one system found: query → documents in any order, each once; the order is rank_documents'.
struct Run {
  std::string name;
  std::unordered_map<std::string, std::vector<ScoredDocument>> of_query;
};

/// Best first, in trec_eval's order: by score, and among equal scores the larger id in bytes first.
/// Scores are equal where they are the same 32-bit float, which is what trec_eval keeps of them.
void rank_documents(std::vector<ScoredDocument>& documents);

/// Lines of "query Q0 document rank score name" between blanks or tabs; the rank counts for
/// nothing, and the run is named by its first line. Errors: as TableReader; bad_input, with the
/// line, for other lines, for a score that is no number, and for a document that stands twice under
/// a query, which trec_eval and pytrec_eval refuse too.
Run read_trec_run(const std::string& path);
/// Of plain lines; `origin` begins the messages.
Run read_trec_run(io::TableReader lines, const std::string& origin);

/// Writes lines that read_trec_run reads, queries ascending, documents best first. Blanks in the
/// run's name become underlines. Errors: bad_input for an id that is empty or holds a blank, and
/// for a score that is no number; those of AtomicFile.
void write_trec_run(const std::string& path, const Run& run);

/// Qrels, told apart by their first line:
/// - TREC's, "query iteration document grade" between blanks or tabs, grades whole numbers; a
///   document that stands twice under a query is refused, as trec_eval and pytrec_eval do;
/// - BEIR's, between tabs: query, document and grade, with a first line that names the columns
///   (`query-id`, `corpus-id`, `score`, in any order, others beside them) or without; grades may
///   have fractions. Of pairs that stand twice the last counts, as in BEIR; a warning says how many
///   have another grade.
/// Errors: as TableReader; bad_input, with the line, also for what is_grade refuses.
Judgements read_judgements(const std::string& path);
Judgements read_judgements(io::TableReader lines, const std::string& origin);

/// BEIR's qrels where the path ends in .tsv, else TREC's. Errors: bad_input for an id that the
/// format cannot hold, and for a fraction in TREC's; those of AtomicFile.
void write_judgements(const std::string& path, const Judgements& judgements);

}  // namespace kindred::eval
