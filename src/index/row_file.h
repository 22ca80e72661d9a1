// The keys, ids and payloads of a segment's rows, mapped from disk. Tested by row_file_test.cc.
// Layout: docs/format.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "index/rows.h"
#include "io/file_system.h"
#include "io/mapped_file.h"

namespace kindred::index {

/// What an id is found by: 64 bits, evenly spread.
std::uint64_t hash_id(std::string_view id) noexcept;

/// Looks up a key or an id by a few reads of the mapped file; nothing of it need stay in memory.
///
/// Threads: immutable.
class RowFile final : public Rows {
 public:
  /// Checks the header and the sizes; the sections are checked by `verify`, and whatever they say
  /// is checked when it is used. Errors: not_found; corrupt; unsupported.
  static std::shared_ptr<const RowFile> open(const std::string& path);

  std::size_t rows() const noexcept override { return rows_; }
  std::uint64_t key(std::size_t row) const override { return keys_[row]; }
  std::string_view id(std::size_t row) const override { return texts(row).id; }
  std::string_view payload(std::size_t row) const override { return texts(row).payload; }
  std::string_view fields(std::size_t row) const override { return texts(row).fields; }

  /// Errors: corrupt.
  std::optional<std::size_t> find_key(std::uint64_t key) const;
  std::optional<std::size_t> find_id(std::string_view id) const;
  /// Rows in the order of their keys: `rank` in [0, rows()).
  std::size_t row_of_rank(std::size_t rank) const;
  /// Rows with an id, in the order of the ids' hashes: `rank` in [0, ids()).
  std::size_t ids() const noexcept { return id_hashes_.size(); }
  std::size_t row_of_id_rank(std::size_t rank) const;
  std::uint64_t id_hash(std::size_t rank) const { return id_hashes_[rank]; }

  const std::string& path() const noexcept { return file_->path(); }
  std::uint64_t bytes() const noexcept { return file_->size(); }
  /// Every checksum, and that the orders hold each row once. Errors: corrupt.
  void verify() const;

  enum Section : std::size_t {
    keys,           // u64 a row
    key_order,      // u64 a row, the keys ascending; empty when `keys` ascends
    key_rows,       // u32 a row: whose key that is; empty likewise
    id_hashes,      // u64 an id, ascending
    id_rows,        // u32 an id
    text_offsets,   // u64 a row and one more; empty when no row has texts
    texts_section,  // a row: id and payload lengths (u32 each), id, payload, fields
    section_count
  };

 private:
  struct Place {
    std::uint64_t offset;
    std::uint64_t bytes;
    std::uint32_t crc;
  };
  struct Texts {
    std::string_view id, payload, fields;
  };
  RowFile() = default;
  template <typename T>
  std::span<const T> section(Section section) const;
  void read_header(std::string_view bytes);
  void check_sizes() const;
  Texts texts(std::size_t row) const;
  [[noreturn]] void corrupt(std::string_view what) const;

  std::shared_ptr<const io::MappedFile> file_;
  std::size_t rows_ = 0;
  std::array<Place, section_count> places_{};
  std::span<const std::uint64_t> keys_;
  std::span<const std::uint64_t> key_order_;
  std::span<const std::uint32_t> key_rows_;
  std::span<const std::uint64_t> id_hashes_;
  std::span<const std::uint32_t> id_rows_;
  std::span<const std::uint64_t> text_offsets_;
  std::string_view texts_;
};

/// Writes the file, synced: its row r is row `order[r]` of `source`. Memory: 16 bytes a row.
void write_row_file(io::FileSystem& files, const std::string& path, const Rows& source,
                    std::span<const std::uint32_t> order);

}  // namespace kindred::index
