// A segment of a word index with what is deleted in it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "index/field_table.h"
#include "index/row_set.h"
#include "index/tombstones.h"
#include "search/lexical_segment.h"

namespace kindred::search {

/// Threads: immutable.
class LexicalPart {
 public:
  LexicalPart(std::uint64_t number, std::shared_ptr<const LexicalSegment> words,
              std::shared_ptr<const index::FieldTable> fields,
              std::shared_ptr<const index::Tombstones> deleted)
      : number_(number),
        words_(std::move(words)),
        fields_(std::move(fields)),
        deleted_(std::move(deleted)) {}

  std::uint64_t number() const noexcept { return number_; }
  const std::shared_ptr<const LexicalSegment>& words() const noexcept { return words_; }
  const std::shared_ptr<const index::FieldTable>& fields() const noexcept { return fields_; }
  const index::Tombstones& deleted() const noexcept { return *deleted_; }
  std::size_t rows() const noexcept { return words_->rows(); }
  std::size_t live_rows() const noexcept { return rows() - deleted_->count(); }
  /// Null: all.
  const index::RowSet* live() const {
    if (deleted_->count() == 0) return nullptr;
    std::call_once(live_once_, [&] { live_ = deleted_->live(); });
    return &live_;
  }

 private:
  std::uint64_t number_;
  std::shared_ptr<const LexicalSegment> words_;
  std::shared_ptr<const index::FieldTable> fields_;
  std::shared_ptr<const index::Tombstones> deleted_;
  mutable std::once_flag live_once_;
  mutable index::RowSet live_;
};

using LexicalParts = std::vector<std::shared_ptr<const LexicalPart>>;

}  // namespace kindred::search
