#include "search/lexical_segment_writer.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "io/crc32c.h"

namespace kindred::search {
namespace {

// Appends `values`, `width` bits each, rounded up to bytes.
void pack(std::span<const std::uint32_t> values, unsigned width, std::vector<std::byte>& out) {
  std::uint64_t pending = 0;
  unsigned bits = 0;
  for (const std::uint32_t value : values) {
    pending |= std::uint64_t{value} << bits;
    for (bits += width; bits >= 8; bits -= 8, pending >>= 8)
      out.push_back(static_cast<std::byte>(pending & 0xff));
  }
  if (bits > 0) out.push_back(static_cast<std::byte>(pending & 0xff));
}

// A block's bits and impacts; `from` is the row after the block before.
BlockRecord pack_block(std::span<const Posting> postings, std::uint32_t from,
                       std::size_t data_begin, std::vector<std::byte>& out) {
  std::uint32_t gaps[kBlockPostings];
  std::uint32_t widest = 0;
  std::uint8_t max_impact = 0;
  for (std::size_t i = 0; i < postings.size(); ++i) {
    require(postings[i].row >= from && postings[i].impact > 0, "postings in ascending order");
    gaps[i] = postings[i].row - from;
    from = postings[i].row + 1;
    widest |= gaps[i];
    max_impact = std::max(max_impact, postings[i].impact);
  }
  const std::size_t offset = out.size() - data_begin;
  if (offset > ~std::uint32_t{0}) {
    fail(ErrorKind::exhausted,
         "a word is in too many products for one word index; split the collection");
  }
  const auto width = static_cast<std::uint8_t>(std::bit_width(widest));
  pack({gaps, postings.size()}, width, out);
  for (const Posting& posting : postings) out.push_back(static_cast<std::byte>(posting.impact));
  return {postings.back().row, static_cast<std::uint32_t>(offset), width, max_impact, 0};
}

template <typename T>
std::span<const std::byte> bytes_of(const T& values) {
  return std::as_bytes(std::span(values));
}

}  // namespace

LexicalSegmentWriter::LexicalSegmentWriter(const std::string& path, const Bm25& bm25,
                                           io::FileSystem& files)
    : file_(io::AtomicFile::create(path, files)) {
  std::memcpy(header_.magic, kLexicalMagic, sizeof kLexicalMagic);
  header_.version = kLexicalVersion;
  header_.k1 = bm25.k1;
  header_.b = bm25.b;
  header_.pivot = bm25.pivot;
  file_.write(std::as_bytes(std::span(&header_, 1)));
}

void LexicalSegmentWriter::write(std::span<const std::byte> bytes) {
  header_.postings_bytes += bytes.size();
  file_.write(bytes);
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(bytes.size(), kPageBytes - page_bytes_));
    page_crc_ = io::crc32c(part, page_crc_);
    page_bytes_ += part.size();
    if (page_bytes_ == kPageBytes) {
      page_crcs_.push_back(std::exchange(page_crc_, 0));
      page_bytes_ = 0;
    }
    bytes = bytes.subspan(part.size());
  }
}

void LexicalSegmentWriter::add(std::string_view term, std::span<const Posting> postings) {
  require(!postings.empty() && term.size() < 65536, "a term with postings");
  terms_.push_back({header_.postings_bytes, texts_.size(),
                    static_cast<std::uint32_t>(postings.size()),
                    static_cast<std::uint16_t>(term.size()), 0});
  texts_ += term;
  const std::size_t blocks = (postings.size() + kBlockPostings - 1) / kBlockPostings;
  const std::size_t data_begin = blocks * sizeof(BlockRecord);
  chunk_.assign(data_begin, std::byte{0});
  std::uint32_t from = 0;
  for (std::size_t b = 0; b < blocks; ++b) {
    const auto block = postings.subspan(
        b * kBlockPostings, std::min(kBlockPostings, postings.size() - b * kBlockPostings));
    const BlockRecord record = pack_block(block, from, data_begin, chunk_);
    std::memcpy(chunk_.data() + b * sizeof record, &record, sizeof record);
    from = record.last_row + 1;
  }
  chunk_.resize((chunk_.size() + 7) / 8 * 8);
  write(chunk_);
}

void LexicalSegmentWriter::finish(std::span<const std::uint64_t> keys, std::uint64_t total_length) {
  if (page_bytes_ > 0) page_crcs_.push_back(page_crc_);
  header_.rows = static_cast<std::uint32_t>(keys.size());
  header_.terms = terms_.size();
  header_.texts_bytes = texts_.size();
  header_.total_length = total_length;
  for (const auto part :
       {bytes_of(keys), bytes_of(terms_), bytes_of(texts_), bytes_of(page_crcs_)}) {
    header_.directory_crc = io::crc32c(part, header_.directory_crc);
    file_.write(part);
  }
  const auto head = std::as_bytes(std::span(&header_, 1));
  header_.header_crc = io::crc32c(head.first(offsetof(LexicalHeader, header_crc)));
  file_.write_at(0, head);
  file_.commit();
}

namespace {

void append_postings(const MergeSource& source, std::size_t term, std::vector<Posting>& out) {
  std::uint32_t rows[kBlockPostings];
  std::uint8_t impacts[kBlockPostings];
  const SegmentPostings list = source.segment->postings(term);
  for (std::size_t b = 0; b < list.blocks(); ++b) {
    const std::size_t count = list.decode(b, rows, impacts);
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t row = source.row_of[rows[i]];
      if (row != kDroppedRow) out.push_back({row, impacts[i]});
    }
  }
}

}  // namespace

void merge_segments(std::span<const MergeSource> sources, std::span<const std::uint64_t> keys,
                    std::uint64_t total_length, const std::string& path, io::FileSystem& files) {
  require(!sources.empty(), "segments to merge");
  LexicalSegmentWriter writer(path, sources.front().segment->bm25(), files);
  std::vector<std::size_t> next(sources.size(), 0);
  std::vector<Posting> postings;
  const auto by_row = [](const Posting& a, const Posting& b) { return a.row < b.row; };
  while (true) {
    const std::string_view* least = nullptr;
    std::vector<std::string_view> heads(sources.size());
    for (std::size_t s = 0; s < sources.size(); ++s) {
      if (next[s] == sources[s].segment->terms()) continue;
      heads[s] = sources[s].segment->term(next[s]);
      if (least == nullptr || heads[s] < *least) least = &heads[s];
    }
    if (least == nullptr) break;
    postings.clear();
    for (std::size_t s = 0; s < sources.size(); ++s) {
      if (next[s] == sources[s].segment->terms() || heads[s] != *least) continue;
      const auto middle = static_cast<std::ptrdiff_t>(postings.size());
      append_postings(sources[s], next[s]++, postings);
      std::inplace_merge(postings.begin(), postings.begin() + middle, postings.end(), by_row);
    }
    if (!postings.empty()) writer.add(*least, postings);
  }
  writer.finish(keys, total_length);
}

}  // namespace kindred::search
