#include "index/segment_meta.h"

#include <cmath>

#include "base/error.h"

namespace kindred::index {
namespace {

void check(bool condition, const SegmentFile& file, const char* what) {
  if (!condition)
    fail(ErrorKind::corrupt, "{}: {}; restore it from a copy or rebuild it", file.path(), what);
}

void put_stamp(ByteWriter& out, const FileStamp& stamp) {
  out.put(stamp.bytes);
  out.put(stamp.checksum);
}

FileStamp get_stamp(ByteReader& in) {
  FileStamp stamp;
  stamp.bytes = in.get<std::uint64_t>();
  stamp.checksum = in.get<std::uint32_t>();
  return stamp;
}

/// Second lists came with version 2.
Tuning get_tuning(ByteReader& in, std::uint32_t version) {
  Tuning tuning;
  tuning.recall = in.get<double>();
  tuning.spread = in.get<float>();
  tuning.bound = in.get<float>();
  tuning.probes = in.get<std::uint32_t>();
  if (version >= 2) tuning.spill = in.get<std::uint32_t>() != 0;
  return tuning;
}

bool valid(const Tuning& tuning) {
  return std::isfinite(tuning.recall) && std::isfinite(tuning.spread) &&
         std::isfinite(tuning.bound) && tuning.bound >= 0.0F;
}

}  // namespace

void SegmentMeta::save(const std::string& directory) const {
  ByteWriter out;
  out.put(static_cast<std::uint32_t>(kind));
  out.put(static_cast<std::uint32_t>(metric));
  out.put(static_cast<std::uint32_t>(stored));
  out.put(static_cast<std::uint32_t>(bits));
  for (const std::uint64_t value : {dimension, rows, lists, seed}) out.put(value);
  for (const FileStamp& stamp : {vectors, list_table, codes, refine, spill}) put_stamp(out, stamp);
  out.put(static_cast<std::uint32_t>(calibration.size()));
  for (const TuningTable& table : calibration) {
    out.put(table.k);
    out.put(table.selectivity);
    out.put(static_cast<std::uint32_t>(table.tunings.size()));
    for (const Tuning& tuning : table.tunings) {
      out.put(tuning.recall);
      out.put(tuning.spread);
      out.put(tuning.bound);
      out.put(tuning.probes);
      out.put(std::uint32_t{tuning.spill});
    }
  }
  SegmentFileWriter writer(directory, FileRole::meta);
  writer.append(out.bytes());
  writer.commit();
}

SegmentMeta SegmentMeta::load(const std::string& directory) {
  const SegmentFile file(directory, FileRole::meta);
  check(file.size() < (1U << 20), file, "too large");
  std::vector<std::byte> bytes(static_cast<std::size_t>(file.size()));
  file.read_all(bytes.data());
  ByteReader in(bytes, file.path());
  SegmentMeta meta;
  const auto kind = in.get<std::uint32_t>(), metric = in.get<std::uint32_t>();
  const auto stored = in.get<std::uint32_t>();
  meta.bits = in.get<std::uint32_t>();
  check(kind == static_cast<std::uint32_t>(SegmentKind::flat) ||
            kind == static_cast<std::uint32_t>(SegmentKind::ivf),
        file, "an unknown kind of segment");
  check(metric <= static_cast<std::uint32_t>(Metric::euclidean), file, "an unknown metric");
  check(stored <= static_cast<std::uint32_t>(StoredType::int8), file, "an unknown type of vectors");
  meta.kind = static_cast<SegmentKind>(kind);
  meta.metric = static_cast<Metric>(metric);
  meta.stored = static_cast<StoredType>(stored);
  meta.dimension = in.get<std::uint64_t>();
  meta.rows = in.get<std::uint64_t>();
  meta.lists = in.get<std::uint64_t>();
  meta.seed = in.get<std::uint64_t>();
  check(meta.dimension >= 1 && meta.dimension <= kMaxDimension, file, "an impossible dimension");
  check(meta.rows <= kMaxRows && meta.lists <= meta.rows, file, "an impossible number of rows");
  check(meta.kind == SegmentKind::flat || (meta.bits >= 1 && meta.bits <= 8 && meta.lists >= 1),
        file, "an impossible code");
  for (FileStamp* stamp : {&meta.vectors, &meta.list_table, &meta.codes, &meta.refine})
    *stamp = get_stamp(in);
  if (file.version() >= 2) meta.spill = get_stamp(in);
  const auto tables = in.get<std::uint32_t>();
  check(tables <= 64, file, "too many tables");
  for (std::uint32_t t = 0; t < tables; ++t) {
    TuningTable table;
    table.k = in.get<std::uint32_t>();
    table.selectivity = in.get<double>();
    const auto count = in.get<std::uint32_t>();
    check(count <= 1024 && std::isfinite(table.selectivity), file, "an impossible table");
    for (std::uint32_t i = 0; i < count; ++i) {
      table.tunings.push_back(get_tuning(in, file.version()));
      check(valid(table.tunings.back()), file, "an impossible tuning");
      check(!table.tunings.back().spill || meta.spill.bytes > 0, file,
            "a tuning for second lists that it does not have");
    }
    meta.calibration.push_back(std::move(table));
  }
  check(in.left() == 0, file, "bytes behind its end");
  return meta;
}

}  // namespace kindred::index
