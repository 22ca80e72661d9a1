// The file of a LexicalSegment, little-endian:
//
//     LexicalHeader
//     postings, a term after the other, each from a multiple of 8 bytes:
//         BlockRecord[blocks]
//         for each block: differences of neighbouring rows less 1, `width` bits each, rounded up to
//         bytes (the first from the row after the block before, or from 0), then an impact a
//         posting, a byte each
//     keys       uint64[rows], ascending: row r is the document with key keys[r]
//     terms      TermRecord[terms], ascending by their bytes
//     texts      the terms' bytes
//     page CRCs  uint32 for each kPageBytes of the postings
#pragma once

#include <cstddef>
#include <cstdint>

namespace kindred::search {

inline constexpr char kLexicalMagic[8] = {'K', 'D', 'W', 'O', 'R', 'D', 'S', '\n'};
inline constexpr std::uint32_t kLexicalVersion = 1;
inline constexpr std::size_t kPageBytes = 65536;

struct LexicalHeader {
  char magic[8];
  std::uint32_t version;
  std::uint32_t rows;
  std::uint64_t terms;
  std::uint64_t texts_bytes;
  std::uint64_t postings_bytes;
  std::uint64_t total_length;  ///< Σ length of the documents
  float k1;
  float b;
  float pivot;
  std::uint32_t directory_crc;  ///< CRC-32C of all that follows the postings
  std::uint32_t reserved;
  std::uint32_t header_crc;  ///< of the header before this
};
static_assert(sizeof(LexicalHeader) == 72);

struct TermRecord {
  std::uint64_t offset;  ///< in the postings
  std::uint64_t text_offset;
  std::uint32_t count;  ///< of postings, > 0
  std::uint16_t text_bytes;
  std::uint16_t reserved;
};
static_assert(sizeof(TermRecord) == 24);

struct BlockRecord {
  std::uint32_t last_row;
  std::uint32_t offset;  ///< of its bits, behind the block records
  std::uint8_t width;    ///< ≤ 32
  std::uint8_t max_impact;
  std::uint16_t reserved;
};
static_assert(sizeof(BlockRecord) == 12);

}  // namespace kindred::search
