#include "prepare/spans.h"

#include <algorithm>

#include "base/error.h"

namespace kindred::prepare {
namespace {

bool begins_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

// Where each character begins, and the end of the text.
std::vector<std::size_t> character_begins(std::string_view text) {
  std::vector<std::size_t> begins;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (begins_character(text[i])) begins.push_back(i);
  }
  begins.push_back(text.size());
  return begins;
}

}  // namespace

std::vector<Span> spans_in_bytes(std::vector<Span> spans, std::string_view text) {
  const std::vector<std::size_t> begins = character_begins(text);
  std::sort(spans.begin(), spans.end(),
            [](const Span& a, const Span& b) { return a.begin < b.begin; });
  std::size_t last = 0;
  for (Span& span : spans) {
    if (span.label.empty()) fail(ErrorKind::bad_input, "a span without a label");
    if (span.begin >= span.end || span.end >= begins.size()) {
      fail(ErrorKind::bad_input, "the span {} to {} is not in a text of {} characters", span.begin,
           span.end, begins.size() - 1);
    }
    if (span.begin < last) {
      fail(ErrorKind::bad_input, "the span {} to {} begins before the one before it ends",
           span.begin, span.end);
    }
    last = span.end;
    span.begin = begins[span.begin];
    span.end = begins[span.end];
  }
  return spans;
}

std::vector<Span> spans_in_characters(std::vector<Span> spans, std::string_view text) {
  const auto characters = [&](std::size_t bytes) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.begin() + static_cast<std::ptrdiff_t>(bytes), begins_character));
  };
  for (Span& span : spans) {
    require(span.begin < span.end && span.end <= text.size(), "a span that is not in its text");
    span.begin = characters(span.begin);
    span.end = characters(span.end);
  }
  return spans;
}

void shift_spans(std::vector<Span>& spans, std::size_t bytes, std::size_t size) {
  for (Span& span : spans) {
    span.begin = std::min(span.begin - std::min(span.begin, bytes), size);
    span.end = std::min(span.end - std::min(span.end, bytes), size);
  }
  std::erase_if(spans, [](const Span& span) { return span.begin >= span.end; });
}

}  // namespace kindred::prepare
