#include "search/lexical_segment.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "io/crc32c.h"

namespace kindred::search {

std::size_t SegmentPostings::decode(std::size_t block, std::uint32_t* rows,
                                    std::uint8_t* impacts) const {
  const BlockRecord& record = records_[block];
  const std::size_t count = std::min<std::size_t>(kBlockPostings, count_ - block * kBlockPostings);
  const std::uint64_t begin = data_ + record.offset;
  const std::uint64_t bits = (count * record.width + 7) / 8;
  if (record.width > 32 || begin > end_ || end_ - begin < bits + count) {
    segment_->corrupt("a block of postings lies outside its term");
  }
  segment_->check_pages(begin, begin + bits + count);
  const std::byte* data = segment_->postings_data() + begin;
  // Eight bytes are read from each value's first one; the keys lie behind the last posting.
  const std::uint64_t mask = (std::uint64_t{1} << record.width) - 1;
  std::uint64_t row = block == 0 ? 0 : std::uint64_t{records_[block - 1].last_row} + 1;
  std::size_t bit = 0;
  for (std::size_t i = 0; i < count; ++i, bit += record.width) {
    std::uint64_t word;
    std::memcpy(&word, data + bit / 8, sizeof word);
    row += word >> bit % 8 & mask;
    rows[i] = static_cast<std::uint32_t>(row);
    ++row;
  }
  std::memcpy(impacts, data + bits, count);
  if (row != std::uint64_t{record.last_row} + 1 || row > segment_->rows()) {
    segment_->corrupt("a block of postings does not end at the row that its record names");
  }
  return count;
}

std::shared_ptr<const LexicalSegment> LexicalSegment::open(const std::string& path) {
  return std::shared_ptr<const LexicalSegment>(new LexicalSegment(io::MappedFile::open(path)));
}

LexicalSegment::LexicalSegment(std::shared_ptr<const io::MappedFile> file)
    : file_(std::move(file)) {
  check_header();
  check_directory();
}

void LexicalSegment::corrupt(const std::string& what) const {
  fail(ErrorKind::corrupt,
       "{}: {}; the file was damaged or cut off: restore it from a backup, or index the products "
       "again",
       file_->path(), what);
}

void LexicalSegment::check_header() {
  if (file_->size() < sizeof header_) corrupt("shorter than a header");
  std::memcpy(&header_, file_->data(), sizeof header_);
  if (std::memcmp(header_.magic, kLexicalMagic, sizeof kLexicalMagic) != 0) {
    corrupt("does not begin as a word index");
  }
  if (header_.version > kLexicalVersion) {
    fail(ErrorKind::unsupported,
         "{} has version {} of the word index and this program reads up to {}; use a newer program",
         file_->path(), header_.version, kLexicalVersion);
  }
  const auto head = file_->bytes().first(offsetof(LexicalHeader, header_crc));
  if (io::crc32c(head) != header_.header_crc) corrupt("the header's checksum differs");
  if (!(header_.k1 >= 0.0F) || !(header_.b >= 0.0F && header_.b <= 1.0F) ||
      !(header_.pivot > 0.0F)) {
    corrupt("the ranking's constants are out of range");
  }
  // Each part alone must fit before they are added up.
  std::uint64_t left = file_->size() - sizeof header_;
  const std::uint64_t pages =
      header_.postings_bytes / kPageBytes + (header_.postings_bytes % kPageBytes != 0);
  const auto take = [&](std::uint64_t count, std::uint64_t size) {
    if (count > left / size) corrupt("the parts are larger than the file");
    left -= count * size;
  };
  take(header_.postings_bytes, 1);
  take(header_.rows, sizeof(std::uint64_t));
  take(header_.terms, sizeof(TermRecord));
  take(header_.texts_bytes, 1);
  take(pages, sizeof(std::uint32_t));
  if (left != 0 || header_.postings_bytes % 8 != 0) corrupt("the parts do not add up to the file");
}

void LexicalSegment::check_directory() {
  const std::byte* at = postings_data() + header_.postings_bytes;
  const std::size_t bytes = file_->size() - sizeof header_ - header_.postings_bytes;
  if (io::crc32c({at, bytes}) != header_.directory_crc) corrupt("the directory's checksum differs");
  keys_ = {reinterpret_cast<const std::uint64_t*>(at), header_.rows};
  at += keys_.size_bytes();
  terms_ = {reinterpret_cast<const TermRecord*>(at), header_.terms};
  at += terms_.size_bytes();
  texts_ = {reinterpret_cast<const char*>(at), header_.texts_bytes};
  page_crcs_ = at + header_.texts_bytes;
  checked_ = std::make_unique<std::atomic<bool>[]>(header_.postings_bytes / kPageBytes + 1);

  if (std::adjacent_find(keys_.begin(), keys_.end(), std::greater_equal<>()) != keys_.end()) {
    corrupt("the keys do not ascend");
  }
  std::uint64_t text = 0;
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < terms_.size(); ++i) {
    const TermRecord& term = terms_[i];
    const std::uint64_t end = i + 1 < terms_.size() ? terms_[i + 1].offset : header_.postings_bytes;
    const std::uint64_t records =
        (std::uint64_t{term.count} + kBlockPostings - 1) / kBlockPostings * sizeof(BlockRecord);
    if (term.text_offset != text || term.text_bytes > header_.texts_bytes - text)
      corrupt("a term's text lies elsewhere");
    text += term.text_bytes;
    if (term.offset != offset || end < offset || end > header_.postings_bytes || end % 8 != 0 ||
        end - offset < records || term.count == 0 || term.count > header_.rows) {
      corrupt("a term's postings lie elsewhere");
    }
    offset = end;
    if (i > 0 && !(this->term(i - 1) < this->term(i))) corrupt("the terms do not ascend");
  }
  if (text != header_.texts_bytes || offset != header_.postings_bytes)
    corrupt("bytes belong to no term");
}

