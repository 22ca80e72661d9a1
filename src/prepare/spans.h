// Named stretches of a text. Tested by example_test.cc.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kindred::prepare {

/// Bytes [begin, end) of a text, such as its brand.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string label = {};

  bool operator==(const Span&) const = default;
};

/// From places in characters to places in bytes, sorted by their beginning. Errors: bad_input for a
/// span that is empty, without label, not in the text, or overlaps another.
std::vector<Span> spans_in_bytes(std::vector<Span> spans, std::string_view text);
/// And back.
std::vector<Span> spans_in_characters(std::vector<Span> spans, std::string_view text);
/// After the first `bytes` of the text and what is behind its new `size` were cut off.
void shift_spans(std::vector<Span>& spans, std::size_t bytes, std::size_t size);

}  // namespace kindred::prepare
