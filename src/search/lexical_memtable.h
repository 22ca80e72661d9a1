// The documents of a word index that are not in a segment yet. Tested by lexical_index_test.cc.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "index/mutable_fields.h"
#include "index/row_set.h"
#include "search/bm25.h"
#include "search/lexical_document.h"
#include "search/lexical_segment_writer.h"
#include "search/posting_list.h"

namespace kindred::search {

/// A term's postings in memory.
class MemoryPostings final : public PostingList {
 public:
  void append(Posting posting) {
    postings_.push_back(posting);
    max_impact_ = std::max(max_impact_, posting.impact);
  }
  const std::vector<Posting>& all() const noexcept { return postings_; }

  std::uint64_t count() const noexcept override { return postings_.size(); }
  std::uint32_t last_row(std::size_t block) const override {
    return postings_[std::min(postings_.size(), (block + 1) * kBlockPostings) - 1].row;
  }
  std::uint8_t max_impact(std::size_t) const override { return max_impact_; }
  std::size_t decode(std::size_t block, std::uint32_t* rows, std::uint8_t* impacts) const override {
    const std::size_t begin = block * kBlockPostings;
    const std::size_t count = std::min(kBlockPostings, postings_.size() - begin);
    for (std::size_t i = 0; i < count; ++i) {
      rows[i] = postings_[begin + i].row;
      impacts[i] = postings_[begin + i].impact;
    }
    return count;
  }

 private:
  std::vector<Posting> postings_;
  std::uint8_t max_impact_ = 0;
};

/// Threads: as a standard container.
class LexicalMemtable {
 public:
  explicit LexicalMemtable(const Bm25& bm25) : bm25_(bm25) {}

  /// Its key must not be live here.
  void append(const AnalyzedDocument& document);
  /// False when no live row has the key.
  bool erase(std::uint64_t key);

  std::size_t rows() const noexcept { return keys_.size(); }
  std::size_t live_rows() const noexcept { return row_of_.size(); }
  /// About what its postings, terms and fields take.
  std::uint64_t bytes() const noexcept { return bytes_; }
  std::uint64_t key(std::size_t row) const { return keys_[row]; }
  std::uint32_t length(std::size_t row) const { return lengths_[row]; }
  std::optional<std::uint32_t> find_key(std::uint64_t key) const;
  /// The rows that are not erased.
  index::RowSet live() const;
  const index::MutableFields& fields() const noexcept { return fields_; }
  template <typename Fn>
  void for_each_live_key(const Fn& fn) const {
    for (const auto& [key, row] : row_of_) fn(key);
  }

  const MemoryPostings* find(const std::string& term) const;
  template <typename Fn>
  void for_each_term(const Fn& fn) const {
    for (const auto& [term, postings] : terms_) fn(term, postings);
  }

  /// Writes the live rows as the segment's two files, in the order of their keys.
  void write(io::FileSystem& files, const std::string& words_path,
             const std::string& fields_path) const;

 private:
  Bm25 bm25_;
  std::vector<std::uint64_t> keys_;
  std::vector<std::uint32_t> lengths_;
  std::unordered_map<std::uint64_t, std::uint32_t> row_of_;  // of live keys
  std::unordered_map<std::string, MemoryPostings> terms_;
  index::MutableFields fields_;
  std::uint64_t bytes_ = 0;
};

}  // namespace kindred::search
