// What the evaluations of one model share: the model, a cache of vectors, progress, the report.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/thread_pool.h"
#include "cli/command.h"
#include "cli/model_flags.h"
#include "cli/report_flags.h"
#include "eval/report.h"
#include "tasks/text_vectors.h"

namespace kindred::cli {

struct TextTask {
  ModelFlags model;
  ReportFlags report;
  std::string cache;
  bool passages = false;  ///< the prompt of passages stands before all texts, not that of queries

  void add_flags(Command& command);
  encode::TextRole role() const {
    return passages ? encode::TextRole::passage : encode::TextRole::query;
  }
  /// Encodes with a line of progress over `texts`, adds what the model is to the report that `task`
  /// makes, and delivers it. Throws Interrupted where the user stopped it.
  void run(std::uint64_t texts,
           const std::function<eval::Report(const tasks::TextVectors&, ThreadPool&)>& task) const;
};

}  // namespace kindred::cli
