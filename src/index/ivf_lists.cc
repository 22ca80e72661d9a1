#include "index/ivf_lists.h"

#include <cmath>

#include "base/error.h"
#include "kernels/code_scan.h"
#include "kernels/distance.h"

namespace kindred::index {

std::uint64_t ListTable::blocks() const noexcept {
  if (lists.empty()) return 0;
  const InvertedList& last = lists.back();
  return last.first_block + (last.rows + kernels::kCodeBlock - 1) / kernels::kCodeBlock;
}

FileStamp ListTable::save(const std::string& directory) const {
  ByteWriter out;
  for (const InvertedList& list : lists) {
    out.put(list.rows);
    out.put(list.radius);
  }
  SegmentFileWriter writer(directory, FileRole::lists);
  writer.append(std::as_bytes(std::span(mean)));
  writer.append(std::as_bytes(std::span(centroids)));
  writer.append(out.bytes());
  return writer.commit();
}

ListTable ListTable::load(const std::string& directory, const SegmentMeta& meta,
                          std::size_t padded) {
  const SegmentFile file(directory, FileRole::lists);
  const auto damaged = [&](const char* what) {
    fail(ErrorKind::corrupt, "{}: {}; restore it from a copy or rebuild it", file.path(), what);
  };
  if (file.stamp() != meta.list_table) damaged("belongs to another segment than meta.kseg");
  // dimension ≤ 4096 and lists < 2³²: the product cannot overflow.
  if (file.size() != 4 * meta.dimension + meta.lists * (4 * std::uint64_t{padded} + 8))
    damaged("not of the size that meta.kseg says");
  std::vector<std::byte> bytes(static_cast<std::size_t>(file.size()));
  file.read_all(bytes.data());
  ByteReader in(bytes, file.path());
  ListTable table;
  table.mean = in.get_all<float>(meta.dimension);
  table.centroids = in.get_all<float>(meta.lists * padded);
  // Vectors whose squares are not finite are never stored, and rotating them would overflow.
  const auto check = [&](const float* x, std::size_t n) {
    if (!std::isfinite(kernels::dot(x, x, n))) damaged("a centroid that is not finite");
  };
  check(table.mean.data(), meta.dimension);
  for (std::uint64_t l = 0; l < meta.lists; ++l) check(table.centroids.data() + l * padded, padded);
  std::uint64_t row = 0, block = 0;
  for (std::uint64_t l = 0; l < meta.lists; ++l) {
    InvertedList list;
    list.rows = in.get<std::uint32_t>();
    list.radius = in.get<float>();
    list.first_row = static_cast<std::uint32_t>(row);
    list.first_block = block;
    row += list.rows;
    block += (list.rows + kernels::kCodeBlock - 1) / kernels::kCodeBlock;
    if (row > meta.rows || !std::isfinite(list.radius)) damaged("an impossible list");
    table.lists.push_back(list);
  }
  if (row != meta.rows) damaged("lists that do not hold every row");
  return table;
}

}  // namespace kindred::index
