// The elements of one JSON array, one at a time. Tested by json_array_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "io/table_input.h"

namespace kindred::io {

/// Cuts an array that may be larger than memory into the texts of its elements. Only where they end
/// is found out here; whether an element is right JSON is for who reads it.
///
/// Threads: one at a time.
class JsonArray {
 public:
  /// True when the input begins with "[", blanks aside; reads no more than it needs to see that.
  static bool begins(TableInput& input);

  /// The next element, consumed from `input`; valid until its next call of `more`. False behind the
  /// last. `lines` counts line ends that were consumed. Errors: corrupt for an array that is not
  /// closed, or goes wrong between elements; exhausted for an element of more than `limit` bytes.
  bool next(TableInput& input, std::string_view& element, std::size_t limit, std::uint64_t& lines);

 private:
  void skip_blanks(TableInput& input, std::uint64_t& lines) const;
  char peek(TableInput& input, std::uint64_t& lines) const;  ///< '\0' at the end of the input
  std::size_t end_of_element(TableInput& input, std::size_t limit, std::uint64_t lines) const;

  bool open_ = false;
  bool closed_ = false;
};

}  // namespace kindred::io
