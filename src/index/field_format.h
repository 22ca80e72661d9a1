// How a FieldTable lies in its file. Internal to field_table*.cc.
//
//   header     64 bytes
//   data       postings of tags (8-byte aligned) and columns of numbers (64-byte aligned)
//   directory  FieldRecord × fields, by name and kind; TermRecord × terms, those of a field
//   together
//              and by value; CRC32C (4 bytes) of each block of each column; names and values
//
// Little-endian. The header has a checksum of its own, the directory one in the header, a posting
// one in its TermRecord, and a column one for each block of kBlockRows rows.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace kindred::index {

static_assert(std::endian::native == std::endian::little, "the file is read in place");

inline constexpr char kFieldMagic[8] = {'K', 'N', 'D', 'F', 'I', 'E', 'L', 'D'};
inline constexpr std::uint32_t kFieldVersion = 1;
inline constexpr std::size_t kBlockRows = 65536;
inline constexpr std::size_t kDataAlignment = 64;

struct FieldHeader {
  char magic[8];
  std::uint32_t version;
  std::uint32_t fields;
  std::uint64_t rows;
  std::uint64_t directory_offset;
  std::uint64_t directory_bytes;
  std::uint64_t terms;
  std::uint64_t text_bytes;
  std::uint32_t directory_crc;
  std::uint32_t header_crc;  ///< of the bytes before it
};
static_assert(sizeof(FieldHeader) == 64);

enum class FieldKind : std::uint32_t {
  tags = 0,
  decimal = 1,  ///< int32, the number times 10^decimals; kMissing where there is none
  real = 2,     ///< float64; NaN where there is none
};
inline constexpr std::int32_t kMissing = std::numeric_limits<std::int32_t>::min();
inline constexpr std::uint32_t kMaxDecimals = 6;
inline constexpr double kPowersOfTen[kMaxDecimals + 1] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};

struct FieldRecord {
  std::uint64_t name_offset;  ///< in the texts
  std::uint32_t name_bytes;
  FieldKind kind;
  std::uint64_t first;  ///< tags: the first TermRecord; numbers: the column's place in the file
  std::uint64_t count;  ///< tags: TermRecords; numbers: rows that have one
  std::uint32_t decimals;
  std::uint32_t first_block;  ///< numbers: of the column's checksums
  double min, max;            ///< of the numbers
};
static_assert(sizeof(FieldRecord) == 56);

struct TermRecord {
  std::uint64_t text_offset;  ///< of the value, in the texts
  std::uint64_t posting_offset;
  std::uint32_t text_bytes;
  std::uint32_t posting_bytes;
  std::uint32_t posting_crc;
  std::uint32_t rows;
};
static_assert(sizeof(TermRecord) == 32);

constexpr std::uint64_t blocks_of(std::uint64_t rows) {
  return rows / kBlockRows + (rows % kBlockRows != 0 ? 1 : 0);
}

}  // namespace kindred::index
