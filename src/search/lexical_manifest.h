// The one file that says what a word index is made of. Tested by lexical_index_test.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "search/bm25.h"

namespace kindred::search {

inline constexpr std::string_view kLexicalManifestName = "MANIFEST";

struct LexicalManifestSegment {
  std::uint64_t number = 0;
  std::uint64_t rows = 0;     ///< deleted ones included
  std::uint64_t deletes = 0;  ///< names its file of deleted rows; 0: none is deleted
  bool operator==(const LexicalManifestSegment&) const = default;
};

struct LexicalManifest {
  Bm25 bm25;
  std::uint64_t next_number = 1;  ///< of segments, files of deletes and logs
  std::uint64_t log = 0;
  std::uint64_t log_sequence = 1;      ///< of the log's first record
  std::uint64_t durable_sequence = 1;  ///< records below it were on the disk before this was
  std::vector<LexicalManifestSegment> segments;
  bool operator==(const LexicalManifest&) const = default;
};

/// magic "KDWORDSM", version u32, k1, b, pivot f32, next_number, log, log_sequence,
/// durable_sequence u64, count u32, the segments (three u64 each), CRC-32C of all before.
std::string encode_lexical_manifest(const LexicalManifest& manifest);
/// Errors: corrupt or unsupported (a newer version), naming `origin`.
LexicalManifest decode_lexical_manifest(std::string_view bytes, const std::string& origin);

}  // namespace kindred::search
