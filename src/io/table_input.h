// Bytes of a table, a window at a time. Tested by table_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/descriptor.h"

namespace kindred::io {

/// The unread part of an input, as far as it is in memory.
class TableInput {
 public:
  /// Owns `file` where it is given, and reads `descriptor`.
  TableInput(Descriptor file, int descriptor, std::string name);
  TableInput(std::string_view memory, std::string name);

  const std::string& name() const noexcept { return name_; }
  std::string_view window() const noexcept { return {begin_, size_}; }
  /// Reads more bytes behind the window; false at the end of the input. Views of the window end.
  bool more();
  /// Takes bytes off the front of the window; views of them stay valid until `more`.
  void consume(std::size_t count) noexcept;
  /// Bytes consumed.
  std::uint64_t position() const noexcept { return position_; }
  /// Of the whole input, where it is known.
  std::optional<std::uint64_t> size() const noexcept { return total_; }

  /// The next line without its end, consumed. False at the end of the input. Throws exhausted when
  /// it is longer than `limit`; `line_number` is for that message.
  bool next_line(std::string_view& line, std::size_t limit, std::uint64_t line_number);

  [[noreturn]] void fail_too_long(std::size_t limit, std::uint64_t line_number) const;

 private:
  std::string name_;
  Descriptor file_;
  int descriptor_ = -1;  // -1: memory, all in the window
  std::vector<char> buffer_;
  const char* begin_ = nullptr;
  std::size_t size_ = 0;
  std::uint64_t position_ = 0;
  std::optional<std::uint64_t> total_;
};

}  // namespace kindred::io
