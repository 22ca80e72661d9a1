// Filters over the parts of a vector collection. Tested by embedded_backend_test.cc.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "index/collection_view.h"
#include "index/field_table.h"
#include "index/filter.h"
#include "index/mutable_fields.h"

namespace kindred::search {

/// The fields of a collection's rows, which the collection keeps as bytes, in the form that filters
/// read: a table for each segment, written as a file beside the others when a filter first meets
/// the segment, and for memtables a copy in memory that grows with them.
///
/// Threads: every method may run concurrently.
class PartFields {
 public:
  /// `directory` exists and holds nothing else. A reader of somebody else's collection makes no
  /// files: `write` is false and missing tables are held in memory.
  PartFields(std::string directory, bool write) : directory_(std::move(directory)), write_(write) {}

  /// Which rows of `part` the filter admits. `view` holds the part.
  index::RowSet admitted(const index::Filter& filter,
                         const std::shared_ptr<const index::CollectionView>& view,
                         const index::Part& part) const;

 private:
  std::shared_ptr<const index::Fields> table_of(const index::Part& part) const;
  void follow(const std::shared_ptr<const index::CollectionView>& view) const;

  const std::string directory_;
  const bool write_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const index::CollectionView> view_;  // keeps the addresses below alive
  mutable std::map<std::uint64_t, std::shared_ptr<const index::Fields>> tables_;  // by segment
  mutable std::map<const index::Rows*, std::unique_ptr<index::MutableFields>> memtables_;
};

}  // namespace kindred::search
