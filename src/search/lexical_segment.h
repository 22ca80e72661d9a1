// An immutable inverted index. Tested by lexical_segment_test.cc.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/mapped_file.h"
#include "search/bm25.h"
#include "search/lexical_format.h"
#include "search/posting_list.h"

namespace kindred::search {

class LexicalSegment;

/// A term's postings in the mapped file.
class SegmentPostings final : public PostingList {
 public:
  std::uint64_t count() const noexcept override { return count_; }
  std::uint32_t last_row(std::size_t block) const override { return records_[block].last_row; }
  std::uint8_t max_impact(std::size_t block) const override { return records_[block].max_impact; }
  std::size_t decode(std::size_t block, std::uint32_t* rows, std::uint8_t* impacts) const override;

 private:
  friend class LexicalSegment;
  const LexicalSegment* segment_ = nullptr;
  std::uint32_t count_ = 0;
  const BlockRecord* records_ = nullptr;
  std::uint64_t data_ = 0;  // in the postings
  std::uint64_t end_ = 0;
};

/// Read in place from a mapped file that LexicalSegmentWriter wrote; lexical_format.h has the
/// layout. Opening checks the header, sizes, keys and terms; postings are checked against their
/// pages' checksums when they are read first, and rows against the segment's size always.
///
/// Threads: immutable; every method may run concurrently.
class LexicalSegment {
 public:
  /// Errors: not_found, corrupt, unsupported (a newer version).
  static std::shared_ptr<const LexicalSegment> open(const std::string& path);

  std::size_t rows() const noexcept { return header_.rows; }
  std::span<const std::uint64_t> keys() const noexcept { return keys_; }
  std::optional<std::uint32_t> find_key(std::uint64_t key) const noexcept;
  std::uint64_t total_length() const noexcept { return header_.total_length; }
  Bm25 bm25() const noexcept { return {header_.k1, header_.b, header_.pivot}; }
  std::uint64_t file_bytes() const noexcept { return file_->size(); }

  std::size_t terms() const noexcept { return terms_.size(); }
  std::string_view term(std::size_t index) const noexcept {
    return texts_.substr(terms_[index].text_offset, terms_[index].text_bytes);
  }
  std::uint32_t term_count(std::size_t index) const noexcept { return terms_[index].count; }
  /// The first term that is not less than `text`; terms() where all are.
  std::size_t lower_bound(std::string_view text) const noexcept;
  std::optional<std::size_t> find(std::string_view text) const noexcept;
  /// Valid while the segment is. Errors: corrupt.
  SegmentPostings postings(std::size_t term) const;

  /// Reads everything. Errors: corrupt, naming the file and the place.
  void verify() const;

 private:
  friend class SegmentPostings;
  explicit LexicalSegment(std::shared_ptr<const io::MappedFile> file);
  void check_header();
  void check_directory();
  void check_pages(std::uint64_t begin, std::uint64_t end) const;
  [[noreturn]] void corrupt(const std::string& what) const;
  const std::byte* postings_data() const noexcept { return file_->data() + sizeof(LexicalHeader); }

  std::shared_ptr<const io::MappedFile> file_;
  LexicalHeader header_{};
  std::span<const std::uint64_t> keys_;
  std::span<const TermRecord> terms_;
  std::string_view texts_;
  const std::byte* page_crcs_ = nullptr;
  std::unique_ptr<std::atomic<bool>[]> checked_;  // a page each
};

}  // namespace kindred::search
