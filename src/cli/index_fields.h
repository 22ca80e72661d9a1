// Fields of rows from a file of JSON lines. Tested by index_test.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/index_flags.h"
#include "io/atomic_file.h"
#include "io/mapped_file.h"

namespace kindred::cli {

/// A JSON object a row: a string or a boolean is a tag, an array of them several, a number a
/// number, null nothing.
class FieldLines {
 public:
  explicit FieldLines(const std::string& path) : path_(path), lines_(path, "the fields of a row") {}
  std::size_t size() const noexcept { return lines_.size(); }
  /// As a collection stores them (index/fields.h). Errors: bad_input, naming the line.
  std::string encoded(std::size_t line) const;

 private:
  std::string path_;
  IdLines lines_;
};

/// All of them at once, in a temporary file: a build asks for rows in any order, more than once.
class EncodedFields {
 public:
  /// `beside`: the file's name begins so.
  EncodedFields(const FieldLines& lines, const std::string& beside);
  std::string_view operator[](std::size_t row) const {
    return mapped_->text().substr(begins_[row], begins_[row + 1] - begins_[row]);
  }

 private:
  io::AtomicFile file_;  // never committed: it goes with this object
  std::shared_ptr<const io::MappedFile> mapped_;
  std::vector<std::uint64_t> begins_;  // of each row, and behind the last
};

}  // namespace kindred::cli
