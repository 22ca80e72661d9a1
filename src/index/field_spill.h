// What a FieldTableBuilder was given, kept in temporary files. Internal to field_table_builder.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/atomic_file.h"
#include "io/mapped_file.h"

namespace kindred::index {

/// (term, row) pairs in any order, given back term by term. Pairs are gathered in memory; a full
/// buffer is sorted by term (by counting, so that a term's rows stay in order) and appended to a
/// file as a run.
///
/// Threads: one at a time.
class TagSpill {
 public:
  /// `path`: the temporary file gets a name of its own beside it. `pairs`: the buffer's size.
  TagSpill(std::string path, std::size_t pairs);
  void add(std::uint32_t term, std::uint32_t row);
  /// No pair is added after it.
  void seal();
  /// Appends the rows of a term to `rows`.
  void read(std::uint32_t term, std::vector<std::uint32_t>& rows) const;

 private:
  struct Pair {
    std::uint32_t term;
    std::uint32_t row;
  };
  struct Run {
    std::uint64_t offset;      // in the file: starts[terms + 1], then the rows
    std::uint32_t first_term;  // of the buffer
    std::uint32_t terms;
  };
  void flush();

  std::string path_;
  std::size_t capacity_;
  std::vector<Pair> pairs_;
  std::vector<Run> runs_;
  std::optional<io::AtomicFile> file_;
  std::shared_ptr<const io::MappedFile> mapped_;
};

/// (row, number) pairs of one field, given back in the order in which they came.
///
/// Threads: one at a time.
class NumberSpill {
 public:
  explicit NumberSpill(const std::string& path);
  void add(std::uint32_t row, double value);
  void seal();
  void for_each(const std::function<void(std::uint32_t row, double value)>& fn) const;

 private:
  struct Entry {
    std::uint64_t row;
    double value;
  };
  io::AtomicFile file_;
  std::shared_ptr<const io::MappedFile> mapped_;
};

}  // namespace kindred::index
