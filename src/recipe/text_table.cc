#include "recipe/text_table.h"

#include <limits>

#include "base/error.h"
#include "prepare/text_key.h"

namespace kindred::recipe {

std::size_t TextTable::place_of(std::string_view text) const noexcept {
  const std::size_t mask = places_.size() - 1;
  std::size_t at = prepare::hash_text(text) & mask;
  while (places_[at] != 0 && (*this)[places_[at] - 1] != text) at = (at + 1) & mask;
  return at;
}

void TextTable::grow() {
  places_.assign(places_.empty() ? 1024 : 2 * places_.size(), 0);
  const std::size_t mask = places_.size() - 1;
  for (TextId id = 0; id < size(); ++id) {
    std::size_t at = prepare::hash_text((*this)[id]) & mask;
    while (places_[at] != 0) at = (at + 1) & mask;
    places_[at] = id + 1;
  }
}

TextId TextTable::add(std::string_view text) {
  if (4 * (size() + 1) > 3 * places_.size()) grow();
  std::uint32_t& place = places_[place_of(text)];
  if (place == 0) {
    if (size() + 1 == std::numeric_limits<TextId>::max())
      fail(ErrorKind::exhausted, "more than 4 billion different texts; train on a part of them");
    bytes_ += text;
    ends_.push_back(bytes_.size());
    place = static_cast<std::uint32_t>(size());
  }
  return place - 1;
}

void TextTable::finish() {
  places_ = {};
  bytes_.shrink_to_fit();
  ends_.shrink_to_fit();
}

}  // namespace kindred::recipe
