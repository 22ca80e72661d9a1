// Sorting more records than fit in memory. Tested by external_sort_test.cc.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kindred::prepare {

/// Records are ordered by it. A caller whose keys are all different gets the same order whatever
/// the memory and however often the work was interrupted.
struct SortKey {
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  std::uint64_t sequence = 0;
  auto operator<=>(const SortKey&) const = default;
};

/// Reads records in order. Threads: one at a time.
class SortedRecords {
 public:
  ~SortedRecords();
  SortedRecords(SortedRecords&&) noexcept;
  SortedRecords& operator=(SortedRecords&&) noexcept;

  /// False at the end. `record` is valid until the next call. Errors: corrupt for a file that was
  /// cut short.
  bool next(SortKey& key, std::string_view& record);

 private:
  friend class ExternalSorter;
  struct Merge;
  explicit SortedRecords(std::unique_ptr<Merge> merge);
  std::unique_ptr<Merge> merge_;
};

/// Collects records, sorts as many as fit in memory into a file ("run"), and merges the runs
/// (Knuth, The Art of Computer Programming 3, 5.4). A run is a file DIRECTORY/NAME.N.run that
/// appears whole; who keeps the number of runs can go on from there after a kill.
///
/// Threads: one at a time.
class ExternalSorter {
 public:
  /// `memory`: bytes for records that wait, at least 1 MiB. `runs`: of an earlier process, to keep;
  /// any others of this name are removed.
  ExternalSorter(std::string directory, std::string name, std::size_t memory, std::size_t runs = 0);
  ~ExternalSorter();
  ExternalSorter(const ExternalSorter&) = delete;
  ExternalSorter& operator=(const ExternalSorter&) = delete;

  /// True when the record filled the memory: the caller then calls `flush`, or lets the next `add`
  /// do it. Errors: exhausted when the disk is full.
  bool add(const SortKey& key, std::string_view record);
  /// Writes what waits as a run.
  void flush();
  std::size_t runs() const noexcept { return runs_; }

  /// All records in order; may be asked for again. Flushes first and frees the memory. `memory` is
  /// for reading; where it is too little for so many runs, they are merged in several rounds.
  SortedRecords sorted(std::size_t memory);
  /// Removes the files.
  void remove();

 private:
  std::string path_of(std::size_t run) const;
  std::string merged_path(std::size_t run) const;

  struct Waiting {
    SortKey key;
    std::uint64_t offset;  // in bytes_
  };
  std::string directory_;
  std::string name_;
  std::size_t memory_;
  std::size_t runs_ = 0;
  std::size_t merged_ = 0;  // files of earlier rounds
  std::string bytes_;
  std::vector<Waiting> waiting_;
};

}  // namespace kindred::prepare
