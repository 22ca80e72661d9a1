#include "index/manifest.h"

#include <cmath>
#include <set>

#include "base/error.h"
#include "index/mutation.h"
#include "io/byte_codec.h"
#include "io/crc32c.h"
#include "io/file.h"

namespace kindred::index {
namespace {

constexpr std::string_view kMagic("KNDRDCOL", 8);
constexpr std::uint32_t kVersion = 2;
constexpr std::uint32_t kWithoutDurable = 1;  // that version lacks durable_sequence
constexpr std::size_t kMaxBytes = std::size_t{16} << 20;

void check(const Manifest& m, const std::string& origin) {
  const auto refuse = [&](std::string_view what) {
    fail(ErrorKind::corrupt, "{} {}; restore it from a backup", origin, what);
  };
  if (m.dimension < 1 || m.dimension > kMaxDimension) refuse("has a dimension out of range");
  if (m.metric > Metric::euclidean) refuse("has an unknown metric");
  if (m.kind > SegmentKind::ivf) refuse("has an unknown kind of segment");
  if (m.stored > StoredType::int8) refuse("has an unknown type of stored vectors");
  if (!(m.recall > 0.0 && m.recall <= 1.0)) refuse("has a recall out of range");
  if (m.next_key > kMaxKey + 1) refuse("has a next key out of range");
  if (m.log == 0 || m.log_sequence == 0) refuse("names no log");
  if (m.durable_sequence < m.log_sequence) refuse("has writes out of order");
  std::set<std::uint64_t> numbers;
  std::size_t expected = 0;
  for (const ManifestSegment& s : m.segments) {
    numbers.insert(s.number);
    ++expected;
    if (s.deletes != 0) {
      numbers.insert(s.deletes);
      ++expected;
    }
    if (s.rows == 0 || s.rows > 0xFFFFFFFFU) refuse("has a segment of impossible size");
  }
  if (numbers.size() != expected) refuse("names a file twice");
  if (!numbers.empty() && (*numbers.begin() == 0 || *numbers.rbegin() >= m.next_number)) {
    refuse("names a file by a number that was never given out");
  }
}

}  // namespace

std::string encode_manifest(const Manifest& m) {
  io::ByteWriter body;
  body.number(m.dimension);
  body.number(static_cast<std::uint8_t>(m.metric));
  body.number(static_cast<std::uint8_t>(m.kind));
  body.number(static_cast<std::uint8_t>(m.stored));
  body.number(m.recall);
  body.text(m.fingerprint);
  body.number(m.next_number);
  body.number(m.next_key);
  body.number(m.log);
  body.number(m.log_sequence);
  body.number(m.durable_sequence);
  body.number(static_cast<std::uint32_t>(m.segments.size()));
  for (const ManifestSegment& s : m.segments) {
    body.number(s.number);
    body.number(s.rows);
    body.number(s.deletes);
  }
  io::ByteWriter head;
  head.number(kVersion);
  head.number(io::crc32c(io::as_bytes(body.bytes())));
  head.number(static_cast<std::uint64_t>(body.size()));
  return std::string(kMagic) + head.take() + body.take();
}

Manifest decode_manifest(std::string_view bytes, const std::string& origin) {
  io::ByteReader reader(bytes, origin);
  if (reader.take(kMagic.size()) != kMagic) {
    fail(ErrorKind::corrupt, "{} does not begin as the manifest of a collection", origin);
  }
  const auto version = reader.number<std::uint32_t>();
  if (version != kVersion && version != kWithoutDurable) {
    fail(ErrorKind::unsupported, "{} is of version {}; this Kindred reads versions up to {}",
         origin, version, kVersion);
  }
  const auto crc = reader.number<std::uint32_t>();
  const auto size = reader.number<std::uint64_t>();
  if (size != reader.left() || crc != io::crc32c(io::as_bytes(bytes.substr(reader.at())))) {
    fail(ErrorKind::corrupt, "{} is damaged: its checksum is wrong; restore it from a backup",
         origin);
  }
  Manifest m;
  m.dimension = reader.number<std::uint32_t>();
  m.metric = static_cast<Metric>(reader.number<std::uint8_t>());
  m.kind = static_cast<SegmentKind>(reader.number<std::uint8_t>());
  m.stored = static_cast<StoredType>(reader.number<std::uint8_t>());
  m.recall = reader.number<double>();
  m.fingerprint = reader.text();
  m.next_number = reader.number<std::uint64_t>();
  m.next_key = reader.number<std::uint64_t>();
  m.log = reader.number<std::uint64_t>();
  m.log_sequence = reader.number<std::uint64_t>();
  m.durable_sequence = version == kWithoutDurable ? m.log_sequence : reader.number<std::uint64_t>();
  const auto count = reader.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < count; ++i) {
    ManifestSegment s;
    s.number = reader.number<std::uint64_t>();
    s.rows = reader.number<std::uint64_t>();
    s.deletes = reader.number<std::uint64_t>();
    m.segments.push_back(s);
  }
  if (reader.left() > 0) fail(ErrorKind::corrupt, "{} goes on after its end", origin);
  check(m, origin);
  return m;
}

Manifest read_manifest(const std::string& directory) {
  const std::string path = io::join_path(directory, kManifestName);
  if (!io::is_file(path)) {
    fail(ErrorKind::not_found,
         "{} holds no collection (there is no {} in it); 'kindred index build' makes one",
         directory, kManifestName);
  }
  return decode_manifest(io::read_text_file(path, kMaxBytes), path);
}

void write_manifest(io::FileSystem& files, const std::string& directory, const Manifest& manifest) {
  io::replace_file(files, io::join_path(directory, kManifestName), encode_manifest(manifest));
}

std::string segment_directory(const std::string& directory, std::uint64_t number) {
  return io::join_path(directory, fmt::format("segment-{:06}", number));
}
std::string deletes_path(const std::string& directory, std::uint64_t number) {
  return io::join_path(directory, fmt::format("deletes-{:06}", number));
}
std::string log_path(const std::string& directory, std::uint64_t number) {
  return io::join_path(directory, fmt::format("log-{:06}", number));
}

}  // namespace kindred::index
