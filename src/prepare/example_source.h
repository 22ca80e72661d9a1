// Where examples come from, one row after another.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "prepare/example.h"

namespace kindred::prepare {

/// Why a row, or an example of it, is not taken.
struct Reject {
  std::string_view reason;  ///< one of few, of static storage: what rejects are counted by
  std::string detail = {};
};

/// What one row became.
struct SourceRow {
  std::string file = {};
  std::uint64_t line = 0;
  std::vector<Example> examples = {};
  std::optional<Reject> reject = std::nullopt;
  std::string text = {};  ///< the row, shortened, where it is rejected
};

/// Threads: one at a time.
class ExampleSource {
 public:
  virtual ~ExampleSource() = default;
  /// False at the end. `row` is made anew.
  virtual bool next(SourceRow& row) = 0;
  /// For a report at the end: columns that nothing was made of, labels that were read in one of
  /// two ways. Sentences without full stop.
  virtual std::vector<std::string> notes() const { return {}; }
};

}  // namespace kindred::prepare