void LexicalSegment::check_pages(std::uint64_t begin, std::uint64_t end) const {
  for (std::uint64_t page = begin / kPageBytes; page * kPageBytes < end; ++page) {
    if (checked_[page].load(std::memory_order_acquire)) continue;
    const std::uint64_t from = page * kPageBytes;
    const std::uint64_t bytes = std::min<std::uint64_t>(kPageBytes, header_.postings_bytes - from);
    std::uint32_t stored;
    std::memcpy(&stored, page_crcs_ + page * sizeof stored, sizeof stored);
    if (io::crc32c({postings_data() + from, bytes}) != stored) {
      corrupt(fmt::format("the checksum of the postings from byte {} on differs",
                          from + sizeof(LexicalHeader)));
    }
    checked_[page].store(true, std::memory_order_release);
  }
}

std::optional<std::uint32_t> LexicalSegment::find_key(std::uint64_t key) const noexcept {
  const auto found = std::lower_bound(keys_.begin(), keys_.end(), key);
  if (found == keys_.end() || *found != key) return std::nullopt;
  return static_cast<std::uint32_t>(found - keys_.begin());
}

std::size_t LexicalSegment::lower_bound(std::string_view text) const noexcept {
  std::size_t low = 0;
  std::size_t high = terms_.size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    (term(middle) < text ? low : high) = middle + (term(middle) < text ? 1 : 0);
  }
  return low;
}

std::optional<std::size_t> LexicalSegment::find(std::string_view text) const noexcept {
  const std::size_t index = lower_bound(text);
  if (index == terms_.size() || term(index) != text) return std::nullopt;
  return index;
}

SegmentPostings LexicalSegment::postings(std::size_t index) const {
  const TermRecord& term = terms_[index];
  SegmentPostings postings;
  postings.segment_ = this;
  postings.count_ = term.count;
  postings.end_ = index + 1 < terms_.size() ? terms_[index + 1].offset : header_.postings_bytes;
  postings.data_ = term.offset + postings.blocks() * sizeof(BlockRecord);
  check_pages(term.offset, postings.data_);
  postings.records_ = reinterpret_cast<const BlockRecord*>(postings_data() + term.offset);
  return postings;
}

void LexicalSegment::verify() const {
  std::uint32_t rows[kBlockPostings];
  std::uint8_t impacts[kBlockPostings];
  for (std::size_t t = 0; t < terms_.size(); ++t) {
    const SegmentPostings list = postings(t);
    for (std::size_t b = 0; b < list.blocks(); ++b) {
      const std::size_t count = list.decode(b, rows, impacts);
      for (std::size_t i = 0; i < count; ++i) {
        if (impacts[i] == 0 || impacts[i] > list.max_impact(b))
          corrupt("an impact is beyond its block's");
      }
    }
  }
  check_pages(0, header_.postings_bytes);
}

}  // namespace kindred::search
