#include "index/ivf_search.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

namespace kindred::index {
namespace {

/// Codes of the first task, which runs alone and finds most neighbours, and of those after it.
constexpr std::uint64_t kFirstCodes = std::uint64_t{1} << 15;
constexpr std::uint64_t kTaskCodes = std::uint64_t{1} << 13;
constexpr std::size_t kWaveTasks = 8;
/// Probes that are put in order at once, at first.
constexpr std::size_t kSortAtOnce = 16;
/// Rows whose second codes are fetched together.
constexpr std::size_t kPending = 16;
/// Lines of the next list's codes that are fetched ahead.
constexpr std::size_t kAhead = 24;
/// Vectors scored together: in memory, and from a disk that answers many requests at once.
constexpr std::size_t kMappedBatch = 8;
constexpr std::size_t kReadBatch = 32;

constexpr float kNothing = std::numeric_limits<float>::lowest();
/// The number of a list without an allowed row.
constexpr std::uint32_t kSkipped = ~0U;

/// Bits [begin, begin + 32) of a set, those past its end 0.
std::uint32_t bits_at(const RowSet& set, std::size_t begin) {
  const std::vector<std::uint64_t>& words = set.words();
  const std::size_t word = begin / 64, shift = begin % 64;
  std::uint64_t bits = words[word] >> shift;
  if (shift > 32 && word + 1 < words.size()) bits |= words[word + 1] << (64 - shift);
  return static_cast<std::uint32_t>(bits);
}

}  // namespace

void IvfSearch::run(const IvfSegment& segment, const float* query, std::size_t k,
                    const RowSet* allowed, const SearchEffort& effort, const Tuning& tuning,
                    ThreadPool* pool) {
  segment_ = &segment;
  allowed_ = allowed;
  k_ = k;
  effort_ = effort;
  tuning_ = tuning;
  hits_.clear();
  visited_.clear();
  all_.candidates.clear();
  all_.lower.clear();
  all_.threshold = kNothing;
  probed_ = 0;
  codes_scanned_ = codes_refined_ = vectors_read_ = routed_ = spilled_ = blocks_ = 0;
  if (k == 0) return;
  query_.prepare(query, segment.table_.mean, segment.rotation_);
  counted_ = earlier_ = 0;
  if (segment.spill_.empty()) tuning_.spill = false;
  ++run_;
  if (tuning_.spill) handed_.resize(std::max(handed_.size(), segment.table_.lists.size()));
  most_ = effort.probes > 0 ? effort.probes : tuning.probes;
  route(most_ + kSortAtOnce);
  while (!scan_waves(pool) && more_probes()) {
  }
  rank_exactly();
}

void IvfSearch::route(std::size_t count) {
  all_routed_ = segment_->router_.route(query_, count, tuning_.spread, probes_);
  routed_ += probes_.size();
  usable_ = all_routed_ ? probes_.size() : std::min(probes_.size(), count);
  line_up();
}

/// Lists of lower potential than those before. False when there are none.
bool IvfSearch::more_probes() {
  if (all_routed_) return false;
  for (std::size_t i = 0; i < usable_; ++i) visited_.push_back(probe_at(i).list);
  std::sort(visited_.begin(), visited_.end());
  const std::size_t earlier = visited_.size();
  for (const std::size_t count : {4 * earlier + kSortAtOnce, segment_->table_.lists.size()}) {
    route(count);
    std::erase_if(probes_, [&](const Probe& probe) {
      return std::binary_search(visited_.begin(), visited_.end(), probe.list);
    });
    const std::size_t fresh = all_routed_ ? usable_ : usable_ - std::min(usable_, earlier);
    usable_ = std::min(fresh, probes_.size());
    line_up();
    if (usable_ > 0) return true;
  }
  return false;
}

/// Begins to sort: numbers that rise as potentials fall, in their high halves, and the places of
/// their probes. Those are by rising list, so that lists of one potential are too.
void IvfSearch::line_up() {
  order_.resize(probes_.size());
  for (std::size_t i = 0; i < probes_.size(); ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(probes_[i].potential);
    constexpr std::uint32_t kSign = 0x80000000;
    const std::uint32_t falling = (bits & kSign) != 0 ? bits : ~(bits | kSign);
    order_[i] = std::uint64_t{falling} << 32 | i;
  }
  sorted_ = 0;
}

/// Puts the best `needed` probes in order, and some more at once.
void IvfSearch::sort_probes(std::size_t needed) {
  if (needed <= sorted_) return;
  const std::size_t end = std::min(std::max(needed, 2 * sorted_ + kSortAtOnce), order_.size());
  const auto from = order_.begin() + static_cast<std::ptrdiff_t>(sorted_);
  const auto to = order_.begin() + static_cast<std::ptrdiff_t>(end);
  if (to != order_.end()) std::nth_element(from, to, order_.end());
  std::sort(from, to);
  sorted_ = end;
}

/// True when neither this list nor a later one need be scanned.
bool IvfSearch::done_before(const Probe& probe, const Task& task) const {
  if (task.threshold == kNothing) return false;  // fewer than k rows so far
  if (probe.number >= most_) return true;
  return effort_.probes == 0 && probe.potential < task.threshold;
}

bool IvfSearch::holds_allowed(std::uint32_t list) const {
  if (!allowed_) return true;
  const InvertedList& rows = segment_->table_.lists[list];
  for (std::uint32_t at = 0; at < rows.rows; at += 32) {
    const std::uint32_t left = rows.rows - at;
    const std::uint32_t wanted = left < 32 ? (1U << left) - 1 : ~0U;
    if ((bits_at(*allowed_, rows.first_row + at) & wanted) != 0) return true;
  }
  return tuning_.spill && holds_spilled(list);
}

bool IvfSearch::holds_spilled(std::uint32_t list) const {
  const SpillLists::List& rows = segment_->spill_.list(list);
  for (std::uint32_t i = 0; i < rows.rows; ++i)
    if (allowed_->contains(segment_->spill_.row(rows.first + i).row)) return true;
  return false;
}

/// The probes from `begin` on that hold about so many codes. Returns the next probe.
std::size_t IvfSearch::cut_task(std::size_t begin, std::uint64_t codes, Task& task) {
  task.first = begin;
  task.first_number = static_cast<std::uint32_t>(counted_);
  std::uint64_t sum = 0;
  std::size_t end = begin;
  for (; end < usable_ && sum < codes; ++end) {
    sort_probes(end + 1);
    Probe& probe = probe_at(end);
    if (!holds_allowed(probe.list)) {
      probe.number = kSkipped;
      continue;
    }
    probe.number = static_cast<std::uint32_t>(counted_++);
    if (tuning_.spill) handed_[probe.list] = {run_, probe.number};
    // Beyond the most lists the search ends as soon as it has k rows.
    sum += counted_ > most_ ? codes : segment_->table_.lists[probe.list].rows;
  }
  task.last = end;
  return end;
}

/// Scans the probes at hand. True when the search is over.
bool IvfSearch::scan_waves(ThreadPool* pool) {
  if (wave_.empty()) wave_.resize(kWaveTasks);
  std::size_t next = 0;
  while (next < usable_) {
    const bool first = probed_ == 0;
    earlier_ = counted_;
    std::size_t tasks = 0;
    while (tasks < (first ? 1 : kWaveTasks) && next < usable_) {
      Task& task = wave_[tasks++];
      next = cut_task(next, first ? kFirstCodes : kTaskCodes, task);
      task.candidates.clear();
      task.lower.clear();
      task.threshold = all_.threshold;
      task.codes = task.blocks = task.refined = task.spilled = 0;
      task.scanned = 0;
      task.done = false;
    }
    if (pool && tasks > 1)
      pool->run(tasks, [&](std::size_t i, int) { scan_lists(wave_[i]); });
    else
      for (std::size_t i = 0; i < tasks; ++i) scan_lists(wave_[i]);
    bool done = false;
    for (std::size_t i = 0; i < tasks; ++i) {
      merge(wave_[i]);
      done = done || wave_[i].done;
    }
    if (done) return true;
  }
  return false;
}

void IvfSearch::merge(const Task& task) {
  all_.candidates.insert(all_.candidates.end(), task.candidates.begin(), task.candidates.end());
  for (const Lower& lower : task.lower) raise_threshold(all_, lower);
  codes_scanned_ += task.codes;
  blocks_ += task.blocks;
  codes_refined_ += task.refined;
  spilled_ += task.spilled;
  probed_ += task.scanned;
}

void IvfSearch::scan_lists(Task& task) const {
  for (std::size_t i = task.first; i < task.last; ++i) {
    const Probe& probe = probe_at(i);
    if (probe.number == kSkipped) continue;
    // The threshold shows only when k rows were looked at.
    if (task.threshold == kNothing && task.lower.size() + task.pending.size() >= k_) refine(task);
    if (done_before(probe, task)) {
      task.done = true;
      break;
    }
    if (i + 1 < task.last) {
      const std::byte* next =
          segment_->codes_.data() + segment_->table_.lists[probe_at(i + 1).list].first_block *
                                        kernels::code_block_bytes(segment_->rotation_.padded());
      for (std::size_t line = 0; line < kAhead; ++line) __builtin_prefetch(next + 64 * line);
    }
    scan_list(probe, task);
    ++task.scanned;
  }
  refine(task);
}

/// Blocks of signs of `rows` rows: `allowed(at)` are those wanted of the 32 from row `at` on, and
/// `found(row, score, scale)` gets those whose score could still be among the best.
template <typename Allowed, typename Found>
void IvfSearch::scan_blocks(const std::byte* block, std::uint32_t rows, const Scan& scan,
                            Task& task, const Allowed& allowed, const Found& found) const {
  const std::size_t n = segment_->rotation_.padded();
  const std::size_t block_bytes = kernels::code_block_bytes(n);
  const kernels::ScanCodeBlock scan_block = kernels::scan_code_block();
  kernels::CodeQuery code = scan.code;
  float scores[kernels::kCodeBlock];
  for (std::uint32_t at = 0; at < rows; at += kernels::kCodeBlock, block += block_bytes) {
    std::uint32_t wanted = allowed(at);
    if (rows - at < kernels::kCodeBlock) wanted &= (1U << (rows - at)) - 1;
    if (wanted == 0) continue;
    task.codes += static_cast<std::uint64_t>(std::popcount(wanted));
    ++task.blocks;
    code.threshold = task.threshold - scan.of_base;
    std::uint32_t passed = scan_block(block, n, code, scores) & wanted;
    const auto* scales = reinterpret_cast<const float*>(block + block_bytes) - kernels::kCodeBlock;
    for (; passed != 0; passed &= passed - 1) {
      const auto i = static_cast<std::uint32_t>(std::countr_zero(passed));
      found(at + i, scores[i], scales[i]);
    }
    if (task.pending.size() >= kPending) refine(task);
  }
}

void IvfSearch::scan_list(const Probe& probe, Task& task) const {
  const std::size_t n = segment_->rotation_.padded();
  // The signs' error, and that of the tables' rounding, uniform within a step, which counts where
  // the query is far from the mean and near to the list.
  const float of_signs = sign_error(n) * probe.distance;
  const float of_tables = std::sqrt(static_cast<float>(n) / 48.0F) * query_.table_step;
  const Scan scan{{query_.tables(), query_.table_offset, query_.table_step, probe.base,
                   tuning_.bound * std::sqrt(of_signs * of_signs + of_tables * of_tables), 0.0F},
                  tuning_.bound * probe.error};
  const InvertedList& list = segment_->table_.lists[probe.list];
  scan_blocks(
      segment_->codes_.data() + list.first_block * kernels::code_block_bytes(n), list.rows, scan,
      task,
      [&](std::uint32_t at) { return allowed_ ? bits_at(*allowed_, list.first_row + at) : ~0U; },
      [&](std::uint32_t i, float score, float scale) {
        take({list.first_row + i, scale, &probe, probe.list}, score, scan, task);
      });
  if (tuning_.spill) scan_spilled(probe, scan, task);
}

/// In an earlier wave, or by the task itself before a list: what a query finds must not depend on
/// how tasks run side by side.
bool IvfSearch::was_scanned(std::uint32_t list, const Probe& before, const Task& task) const {
  const auto& [run, number] = handed_[list];
  return run == run_ &&
         (number < earlier_ || (number >= task.first_number && number < before.number));
}

/// The rows whose second list it is: by their signs as its own are, unless those were in a list
/// that has been scanned.
void IvfSearch::scan_spilled(const Probe& probe, const Scan& scan, Task& task) const {
  const SpillLists& spill = segment_->spill_;
  const SpillLists::List& list = spill.list(probe.list);
  scan_blocks(
      spill.block(list.first_block), list.rows, scan, task, [](std::uint32_t) { return ~0U; },
      [&](std::uint32_t i, float score, float scale) {
        const auto& [row, own_list] = spill.row(list.first + i);
        if (was_scanned(own_list, probe, task) || (allowed_ && !allowed_->contains(row))) return;
        take({row, scale, nullptr, own_list}, score, scan, task);
      });
}

/// Puts the second code of a row that passed on the way; without one its signs' score has to do.
void IvfSearch::take(const Pending& row, float score, const Scan& scan, Task& task) const {
  if (segment_->refine_.empty()) {
    consider(task, score, scan.code.error * row.scale + scan.of_base, row.row);
    return;
  }
  const std::size_t bytes = segment_->refine_.size() / segment_->meta_.rows;
  const std::byte* code = segment_->refine_.data() + std::size_t{row.row} * bytes;
  for (std::size_t line = 0; line < bytes; line += 64) __builtin_prefetch(code + line);
  task.pending.push_back(row);
}

/// Looks at rows whose second codes were fetched.
void IvfSearch::refine(Task& task) const {
  if (task.pending.empty()) return;
  task.refined += task.pending.size();
  const unsigned bits = segment_->meta_.bits;
  const std::size_t n = segment_->rotation_.padded();
  const std::size_t row_bytes = segment_->refine_.size() / segment_->meta_.rows;
  const kernels::RefineProduct product = kernels::refine_product(bits);
  // The code's own error, and that of the query's rounding to 8 bits: uniform within a step.
  const float of_code = refine_error(bits);
  const float of_query = 0.7979F * std::sqrt(static_cast<float>(n) / 12.0F) * query_.refine.step;
  Probe own;
  for (const auto& [row, scale, of_list, list] : task.pending) {
    if (!of_list) {
      own = segment_->router_.probe(query_, list);
      ++task.spilled;
    }
    const Probe* probe = of_list ? of_list : &own;
    const std::byte* code = segment_->refine_.data() + std::size_t{row} * row_bytes;
    CodeFactors factors;
    std::memcpy(&factors, code, sizeof(factors));
    const auto sum =
        static_cast<float>(product(code + sizeof(factors), query_.eight_bit.data(), n));
    const float estimate =
        probe->base + factors.addend + factors.scale * query_.refine.product(bits, sum);
    const float error =
        std::sqrt(of_code * of_code * probe->distance * probe->distance + of_query * of_query);
    consider(task, estimate, tuning_.bound * (error * scale + probe->error), row);
  }
  task.pending.clear();
}

void IvfSearch::consider(Task& task, float estimate, float error, std::uint32_t row) const {
  if (estimate + error < task.threshold) return;
  task.candidates.push_back({estimate + error, row});
  raise_threshold(task, {estimate - error, row});
}

/// Adds the lower end of a row's score to the k largest.
void IvfSearch::raise_threshold(Task& task, Lower lower) const {
  std::vector<Lower>& heap = task.lower;
  if (heap.size() == k_ && !(lower > heap.front())) return;
  if (tuning_.spill) {  // a row that was found in both of its lists counts once
    const auto same = std::find_if(heap.begin(), heap.end(),
                                   [&](const Lower& other) { return other.row == lower.row; });
    if (same != heap.end()) {
      if (!(lower > *same)) return;
      *same = lower;
      std::make_heap(heap.begin(), heap.end(), std::greater<>());
      if (heap.size() == k_) task.threshold = std::max(task.threshold, heap.front().score);
      return;
    }
  }
  if (heap.size() < k_) {
    heap.push_back(lower);
    std::push_heap(heap.begin(), heap.end(), std::greater<>());
  } else {
    std::pop_heap(heap.begin(), heap.end(), std::greater<>());
    heap.back() = lower;
    std::push_heap(heap.begin(), heap.end(), std::greater<>());
  }
  if (heap.size() == k_) task.threshold = std::max(task.threshold, heap.front().score);
}

/// Leaves the likelier of two finds of one row.
void IvfSearch::drop_repeated() {
  std::vector<Candidate>& candidates = all_.candidates;
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.row < b.row || (a.row == b.row && a.upper > b.upper);
  });
  const auto end =
      std::unique(candidates.begin(), candidates.end(),
                  [](const Candidate& a, const Candidate& b) { return a.row == b.row; });
  candidates.erase(end, candidates.end());
}

