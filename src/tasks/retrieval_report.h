// What several systems found for one dataset, as a report. Tested by retrieval_report_test.cc.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "eval/dataset.h"
#include "eval/report.h"
#include "eval/retrieval.h"

namespace kindred::tasks {

struct RetrievalReportOptions {
  std::vector<eval::Metric> metrics = eval::default_metrics();
  eval::Metric primary = {eval::Measure::ndcg, 10};  ///< of slices, matrices, comparisons
  std::vector<std::string> slices;  ///< columns of the queries, as query_kinds.h's by_column
  std::size_t worst = 10;           ///< queries shown that the first system does worst
  eval::MeasureOptions measure;
};

/// Tables "retrieval", "slice.…" and, where documents have languages, "bias.SYSTEM"; the recall by
/// depth; each system compared with the first; the first system's worst queries. Errors: bad_input
/// where no query has a relevant document.
eval::Report retrieval_report(const eval::Dataset& dataset, std::span<const eval::Run> runs,
                              const RetrievalReportOptions& options);

/// A system that can rank the documents of one language alone.
struct PartialSystem {
  std::string name;
  std::function<eval::Run(const std::string& document_language)> run;
};

/// Queries' languages by documents' languages: a matrix for each system, of the primary metric,
/// "pairs.SYSTEM". Queries without a relevant document in a language do not count there. Errors:
/// bad_input where queries or documents have no languages.
std::vector<eval::Table> language_matrices(const eval::Dataset& dataset,
                                           std::span<const PartialSystem> systems,
                                           const RetrievalReportOptions& options);

/// The values of the column "language", sorted.
std::vector<std::string> languages_of(const std::vector<eval::Record>& records);

}  // namespace kindred::tasks
