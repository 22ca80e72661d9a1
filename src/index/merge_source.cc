#include "index/merge_source.h"

#include <algorithm>
#include <bit>

#include "base/error.h"

namespace kindred::index {

MergeSource::LiveRows::LiveRows(const Part& part) : live_(part.live()) {
  if (live_ == nullptr) return;
  std::uint32_t count = 0;
  for (std::size_t w = 0; w < live_->words().size(); ++w) {
    if (w % kStep == 0) before_.push_back(count);
    count += static_cast<std::uint32_t>(std::popcount(live_->words()[w]));
  }
}

std::size_t MergeSource::LiveRows::select(std::size_t rank) const {
  if (live_ == nullptr) return rank;
  const auto step = std::upper_bound(before_.begin(), before_.end(), rank) - before_.begin() - 1;
  std::size_t left = rank - before_[static_cast<std::size_t>(step)];
  std::size_t w = static_cast<std::size_t>(step) * kStep;
  for (;; ++w) {
    const auto here = static_cast<std::size_t>(std::popcount(live_->words()[w]));
    if (left < here) break;
    left -= here;
  }
  std::uint64_t word = live_->words()[w];
  for (; left > 0; --left) word &= word - 1;
  return w * 64 + static_cast<std::size_t>(std::countr_zero(word));
}

MergeSource::MergeSource(std::size_t dimension, std::vector<std::shared_ptr<const Part>> parts)
    : dimension_(dimension), parts_(std::move(parts)) {
  starts_.push_back(0);
  for (const auto& part : parts_) {
    live_.emplace_back(*part);
    starts_.push_back(starts_.back() + part->live_count());
  }
}

MergeSource::Place MergeSource::locate(std::size_t row) const {
  const auto next = std::upper_bound(starts_.begin(), starts_.end(), row);
  require(next != starts_.end(), "MergeSource: a row out of range");
  const auto part = static_cast<std::size_t>(next - starts_.begin()) - 1;
  return {part, live_[part].select(row - starts_[part])};
}

void MergeSource::read(std::size_t begin, std::size_t count, float* out) const {
  std::vector<std::uint32_t> rows;
  for (std::size_t at = begin; at < begin + count;) {
    const Place first = locate(at);
    const std::size_t end = std::min(begin + count, starts_[first.part + 1]);
    rows.clear();
    for (std::size_t i = at; i < end; ++i) {
      rows.push_back(static_cast<std::uint32_t>(live_[first.part].select(i - starts_[first.part])));
    }
    parts_[first.part]->read_vectors(rows, dimension_, out + (at - begin) * dimension_);
    at = end;
  }
}

std::uint64_t MergeSource::key(std::size_t row) const {
  const Place place = locate(row);
  return parts_[place.part]->rows().key(place.row);
}
std::string_view MergeSource::id(std::size_t row) const {
  const Place place = locate(row);
  return parts_[place.part]->rows().id(place.row);
}
std::string_view MergeSource::payload(std::size_t row) const {
  const Place place = locate(row);
  return parts_[place.part]->rows().payload(place.row);
}
std::string_view MergeSource::fields(std::size_t row) const {
  const Place place = locate(row);
  return parts_[place.part]->rows().fields(place.row);
}

}  // namespace kindred::index
