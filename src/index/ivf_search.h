// One query over an ivf segment's lists. Internal; tested by ivf_segment_test.cc.
#pragma once

#include <cstdint>
#include <vector>

#include "index/ivf_segment.h"
#include "index/top_hits.h"

namespace kindred::index {

/// The three stages of a search: signs of the lists most likely to hold neighbours are scanned;
/// rows whose score could still be among the k best are refined by their second code; those that
/// could still be are scored from their vectors, likeliest first, until no other can be.
///
/// Lists are scanned in waves of tasks whose sizes depend on the query alone, so that a pool may
/// run a wave's tasks side by side without changing the result.
///
/// Threads: one at a time; its memory is kept from query to query.
class IvfSearch {
 public:
  void run(const IvfSegment& segment, const float* query, std::size_t k, const RowSet* allowed,
           const SearchEffort& effort, const Tuning& tuning, ThreadPool* pool);

  const std::vector<Hit>& hits() const noexcept { return hits_; }  ///< best first
  std::uint64_t codes_scanned() const noexcept { return codes_scanned_; }
  std::uint64_t blocks_scanned() const noexcept { return blocks_; }
  std::uint64_t codes_refined() const noexcept { return codes_refined_; }
  std::uint64_t vectors_read() const noexcept { return vectors_read_; }
  std::size_t probes() const noexcept { return probed_; }
  /// Rows that were found in their second list and refined.
  std::uint64_t spilled() const noexcept { return spilled_; }
  std::uint64_t lists_compared() const noexcept { return routed_; }

 private:
  /// A row that may be among the best.
  struct Candidate {
    float upper;  ///< its score is thought not to exceed
    std::uint32_t row;
  };
  /// How a list's signs are scanned.
  struct Scan {
    kernels::CodeQuery code;
    float of_base;  ///< error of the list's base
  };
  /// A row that passed the scan of its signs.
  struct Pending {
    std::uint32_t row;
    float scale;         ///< of its signs
    const Probe* probe;  ///< of its list; null: found in its second list
    std::uint32_t list;  ///< then this
  };
  /// A score is thought to be no less.
  struct Lower {
    float score;
    std::uint32_t row;
    bool operator>(const Lower& other) const noexcept { return score > other.score; }
  };
  /// What one task finds.
  struct Task {
    std::vector<Candidate> candidates;
    std::vector<Pending> pending;  ///< their second codes are on the way
    std::vector<Lower> lower;      ///< a heap of the k largest, the smallest in front
    float threshold = 0.0F;        ///< k scores are thought to be no less
    std::uint64_t codes = 0, blocks = 0, refined = 0, spilled = 0;
    std::size_t first = 0, last = 0;  ///< probes
    std::uint32_t first_number = 0;   ///< of its lists
    std::size_t scanned = 0;          ///< lists
    bool done = false;                ///< no later one could hold a neighbour
  };

  void scan_lists(Task& task) const;
  void scan_list(const Probe& probe, Task& task) const;
  template <typename Allowed, typename Found>
  void scan_blocks(const std::byte* block, std::uint32_t rows, const Scan& scan, Task& task,
                   const Allowed& allowed, const Found& found) const;
  void scan_spilled(const Probe& probe, const Scan& scan, Task& task) const;
  bool was_scanned(std::uint32_t list, const Probe& before, const Task& task) const;
  bool holds_spilled(std::uint32_t list) const;
  void take(const Pending& row, float score, const Scan& scan, Task& task) const;
  void refine(Task& task) const;
  void consider(Task& task, float estimate, float error, std::uint32_t row) const;
  void raise_threshold(Task& task, Lower lower) const;
  void drop_repeated();
  bool done_before(const Probe& probe, const Task& task) const;
  bool holds_allowed(std::uint32_t list) const;
  bool scan_waves(ThreadPool* pool);
  std::size_t cut_task(std::size_t begin, std::uint64_t codes, Task& task);
  void line_up();
  void sort_probes(std::size_t needed);
  Probe& probe_at(std::size_t i) { return probes_[static_cast<std::uint32_t>(order_[i])]; }
  const Probe& probe_at(std::size_t i) const {
    return probes_[static_cast<std::uint32_t>(order_[i])];
  }
  void merge(const Task& task);
  void route(std::size_t count);
  bool more_probes();
  void rank_exactly();

  const IvfSegment* segment_ = nullptr;
  const RowSet* allowed_ = nullptr;
  std::size_t k_ = 0;
  SearchEffort effort_;
  Tuning tuning_;
  IvfQuery query_;
  std::vector<Probe> probes_;
  std::vector<std::uint64_t> order_;    // of probes_
  bool all_routed_ = false;             // they are all lists that hold rows
  std::size_t usable_ = 0;              // so many of them, from the best down, are the best of all
  std::size_t sorted_ = 0;              // of them, the first so many
  std::vector<std::uint32_t> visited_;  // their lists
  Task all_;
  std::vector<Task> wave_;
  std::vector<Hit> hits_;
  std::size_t most_ = 0;     // lists that are scanned
  std::size_t counted_ = 0;  // lists handed to tasks
  std::size_t earlier_ = 0;  // of them, in earlier waves
  std::size_t probed_ = 0;   // lists scanned
  std::uint64_t codes_scanned_ = 0, codes_refined_ = 0, vectors_read_ = 0, routed_ = 0,
                spilled_ = 0, blocks_ = 0;
  // The number that a list had when it was last handed to a task, and in which call of `run`.
  struct Handed {
    std::uint64_t run = 0;
    std::uint32_t number = 0;
  };
  std::vector<Handed> handed_;  // of every list, when rows may be spilled
  std::uint64_t run_ = 0;
};

}  // namespace kindred::index
