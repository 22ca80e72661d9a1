#include "index/collection.h"

#include <algorithm>
#include <filesystem>
#include <queue>

#include "base/error.h"
#include "io/file.h"

namespace kindred::index {
namespace {

std::uint64_t tree_bytes(const std::string& path) {
  std::uint64_t bytes = 0;
  std::error_code error;  // files may vanish while they are counted
  std::filesystem::recursive_directory_iterator entry(path, error);
  while (!error && entry != std::filesystem::recursive_directory_iterator()) {
    std::error_code gone;
    if (entry->is_regular_file(gone)) {
      const auto size = entry->file_size(gone);
      if (!gone) bytes += size;
    }
    entry.increment(error);
  }
  return bytes;
}

}  // namespace

void Collection::check_fingerprint(std::string_view of_queries) const {
  if (fingerprint_.empty() || of_queries.empty() || fingerprint_ == of_queries) return;
  fail(ErrorKind::bad_input,
       "the vectors of {} were made by the encoder '{}', the queries by '{}'; encode the queries "
       "with the same model and options, or build a new collection",
       directory_, fingerprint_, of_queries);
}

std::shared_ptr<const CollectionView> Collection::view() const {
  const std::lock_guard lock(view_mutex_);
  return view_;
}

SearchResult Collection::search(const SearchRequest& request) const {
  std::unique_lock pool(pool_mutex_, std::try_to_lock);
  if (pool.owns_lock()) return view()->search(request, *pool_);
  ThreadPool own(1);
  return view()->search(request, own);
}

CollectionStats Collection::stats() const {
  CollectionStats stats{};
  stats.dimension = dimension_;
  stats.metric = metric_;
  stats.fingerprint = fingerprint_;
  stats.next_key = next_key_;
  const auto current = view();
  for (const auto& part : current->parts()) {
    stats.rows += part->live_count();
    stats.deleted += part->deleted().count();
    if (part->segment() == nullptr) {
      stats.memtable_rows += part->live_count();
      continue;
    }
    const std::string path = segment_directory(directory_, part->number());
    stats.segments.push_back({part->number(), part->segment()->kind(), part->size(),
                              part->deleted().count(), part->segment()->memory_bytes(),
                              tree_bytes(path)});
    stats.memory_bytes += part->segment()->memory_bytes();
  }
  stats.disk_bytes = tree_bytes(directory_);
  const std::lock_guard lock(state_mutex_);
  for (std::uint64_t log = manifest_.log; log <= log_number_; ++log) {
    const std::string path = log_path(directory_, log);
    if (io::is_file(path)) stats.log_bytes += io::file_size(path);
  }
  stats.memory_bytes += active_.table->bytes();
  for (const MemtableState& m : frozen_) stats.memory_bytes += m.table->bytes();
  return stats;
}

void Collection::for_each_by_key(
    const std::function<void(std::uint64_t key, const Location&)>& visit,
    const CollectionView& of) const {
  // A cursor a part: segments have an order of their keys on disk, memtables are sorted here.
  struct Cursor {
    std::uint64_t key;
    std::uint32_t part;
    std::size_t rank;
    std::uint32_t row;
    bool operator<(const Cursor& other) const { return key > other.key; }  // least first
  };
  std::vector<std::vector<std::uint32_t>> sorted(of.parts().size());
  const auto advance = [&](Cursor& c) {
    const Part& part = of.part(c.part);
    for (; c.rank < part.size(); ++c.rank) {
      const std::size_t row = part.row_file() != nullptr ? part.row_file()->row_of_rank(c.rank)
                                                         : sorted[c.part][c.rank];
      if (!part.is_live(row)) continue;
      c.row = static_cast<std::uint32_t>(row);
      c.key = part.rows().key(row);
      ++c.rank;
      return true;
    }
    return false;
  };
  std::priority_queue<Cursor> cursors;
  for (std::uint32_t p = 0; p < of.parts().size(); ++p) {
    const Part& part = of.part(p);
    if (part.row_file() == nullptr) {
      for (std::uint32_t row = 0; row < part.size(); ++row) sorted[p].push_back(row);
      std::sort(sorted[p].begin(), sorted[p].end(), [&](std::uint32_t a, std::uint32_t b) {
        const auto ka = part.rows().key(a), kb = part.rows().key(b);
        return ka != kb ? ka < kb : a < b;
      });
    }
    Cursor c{0, p, 0, 0};
    if (advance(c)) cursors.push(c);
  }
  while (!cursors.empty()) {
    Cursor c = cursors.top();
    cursors.pop();
    visit(c.key, {c.part, c.row});
    if (advance(c)) cursors.push(c);
  }
}

}  // namespace kindred::index
