#include "index/field_spill.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace kindred::index {

TagSpill::TagSpill(std::string path, std::size_t pairs)
    : path_(std::move(path)), capacity_(std::max<std::size_t>(pairs, 1)) {}

void TagSpill::add(std::uint32_t term, std::uint32_t row) {
  pairs_.push_back({term, row});
  if (pairs_.size() >= capacity_) flush();
}

void TagSpill::flush() {
  if (pairs_.empty()) return;
  const auto [least, greatest] = std::minmax_element(
      pairs_.begin(), pairs_.end(), [](const Pair& a, const Pair& b) { return a.term < b.term; });
  const std::uint32_t first = least->term;
  const std::uint32_t terms = greatest->term - first + 1;
  std::vector<std::uint32_t> starts(std::size_t{terms} + 1);
  for (const Pair& pair : pairs_) ++starts[pair.term - first + 1];
  for (std::size_t t = 0; t < terms; ++t) starts[t + 1] += starts[t];
  std::vector<std::uint32_t> next(starts.begin(), starts.end() - 1);
  std::vector<std::uint32_t> rows(pairs_.size());
  for (const Pair& pair : pairs_) rows[next[pair.term - first]++] = pair.row;

  if (!file_) file_ = io::AtomicFile::create(path_);
  runs_.push_back({file_->size(), first, terms});
  file_->write(std::as_bytes(std::span(starts)));
  file_->write(std::as_bytes(std::span(rows)));
  pairs_.clear();
}

void TagSpill::seal() {
  flush();
  std::vector<Pair>().swap(pairs_);
  if (!file_) return;
  file_->flush();
  mapped_ = io::MappedFile::open(file_->partial_path());
}

void TagSpill::read(std::uint32_t term, std::vector<std::uint32_t>& rows) const {
  for (const Run& run : runs_) {
    if (term < run.first_term || term - run.first_term >= run.terms) continue;
    const auto* starts = reinterpret_cast<const std::uint32_t*>(mapped_->data() + run.offset);
    const std::uint32_t* all = starts + run.terms + 1;
    const std::uint32_t slot = term - run.first_term;
    rows.insert(rows.end(), all + starts[slot], all + starts[slot + 1]);
  }
}

NumberSpill::NumberSpill(const std::string& path) : file_(io::AtomicFile::create(path)) {}

void NumberSpill::add(std::uint32_t row, double value) {
  const Entry entry{row, value};
  file_.write(std::as_bytes(std::span(&entry, 1)));
}

void NumberSpill::seal() {
  file_.flush();
  mapped_ = io::MappedFile::open(file_.partial_path());
  mapped_->advise_sequential();
}

void NumberSpill::for_each(const std::function<void(std::uint32_t row, double value)>& fn) const {
  const std::size_t count = mapped_->size() / sizeof(Entry);
  const auto* entries = reinterpret_cast<const Entry*>(mapped_->data());
  for (std::size_t i = 0; i < count; ++i) {
    fn(static_cast<std::uint32_t>(entries[i].row), entries[i].value);
  }
}

}  // namespace kindred::index
