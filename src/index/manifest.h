// The one file that says what a collection is made of. Tested by manifest_test.cc.
// Layout: docs/format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "index/metric.h"
#include "index/segment.h"
#include "io/file_system.h"

namespace kindred::index {

struct ManifestSegment {
  std::uint64_t number = 0;   ///< names its directory
  std::uint64_t rows = 0;     ///< deleted ones included
  std::uint64_t deletes = 0;  ///< names its file of deleted rows; 0: none is deleted

  bool operator==(const ManifestSegment&) const = default;
};

struct Manifest {
  std::uint32_t dimension = 0;
  Metric metric = Metric::cosine;
  SegmentKind kind = SegmentKind::automatic;  ///< of segments built from now on
  StoredType stored = StoredType::float16;    ///< of segments built from now on
  double recall = 0.95;                       ///< that segments are calibrated for
  std::string fingerprint;                    ///< of the encoder that made the vectors
  std::uint64_t next_number = 1;              ///< of segments and files of deletes
  std::uint64_t next_key = 0;                 ///< given to rows without one
  std::uint64_t log = 1;  ///< the oldest log that is not in a segment yet; logs are numbered alone
  std::uint64_t log_sequence = 1;         ///< of that log's first record
  std::uint64_t durable_sequence = 1;     ///< records below it were on the disk before this was
  std::vector<ManifestSegment> segments;  ///< oldest first

  bool operator==(const Manifest&) const = default;
};

constexpr std::size_t kMaxDimension = 4096;
constexpr std::string_view kManifestName = "MANIFEST";

std::string encode_manifest(const Manifest& manifest);
/// Errors: corrupt or unsupported (a newer version), naming `origin`.
Manifest decode_manifest(std::string_view bytes, const std::string& origin);

/// Errors: not_found when the directory holds no collection; those of decode_manifest.
Manifest read_manifest(const std::string& directory);
/// Replaces it atomically.
void write_manifest(io::FileSystem& files, const std::string& directory, const Manifest& manifest);

/// Paths of a collection's parts.
std::string segment_directory(const std::string& directory, std::uint64_t number);
std::string deletes_path(const std::string& directory, std::uint64_t number);
std::string log_path(const std::string& directory, std::uint64_t number);

}  // namespace kindred::index
