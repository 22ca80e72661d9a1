#include "search/lexical_manifest.h"

#include "base/error.h"
#include "io/byte_codec.h"
#include "io/crc32c.h"

namespace kindred::search {
namespace {

constexpr std::string_view kMagic = "KDWORDSM";
constexpr std::uint32_t kVersion = 2;
constexpr std::uint32_t kWithoutDurable = 1;  // that version lacks durable_sequence

}  // namespace

std::string encode_lexical_manifest(const LexicalManifest& manifest) {
  io::ByteWriter out;
  out.numbers(std::span(kMagic));
  out.number(kVersion);
  for (const float value : {manifest.bm25.k1, manifest.bm25.b, manifest.bm25.pivot})
    out.number(value);
  for (const std::uint64_t value :
       {manifest.next_number, manifest.log, manifest.log_sequence, manifest.durable_sequence})
    out.number(value);
  out.number(static_cast<std::uint32_t>(manifest.segments.size()));
  for (const LexicalManifestSegment& segment : manifest.segments) {
    for (const std::uint64_t value : {segment.number, segment.rows, segment.deletes})
      out.number(value);
  }
  out.number(io::crc32c(io::as_bytes(out.bytes())));
  return out.take();
}

LexicalManifest decode_lexical_manifest(std::string_view bytes, const std::string& origin) {
  io::ByteReader in(bytes, origin);
  if (in.take(kMagic.size()) != kMagic) {
    fail(ErrorKind::corrupt,
         "{} does not begin as a word index's manifest; is the directory the right one?", origin);
  }
  const auto version = in.number<std::uint32_t>();
  if (version > kVersion || version < kWithoutDurable) {
    fail(ErrorKind::unsupported,
         "{} has version {} and this program reads up to {}; use a newer program", origin, version,
         kVersion);
  }
  const std::string_view checked =
      bytes.substr(0, bytes.size() - std::min<std::size_t>(bytes.size(), 4));
  if (io::ByteReader crc(bytes.substr(checked.size()), origin);
      crc.number<std::uint32_t>() != io::crc32c(io::as_bytes(checked))) {
    fail(ErrorKind::corrupt, "{}: the checksum differs; restore it from a backup", origin);
  }
  LexicalManifest manifest;
  for (float* value : {&manifest.bm25.k1, &manifest.bm25.b, &manifest.bm25.pivot})
    *value = in.number<float>();
  for (std::uint64_t* value : {&manifest.next_number, &manifest.log, &manifest.log_sequence}) {
    *value = in.number<std::uint64_t>();
  }
  manifest.durable_sequence =
      version == kWithoutDurable ? manifest.log_sequence : in.number<std::uint64_t>();
  const auto count = in.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < count; ++i) {
    LexicalManifestSegment& segment = manifest.segments.emplace_back();
    for (std::uint64_t* value : {&segment.number, &segment.rows, &segment.deletes})
      *value = in.number<std::uint64_t>();
  }
  return manifest;
}

}  // namespace kindred::search
