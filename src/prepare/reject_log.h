// What was rejected, counted by reason, with a sample. Tested by example_cleaner_test.cc.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "io/atomic_file.h"
#include "prepare/example_source.h"

namespace kindred::prepare {

/// Threads: one at a time.
class RejectLog {
 public:
  /// The first `of_each` rejects of a reason become lines of `path` ({"reason", "detail", "file",
  /// "line", "row"}); an empty path counts only.
  explicit RejectLog(const std::string& path = {}, std::uint64_t of_each = 100);

  void add(const SourceRow& row, const Reject& reject, std::string_view text);
  void commit();

  const std::map<std::string_view, std::uint64_t>& counts() const noexcept { return counts_; }
  std::uint64_t total() const noexcept { return total_; }
  /// "pairs.csv, line 3: empty text (anchor)" of the first one; empty: none.
  const std::string& first() const noexcept { return first_; }

 private:
  std::optional<io::AtomicFile> file_;
  std::uint64_t of_each_;
  std::map<std::string_view, std::uint64_t> counts_;
  std::uint64_t total_ = 0;
  std::string first_;
};

}  // namespace kindred::prepare
