// What the splits of a data set share and should not. Tested by leaks_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.h"
#include "prepare/example_source.h"
#include "prepare/hash_set.h"

namespace kindred::prepare {

enum class LeakKind : std::uint8_t {
  id,     ///< of anchors among themselves, and of passages among themselves
  group,  ///< examples of one group in two splits
  text,   ///< the same but for case, widths, blanks and punctuation, in whatever field
  near,   ///< another text of at least the similarity asked for
};
constexpr std::size_t kLeakKinds = 4;
std::string_view to_string(LeakKind kind) noexcept;
/// Errors: bad_input, with the kinds.
LeakKind parse_leak_kind(std::string_view name);

struct LeakOptions {
  std::vector<LeakKind> kinds = {LeakKind::id, LeakKind::group, LeakKind::text, LeakKind::near};
  /// Least Jaccard similarity of shingles (min_hash.h) of near-duplicates, from 0.4.
  double similarity = 0.8;
  /// Only anchors are looked at: where the splits search one and the same catalogue, its passages
  /// are in all of them by design.
  bool anchors_only = false;
  std::size_t samples = 10;  ///< of each kind and pair of splits

  /// Errors: bad_input.
  void validate() const;
};

struct LeakSplit {
  std::string name;
  /// Begins the split anew each time.
  std::function<std::unique_ptr<ExampleSource>()> open;
};

struct LeakPlace {
  std::string split;
  std::string file;
  std::uint64_t line = 0;
  std::string field;  ///< "anchor", "positive", …
  std::string text;   ///< shortened; of an id or a group, that
};

struct Leak {
  LeakKind kind;
  LeakPlace first;  ///< in the split that was named first
  LeakPlace second;
  double similarity = 1.0;
};

/// Of one kind between two splits: how many different ids, groups or texts of each are in it.
struct LeakCount {
  LeakKind kind;
  std::string first, second;  ///< names of splits
  std::uint64_t in_first = 0;
  std::uint64_t in_second = 0;
};

struct LeakReport {
  struct Split {
    std::string name;
    std::uint64_t examples = 0;
    std::uint64_t rejected = 0;  ///< rows that are no examples, which were not looked at
    std::uint64_t texts = 0;     ///< different ones
    std::uint64_t leaking = 0;   ///< examples that have a part in any leak
  };
  std::vector<Split> splits;
  std::vector<LeakCount> counts;  ///< of those pairs that leak
  std::vector<Leak> samples;
  /// Texts with so many candidates that only the first 1,000 were compared.
  std::uint64_t crowded = 0;
  double missed = 0.0;  ///< how probable it is that a pair of the similarity asked for is missed

  bool any() const noexcept { return !counts.empty(); }
  std::string to_text() const;
  std::string to_json() const;
};

/// Compares the splits, each with each. The first one is read once and not kept: name the largest
/// first. Memory: 8 to 16 bytes for each different text of the first split; of the others the texts
/// themselves and some 200 bytes each, for near-duplicates.
///
/// Threads: one at a time.
class LeakFinder {
 public:
  explicit LeakFinder(LeakOptions options = {});
  ~LeakFinder();
  /// Once. Errors: bad_input for fewer than two splits, or names that repeat; those of the sources.
  LeakReport find(const std::vector<LeakSplit>& splits, Progress& progress);
  /// Behind `find`: whether an example of split `split` (its number) has a part in a leak.
  bool leaks(std::size_t split, const Example& example) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kindred::prepare
