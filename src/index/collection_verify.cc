// Reading everything.
#include <algorithm>
#include <queue>

#include "base/error.h"
#include "index/collection.h"
#include "index/mutation.h"
#include "io/byte_codec.h"
#include "io/file.h"

namespace kindred::index {
namespace {

// Segments list their ids by hash: those of equal hash meet.
void verify_ids(const CollectionView& view, const std::string& directory) {
  struct Cursor {
    std::uint64_t hash;
    std::uint32_t part;
    std::size_t rank;
    bool operator<(const Cursor& other) const { return hash > other.hash; }  // least first
  };
  std::vector<std::vector<std::pair<std::uint64_t, std::uint32_t>>> sorted(view.parts().size());
  std::priority_queue<Cursor> cursors;
  const auto push = [&](std::uint32_t p, std::size_t rank) {
    const RowFile* file = view.part(p).row_file();
    const std::size_t count = file != nullptr ? file->ids() : sorted[p].size();
    if (rank < count) cursors.push({file ? file->id_hash(rank) : sorted[p][rank].first, p, rank});
  };
  for (std::uint32_t p = 0; p < view.parts().size(); ++p) {
    const Part& part = view.part(p);
    for (std::uint32_t row = 0; part.row_file() == nullptr && row < part.size(); ++row) {
      const std::string_view id = part.rows().id(row);
      if (!id.empty() && part.is_live(row)) sorted[p].emplace_back(hash_id(id), row);
    }
    std::sort(sorted[p].begin(), sorted[p].end());
    push(p, 0);
  }
  std::vector<std::string_view> same;  // live ids of one hash
  std::uint64_t hash = 0;
  while (!cursors.empty()) {
    const Cursor c = cursors.top();
    cursors.pop();
    push(c.part, c.rank + 1);
    const Part& part = view.part(c.part);
    const std::size_t row = part.row_file() != nullptr ? part.row_file()->row_of_id_rank(c.rank)
                                                       : sorted[c.part][c.rank].second;
    if (c.hash != hash) same.clear();
    hash = c.hash;
    if (!part.is_live(row)) continue;
    const std::string_view id = part.rows().id(row);
    if (std::find(same.begin(), same.end(), id) != same.end()) {
      fail(ErrorKind::corrupt, "{} has the id '{}' in two live rows", directory, id);
    }
    same.push_back(id);
  }
}

}  // namespace

// By this writer, or beside this reader by another.
bool Collection::was_replaced(const Manifest& manifest) const {
  if (!lock_) return !(read_manifest(directory_) == manifest);
  const std::lock_guard lock(state_mutex_);
  return !(manifest_ == manifest);
}

void Collection::verify() const {
  Manifest known;
  {
    const std::lock_guard lock(state_mutex_);
    known = manifest_;
  }
  const auto current = view();
  for (const auto& part : current->parts()) {
    if (part->segment() == nullptr) continue;
    try {
      part->segment()->verify();
    } catch (const Error& error) {  // merged away since: its names are gone
      if (error.kind() != ErrorKind::not_found || !was_replaced(known)) throw;
    }
    part->row_file()->verify();
    part->segment_fields()->verify();
  }
  std::optional<std::uint64_t> last;
  std::uint64_t rows = 0;
  const std::uint64_t bound = next_key_;
  for_each_by_key(
      [&](std::uint64_t key, const Location&) {
        if (last && key == *last) {
          fail(ErrorKind::corrupt, "{} has the key {} in two live rows", directory_, key);
        }
        if (key >= bound) {
          fail(ErrorKind::corrupt, "{} has the key {}, which was not given out", directory_, key);
        }
        last = key;
        ++rows;
      },
      *current);
  if (rows != current->live_rows()) {
    fail(ErrorKind::corrupt, "{} counts {} live rows and holds {}", directory_,
         current->live_rows(), rows);
  }
  verify_ids(*current, directory_);

  // What is on the disk now: the manifest, and the files that it names.
  Manifest stored;
  {
    // A change is on the disk before it is taken on here: none may be under way.
    const std::lock_guard installing(manifest_mutex_);
    {
      const std::lock_guard lock(state_mutex_);
      stored = manifest_;
    }
    if (lock_ && !(read_manifest(directory_) == stored)) {
      fail(ErrorKind::corrupt, "{} is not what this writer wrote; another program changed it",
           io::join_path(directory_, kManifestName));
    }
  }
  for (const ManifestSegment& s : stored.segments) {
    if (s.deletes == 0) continue;
    const std::string deletes = deletes_path(directory_, s.deletes);
    try {
      decode_tombstones(io::read_text_file(deletes), s.rows, deletes);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found || !was_replaced(stored)) throw;
    }
  }
}

}  // namespace kindred::index
