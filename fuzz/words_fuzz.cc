// Any bytes as a segment of a word index: an Error, or an index whose answers are in bounds.
// Checksums are made right first, so that the checks behind them are reached.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "io/crc32c.h"
#include "kindred/error.h"
#include "memory_file.h"
#include "search/lexical_segment.h"
#include "search/row_scorer.h"

namespace {

using namespace kindred::search;

// The checksums of what lies where the header says, as far as that is inside the file.
void mend(std::vector<std::byte>& bytes) {
  if (bytes.size() < sizeof(LexicalHeader)) return;
  LexicalHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  const std::size_t body = bytes.size() - sizeof header;
  if (header.postings_bytes <= body) {
    const std::size_t pages = (header.postings_bytes + kPageBytes - 1) / kPageBytes;
    for (std::size_t p = 0; p < pages && pages * 4 <= body - header.postings_bytes; ++p) {
      const std::size_t count =
          std::min<std::size_t>(kPageBytes, header.postings_bytes - p * kPageBytes);
      const std::uint32_t crc =
          kindred::io::crc32c(std::span(bytes).subspan(sizeof header + p * kPageBytes, count));
      std::memcpy(bytes.data() + bytes.size() - (pages - p) * 4, &crc, sizeof crc);
    }
    header.directory_crc =
        kindred::io::crc32c(std::span(bytes).subspan(sizeof header + header.postings_bytes));
  }
  std::memcpy(bytes.data(), &header, sizeof header);
  header.header_crc =
      kindred::io::crc32c(std::span(bytes).first(offsetof(LexicalHeader, header_crc)));
  std::memcpy(bytes.data(), &header, sizeof header);
}

void search(const LexicalSegment& segment) {
  std::vector<SegmentPostings> postings;
  const std::size_t terms = std::min<std::size_t>(segment.terms(), 8);
  for (std::size_t t = 0; t < terms; ++t) postings.push_back(segment.postings(t));
  RowQuery query;
  for (unsigned t = 0; t < terms; ++t) query.terms.push_back({&postings[t], 1000, t});
  query.rows = segment.rows();
  query.k = 10;
  for (const ScoredRow& row : best_rows(query)) {
    if (row.row >= segment.rows()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::byte> bytes(size);
  if (size > 0) std::memcpy(bytes.data(), data, size);
  mend(bytes);
  const MemoryFile file(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  try {
    const auto segment = LexicalSegment::open(file.path());
    search(*segment);
    segment->find_key(7);
    segment->find("a");
    segment->verify();
  } catch (const kindred::Error& error) {
    if (error.kind() == kindred::ErrorKind::internal) std::abort();
  }
  return 0;
}
