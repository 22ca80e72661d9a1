#include "recipe/example_stream.h"

#include <algorithm>
#include <span>

#include "base/error.h"

namespace kindred::recipe {

ExampleStream::ExampleStream(std::vector<std::uint32_t> examples, const Random& random,
                             std::size_t most_tries)
    : examples_(std::move(examples)),
      random_(random),
      most_tries_(std::min(most_tries, examples_.size())) {
  require(!examples_.empty() && most_tries_ > 0, "a stream without examples");
  shuffle();
}

void ExampleStream::shuffle() {
  order_ = examples_;
  random_.split(place_.cycle).shuffle(std::span(order_));
}

void ExampleStream::begin_batch() {
  tries_ = 0;
  waited_ = 0;
  put_back_.clear();
}

std::optional<std::uint32_t> ExampleStream::next() {
  if (tries_ == most_tries_) return std::nullopt;
  ++tries_;
  if (waited_ < place_.waiting.size()) return place_.waiting[waited_++];
  if (place_.position == order_.size()) {
    ++place_.cycle;
    place_.position = 0;
    shuffle();
  }
  return order_[place_.position++];
}

void ExampleStream::end_batch() {
  auto& waiting = place_.waiting;
  waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(waited_));
  // Those that were offered and put back waited longer than those that were not offered.
  waiting.insert(waiting.begin(), put_back_.begin(), put_back_.end());
  begin_batch();
}

void ExampleStream::restore(Place place) {
  const bool own = std::all_of(place.waiting.begin(), place.waiting.end(), [&](std::uint32_t e) {
    return std::binary_search(examples_.begin(), examples_.end(), e);
  });
  if (place.position > examples_.size() || place.waiting.size() > examples_.size() || !own) {
    fail(ErrorKind::corrupt,
         "the place in the data is not of this data; go on with the files that training began "
         "with");
  }
  place_ = std::move(place);
  shuffle();
  begin_batch();
}

}  // namespace kindred::recipe
