#include "prepare/title_spans.h"

#include <algorithm>

namespace kindred::prepare {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool is_word(char c) {
  c = lower(c);
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// The length in the title of `value` at `begin`, its blanks there or not; 0: it is not there.
std::size_t length_at(std::string_view title, std::size_t begin, std::string_view value) {
  std::size_t at = begin;
  for (std::size_t i = 0; i < value.size();) {
    if (value[i] == ' ') {
      ++i;
      while (at < title.size() && title[at] == ' ') ++at;
    } else if (at < title.size() && lower(title[at]) == lower(value[i])) {
      ++i;
      ++at;
    } else {
      return 0;
    }
  }
  return at - begin;
}

bool is_whole(std::string_view title, std::size_t begin, std::size_t end) {
  const bool cut_before = begin > 0 && is_word(title[begin - 1]) && is_word(title[begin]);
  const bool cut_behind = end < title.size() && is_word(title[end]) && is_word(title[end - 1]);
  return !cut_before && !cut_behind;
}

void find_value(std::string_view title, std::string_view value, const std::string& label,
                std::vector<Span>& found) {
  const std::size_t first = value.find_first_not_of(' ');
  if (first == std::string_view::npos || label.empty()) return;
  value = value.substr(first, value.find_last_not_of(' ') + 1 - first);
  for (std::size_t begin = 0; begin < title.size(); ++begin) {
    const std::size_t length = length_at(title, begin, value);
    if (length > 0 && is_whole(title, begin, begin + length))
      found.push_back({begin, begin + length, label});
  }
}

}  // namespace

std::vector<Span> title_spans(std::string_view title, std::string_view language,
                              const catalog::Product& product) {
  std::vector<Span> found;
  find_value(title, product.brand, "brand", found);
  for (const catalog::Attribute& attribute : product.attributes) {
    for (const auto& [of, value] : attribute.values) {
      if (of.empty() || of == language) find_value(title, value, attribute.key, found);
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const Span& a, const Span& b) {
    const std::size_t long_a = a.end - a.begin, long_b = b.end - b.begin;
    return long_a != long_b ? long_a > long_b : a.begin < b.begin;
  });
  std::vector<Span> spans;
  for (Span& span : found) {
    const bool free = std::none_of(spans.begin(), spans.end(), [&](const Span& taken) {
      return span.begin < taken.end && taken.begin < span.end;
    });
    if (free) spans.push_back(std::move(span));
  }
  std::sort(spans.begin(), spans.end(),
            [](const Span& a, const Span& b) { return a.begin < b.begin; });
  return spans;
}

}  // namespace kindred::prepare
