// From sources of examples to a file of them. Tested by pair_reader_test.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.h"
#include "prepare/example_cleaner.h"
#include "prepare/example_source.h"
#include "prepare/example_statistics.h"
#include "prepare/reject_log.h"

namespace kindred::prepare {

struct PrepareCounts {
  std::uint64_t rows = 0;
  std::uint64_t examples = 0;  ///< written
  std::vector<std::string> notes;
};

/// Writes the examples of all sources, in their order, to `output` (JSONL as example.h has it),
/// which appears whole or not at all. `stop` is asked between rows; where it says true nothing is
/// written. Errors: bad_input where not one example comes out, with the first reject.
PrepareCounts prepare_examples(const std::vector<std::unique_ptr<ExampleSource>>& sources,
                               const std::string& output, ExampleCleaner& cleaner,
                               RejectLog& rejects, ExampleStatistics& statistics,
                               const std::function<bool()>& stop, Progress& progress);

}  // namespace kindred::prepare
