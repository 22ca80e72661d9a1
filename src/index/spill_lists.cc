#include "index/spill_lists.h"

#include <algorithm>

#include "base/error.h"
#include "kernels/code_scan.h"

namespace kindred::index {
namespace {

std::uint64_t blocks_of(std::uint64_t rows) {
  return (rows + kernels::kCodeBlock - 1) / kernels::kCodeBlock;
}

}  // namespace

SpillLists SpillLists::load(const std::string& directory, const SegmentMeta& meta,
                            std::size_t padded) {
  SpillLists spill;
  if (meta.spill.bytes == 0) return spill;
  const SegmentFile file(directory, FileRole::spill);
  const auto damaged = [&](const char* what) {
    fail(ErrorKind::corrupt, "{}: {}; restore it from a copy or rebuild it", file.path(), what);
  };
  if (file.stamp() != meta.spill) damaged("belongs to another segment than meta.kseg");
  // lists < 2³²: the product cannot overflow.
  const std::uint64_t counts = 4 * meta.lists;
  if (file.size() < counts || file.size() % 4 != 0) damaged("too short");
  spill.block_bytes_ = kernels::code_block_bytes(padded);
  spill.bytes_ = AlignedBytes(static_cast<std::size_t>(file.size()));
  file.read_all(spill.bytes_.data());
  const auto* count =
      reinterpret_cast<const std::uint32_t*>(spill.bytes_.data() + (file.size() - counts));
  List list;
  for (std::uint64_t l = 0; l < meta.lists; ++l) {
    list.rows = count[l];
    spill.lists_.push_back(list);
    list.first += list.rows;
    list.first_block += blocks_of(list.rows);
    if (list.first > meta.rows) damaged("more rows than there are");
  }
  if (file.size() != list.first_block * spill.block_bytes_ + sizeof(Row) * list.first + counts)
    damaged("not of the size that its lists need");
  spill.rows_ = {
      reinterpret_cast<const Row*>(spill.bytes_.data() + list.first_block * spill.block_bytes_),
      static_cast<std::size_t>(list.first)};
  for (const Row& row : spill.rows_)
    if (row.row >= meta.rows || row.list >= meta.lists) damaged("a row that there is not");
  return spill;
}

void SpillWriter::append(std::span<const SpillLists::Row> rows,
                         std::span<const std::uint64_t> signs, std::span<const float> addends,
                         std::span<const float> scales) {
  std::vector<std::byte> block(kernels::code_block_bytes(padded_));
  for (std::size_t r = 0; r < rows.size(); r += kernels::kCodeBlock) {
    kernels::pack_code_block(signs.data() + r * padded_ / 64, addends.data() + r, scales.data() + r,
                             std::min(kernels::kCodeBlock, rows.size() - r), padded_, block.data());
    file_.append(block);
  }
  rows_.insert(rows_.end(), rows.begin(), rows.end());
  counts_.push_back(static_cast<std::uint32_t>(rows.size()));
}

FileStamp SpillWriter::commit() {
  file_.append(std::as_bytes(std::span(rows_)));
  file_.append(std::as_bytes(std::span(counts_)));
  return file_.commit();
}

}  // namespace kindred::index
