// Bytes of a table, a window at a time, unpacked where they are compressed. Tested by
// table_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/decompressor.h"
#include "io/descriptor.h"

namespace kindred::io {

/// The unread part of an input, as far as it is in memory. One that begins as gzip or Zstandard
/// gives what is compressed in it. Errors of all that read: corrupt where that is damaged or cut
/// short.
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
  /// Of the whole input, where it is known: not of a compressed one.
  std::optional<std::uint64_t> size() const noexcept { return total_; }

  /// The next line without its end, consumed. False at the end of the input. Throws exhausted when
  /// it is longer than `limit`; `line_number` is for that message.
  bool next_line(std::string_view& line, std::size_t limit, std::uint64_t line_number);

  [[noreturn]] void fail_too_long(std::size_t limit, std::uint64_t line_number) const;

 private:
  std::size_t read_some(std::span<char> room);
  std::size_t read_first(std::span<char> room);
  std::size_t unpack(std::span<char> room);

  std::string name_;
  Descriptor file_;
  int descriptor_ = -1;  // -1: memory, all in the window
  std::vector<char> buffer_;
  const char* begin_ = nullptr;
  std::size_t size_ = 0;
  bool looked_ = false;  // whether it is compressed
  std::unique_ptr<Decompressor> packed_;
  std::string_view packed_bytes_;  // of it, still to be unpacked
  std::vector<char> packed_buffer_;
  std::uint64_t position_ = 0;
  std::optional<std::uint64_t> total_;
};

}  // namespace kindred::io