/// Scores candidates from their vectors, likeliest first, until the k best are known.
void IvfSearch::rank_exactly() {
  std::vector<Candidate>& candidates = all_.candidates;
  std::erase_if(candidates, [&](const Candidate& c) { return c.upper < all_.threshold; });
  if (tuning_.spill) drop_repeated();
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.upper > b.upper || (a.upper == b.upper && a.row < b.row);
  });
  if (effort_.re_ranked > 0)
    candidates.resize(std::min(candidates.size(), std::max(k_, effort_.re_ranked)));
  TopHits best(k_);
  const std::size_t batch = segment_->vectors_.mapped() ? kMappedBatch : kReadBatch;
  std::vector<std::uint32_t> rows;
  std::vector<float> scores;
  bool done = false;
  for (std::size_t at = 0; at < candidates.size() && !done;) {
    const std::size_t size = at == 0 ? std::max(batch, k_) : batch;
    rows.clear();
    for (; at < candidates.size() && rows.size() < size; ++at) {
      if (best.full() && candidates[at].upper < best.threshold()) break;
      rows.push_back(candidates[at].row);
    }
    if (rows.empty()) break;
    scores.resize(rows.size());
    segment_->vectors_.score(segment_->meta_.metric, query_.original, rows, scores.data());
    vectors_read_ += rows.size();
    // As if they had been scored one by one: the result does not depend on the batch.
    for (std::size_t i = 0; i < rows.size() && !done; ++i) {
      done = best.full() && candidates[at - rows.size() + i].upper < best.threshold();
      if (!done) best.offer(scores[i], rows[i]);
    }
  }
  hits_.resize(best.hits().size());
  best.take(hits_.data());
}

}  // namespace kindred::index
