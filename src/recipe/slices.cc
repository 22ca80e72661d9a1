#include "recipe/slices.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace kindred::recipe {

std::vector<Slice> draw_slices(std::string_view sequence, const SliceOptions& options,
                               Random& random) {
  require(!options.separator.empty() && options.least > 0, "slices without separator or events");
  // Where events begin and end; several separators in a row are one.
  std::vector<std::pair<std::size_t, std::size_t>> events;
  for (std::size_t at = 0; at < sequence.size();) {
    const std::size_t end = std::min(sequence.find(options.separator, at), sequence.size());
    if (end > at) events.emplace_back(at, end);
    at = end + options.separator.size();
  }
  std::vector<Slice> slices;
  for (std::size_t i = 0; i < options.count; ++i) {
    if (events.size() < options.least) {
      slices.push_back({sequence, {}});
      continue;
    }
    const std::size_t most = std::min(std::max(options.most, options.least), events.size());
    const std::size_t length = options.least + random.below(most - options.least + 1);
    const std::size_t first = random.below(events.size() - length + 1);
    const std::size_t begin = events[first].first;
    Slice& slice = slices.emplace_back();
    slice.text = sequence.substr(begin, events[first + length - 1].second - begin);
    if (first + length == events.size()) continue;
    const auto& [next, end] = events[first + length];
    slice.following = sequence.substr(next, end - next);
  }
  return slices;
}

}  // namespace kindred::recipe
