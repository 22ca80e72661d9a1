#include "index/planner.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "index/memory.h"
#include "index/rabitq.h"
#include "index/segment_meta.h"
#include "kernels/stored_distance.h"

namespace kindred::index {
namespace {

/// Up to so many values exact search of one query takes about a millisecond.
constexpr std::uint64_t kFlatValues = std::uint64_t{1} << 23;
/// Rows a list: few enough that a probe costs little, many enough that routing does not; while
/// there are few rows, routing costs little and lists are shorter, about kListsOfRoot times the
/// root of the rows in number, down to what fills a few blocks of codes.
constexpr std::uint64_t kRowsPerList = 256;
constexpr std::uint64_t kLeastRowsPerList = 64;
constexpr double kListsOfRoot = 4.0;
/// Sample rows a centroid: what training asks for, and the least that it can do with.
constexpr std::uint64_t kSamplePerList = 48;
constexpr std::uint64_t kLeastPerList = 16;
/// With so many a centroid some can be held out.
constexpr std::uint64_t kHoldOutPerList = 4;
/// Among few lists a second one is far away.
constexpr std::uint64_t kLeastSpillLists = 32;
constexpr std::uint64_t kSmallestPartition = std::uint64_t{64} << 20;
constexpr std::uint64_t kBlockBytes = std::uint64_t{32} << 20;

std::uint64_t padded_of(std::size_t dimension) {
  return (dimension + 63) / 64 * 64;
}

/// Memory of an open segment, without its vectors.
std::uint64_t resident(std::uint64_t rows, std::size_t dimension, std::uint64_t lists,
                       unsigned bits) {
  const std::uint64_t padded = padded_of(dimension);
  const std::uint64_t signs = (rows + lists * 16) * (padded / 8 + 8);  // blocks are not all full
  const std::uint64_t refine = bits > 1 ? rows * (padded / 8 * bits + 8) : 0;
  return signs + refine + lists * (padded * 4 + padded / 8 + 32);
}

unsigned choose_bits(std::uint64_t rows, std::size_t dimension, std::uint64_t lists,
                     std::uint64_t ram) {
  // The fewer dimensions, the more bits each needs for the same error of a product.
  const unsigned wanted = dimension < 128 ? 8 : dimension < 256 ? 6 : 4;
  for (const unsigned bits : {wanted, 4U, 2U, 1U})
    if (bits <= wanted && resident(rows, dimension, lists, bits) <= ram / 10 * 7) return bits;
  fail(ErrorKind::exhausted,
       "the codes of {} vectors of dimension {} take {} MB, more than 70% of the {} MB allowed; "
       "allow "
       "more memory or split the collection",
       rows, dimension, resident(rows, dimension, lists, 1) >> 20, ram >> 20);
}

}  // namespace

Plan make_plan(std::uint64_t rows, std::size_t dimension, const BuildOptions& options) {
  if (rows > kMaxRows)
    fail(ErrorKind::bad_input, "{} vectors; a segment holds up to {}", rows, kMaxRows);
  if (dimension < 1 || dimension > kMaxDimension)
    fail(ErrorKind::bad_input, "vectors of dimension {}; 1 to {} are possible", dimension,
         kMaxDimension);
  if (options.bits > 8)
    fail(ErrorKind::bad_input, "codes of {} bits a dimension; 1 to 8 are possible", options.bits);
  const std::uint64_t ram = options.ram_bytes > 0 ? options.ram_bytes : free_memory() / 2;
  Plan plan;
  plan.block_rows =
      static_cast<std::size_t>(std::max<std::uint64_t>(kBlockBytes / (4 * dimension), 1));
  plan.kind = options.kind;
  if (plan.kind == SegmentKind::automatic)
    plan.kind = rows * dimension <= kFlatValues ? SegmentKind::flat : SegmentKind::ivf;
  if (rows == 0) plan.kind = SegmentKind::flat;
  if (plan.kind == SegmentKind::flat) return plan;

  const std::uint64_t sample_limit = std::clamp<std::uint64_t>(ram / 3 / (4 * dimension), 1, rows);
  std::uint64_t lists = options.lists;
  if (lists == 0) {
    const auto of_root =
        static_cast<std::uint64_t>(kListsOfRoot * std::sqrt(static_cast<double>(rows)));
    lists = std::max(rows / kRowsPerList, std::min(of_root, rows / kLeastRowsPerList));
    lists = std::clamp<std::uint64_t>(lists, 1,
                                      std::max<std::uint64_t>(sample_limit / kLeastPerList, 1));
  }
  lists = std::min(lists, rows);
  plan.lists = static_cast<std::size_t>(lists);
  plan.bits = options.bits > 0 ? options.bits : choose_bits(rows, dimension, lists, ram);
  plan.sample_rows = static_cast<std::size_t>(
      std::clamp(lists * kSamplePerList, std::min(lists, rows), std::max(sample_limit, lists)));
  plan.sample_rows = std::min<std::size_t>(plan.sample_rows, rows);
  // A row's signs and its number in a second list.
  const std::uint64_t spilled =
      (rows + lists * 16) * (padded_of(dimension) / 8 + 8) + 8 * rows + 4 * lists;
  plan.spill = lists >= kLeastSpillLists &&
               resident(rows, dimension, lists, plan.bits) + spilled <= ram / 10 * 7;
  plan.hold_out = plan.sample_rows >= kHoldOutPerList * lists;
  const std::uint64_t bytes = rows * (kernels::stored_bytes(options.stored, dimension) + 8);
  const std::uint64_t part = std::max(ram / 6, kSmallestPartition);
  plan.partitions = static_cast<std::size_t>(std::min((bytes + part - 1) / part, lists));
  return plan;
}

}  // namespace kindred::index
