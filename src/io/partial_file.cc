#include "io/partial_file.h"

#include <algorithm>
#include <charconv>
#include <exception>
#include <utility>

#include "base/error.h"
#include "io/crc32c.h"
#include "io/file.h"
#include "io/mapped_file.h"

namespace kindred::io {
namespace {

constexpr std::string_view kMagic = "kindred partial 1\n";
constexpr std::size_t kMostNotes = 128;
constexpr std::chrono::seconds kBetweenNotes{1};  // a note waits for the disk

AtomicFile open(const std::string& path, bool resumable) {
  return resumable ? AtomicFile::resume(path) : AtomicFile::create(path);
}

// The number at the front of `text`, up to the character behind it, which is taken off too.
template <typename Number>
bool take_number(std::string_view& text, Number& number, int base, char behind) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end == text.data() + text.size() || *end != behind) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return true;
}

}  // namespace

PartialFile::PartialFile(const std::string& path, std::string key)
    : file_(open(path, !key.empty())),
      key_(std::move(key)),
      key_path_(file_.partial_path() + ".key") {}

PartialFile::~PartialFile() {
  if (committed_ || key_.empty()) return;
  try {
    note();
  } catch (const std::exception&) {
    // What was noted before stands.
  }
}

std::vector<PartialFile::Note> PartialFile::load_notes() const {
  if (!is_file(key_path_)) return {};
  const std::string state = read_text_file(key_path_);
  std::string_view text = state;
  if (!text.starts_with(kMagic)) return {};
  text.remove_prefix(kMagic.size());
  std::vector<Note> notes;
  while (!text.starts_with('\n')) {
    Note next;
    if (!take_number(text, next.bytes, 10, ' ') || !take_number(text, next.crc, 16, '\n'))
      return {};
    if (next.bytes <= (notes.empty() ? 0 : notes.back().bytes)) return {};
    notes.push_back(next);
  }
  return text.substr(1) == key_ ? notes : std::vector<Note>();
}

void PartialFile::save_notes() {
  if (notes_.size() >= kMostNotes) {
    std::size_t kept = 0;
    for (std::size_t i = 1; i < notes_.size(); i += 2) notes_[kept++] = notes_[i];
    notes_.resize(kept);
  }
  std::string state(kMagic);
  for (const Note& n : notes_) state += fmt::format("{} {:08x}\n", n.bytes, n.crc);
  state += '\n' + key_;
  replace_file(system_files(), key_path_, state);
}

std::uint64_t PartialFile::resume(std::size_t header_bytes) {
  header_bytes_ = header_bytes;
  if (key_.empty()) return 0;
  const std::vector<Note> notes = load_notes();
  if (!notes.empty() && file_.size() > header_bytes) {
    const auto written = MappedFile::open(file_.partial_path());
    const std::span<const std::byte> rows = written->bytes().subspan(header_bytes);
    for (const Note& n : notes) {
      if (n.bytes > rows.size()) break;
      const std::uint32_t crc = crc32c(rows.subspan(rows_.bytes, n.bytes - rows_.bytes), rows_.crc);
      if (crc != n.crc) break;
      rows_ = n;
      notes_.push_back(n);
    }
  }
  // Emptied before the key is written: rows of other work never lie under this key.
  file_.truncate(rows_.bytes == 0 ? 0 : header_bytes + rows_.bytes);
  save_notes();
  return rows_.bytes;
}

void PartialFile::write_header(std::string_view header) {
  require(header.size() == header_bytes_ && file_.size() == 0, "PartialFile: header");
  file_.write(header);
}

void PartialFile::append(std::span<const std::byte> rows) {
  file_.write(rows);
  rows_.crc = crc32c(rows, rows_.crc);
  rows_.bytes += rows.size();
}

void PartialFile::note() {
  if (rows_.bytes == (notes_.empty() ? 0 : notes_.back().bytes)) return;
  file_.sync();  // first the rows, then the word that they are there
  notes_.push_back(rows_);
  save_notes();
  last_note_ = std::chrono::steady_clock::now();
}

void PartialFile::flush() {
  file_.flush();
  if (!key_.empty() && std::chrono::steady_clock::now() - last_note_ >= kBetweenNotes) note();
}

void PartialFile::commit(std::string_view header) {
  require(header.size() == header_bytes_, "the header of a vector file changed its size");
  if (!header.empty()) file_.write_at(0, std::as_bytes(std::span(header)));
  file_.commit();
  committed_ = true;
  if (!key_.empty()) remove_file(key_path_);
}

}  // namespace kindred::io
