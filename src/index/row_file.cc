#include "index/row_file.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "io/byte_codec.h"
#include "io/crc32c.h"

namespace kindred::index {
namespace {

constexpr std::string_view kMagic("KNDRDROW", 8);
constexpr std::uint32_t kVersion = 1;
// Magic, version, checksum of what follows, rows, and offset, bytes and checksum of each section.
constexpr std::size_t kPlaceBytes = 20;
constexpr std::size_t kHeaderBytes = 8 + 4 + 4 + 8 + kPlaceBytes * RowFile::section_count;

std::size_t align8(std::size_t bytes) {
  return (bytes + 7) / 8 * 8;
}

// The place of `value` among ascending, evenly spread numbers: a guess between the ends, halved
// where the guess does not help.
std::optional<std::size_t> find_sorted(std::span<const std::uint64_t> sorted, std::uint64_t value) {
  std::size_t begin = 0, end = sorted.size();
  while (begin < end) {
    const std::uint64_t low = sorted[begin], high = sorted[end - 1];
    if (value < low || value > high) return std::nullopt;
    const double share =
        high == low ? 0.0 : static_cast<double>(value - low) / static_cast<double>(high - low);
    const auto offset = static_cast<std::size_t>(share * static_cast<double>(end - 1 - begin));
    const std::size_t guess = begin + std::min(offset, end - 1 - begin);
    if (sorted[guess] == value) return guess;
    // After each guess also one halving, so that no distribution is worse than twice the logarithm.
    (sorted[guess] < value ? begin : end) = sorted[guess] < value ? guess + 1 : guess;
    if (begin >= end) return std::nullopt;
    const std::size_t middle = begin + (end - begin) / 2;
    if (sorted[middle] == value) return middle;
    (sorted[middle] < value ? begin : end) = sorted[middle] < value ? middle + 1 : middle;
  }
  return std::nullopt;
}

// Appends sections to a file, with the checksum of each.
class SectionWriter {
 public:
  SectionWriter(io::WritableFile& file, std::uint64_t begin) : file_(file), at_(begin) {}

  void begin() {
    offset_ = at_;
    crc_ = 0;
  }
  template <typename T>
  void number(T value) {
    text({reinterpret_cast<const char*>(&value), sizeof(T)});
  }
  void text(std::string_view bytes) {
    buffer_ += bytes;
    if (buffer_.size() >= kBufferBytes) flush();
  }
  // The section's place, appended to a header.
  void end(io::ByteWriter& header) {
    flush();
    header.number(offset_);
    header.number(at_ - offset_);
    header.number(crc_);
    at_ = align8(at_);
  }

 private:
  static constexpr std::size_t kBufferBytes = std::size_t{1} << 20;
  void flush() {
    file_.write_at(at_, io::as_bytes(buffer_));
    crc_ = io::crc32c(io::as_bytes(buffer_), crc_);
    at_ += buffer_.size();
    buffer_.clear();
  }
  io::WritableFile& file_;
  std::uint64_t at_;
  std::uint64_t offset_ = 0;
  std::uint32_t crc_ = 0;
  std::string buffer_;
};

struct SortedRow {
  std::uint64_t value;
  std::uint32_t row;
  bool operator<(const SortedRow& other) const {
    return value != other.value ? value < other.value : row < other.row;
  }
};

void write_keys(const Rows& source, std::span<const std::uint32_t> order, SectionWriter& out,
                io::ByteWriter& header) {
  bool ascending = true;
  out.begin();
  for (std::size_t r = 0; r < order.size(); ++r) {
    out.number(source.key(order[r]));
    if (r > 0 && source.key(order[r]) <= source.key(order[r - 1])) ascending = false;
  }
  out.end(header);
  std::vector<SortedRow> sorted;
  if (!ascending) {
    sorted.reserve(order.size());
    for (std::size_t r = 0; r < order.size(); ++r) {
      sorted.push_back({source.key(order[r]), static_cast<std::uint32_t>(r)});
    }
    std::sort(sorted.begin(), sorted.end());
  }
  out.begin();
  for (const SortedRow& s : sorted) out.number(s.value);
  out.end(header);
  out.begin();
  for (const SortedRow& s : sorted) out.number(s.row);
  out.end(header);
}

// True when some row has texts.
bool write_ids(const Rows& source, std::span<const std::uint32_t> order, SectionWriter& out,
               io::ByteWriter& header) {
  bool texts = false;
  std::vector<SortedRow> sorted;
  for (std::size_t r = 0; r < order.size(); ++r) {
    const std::string_view id = source.id(order[r]);
    if (!id.empty()) sorted.push_back({hash_id(id), static_cast<std::uint32_t>(r)});
    texts = texts || !source.payload(order[r]).empty() || !source.fields(order[r]).empty();
  }
  std::sort(sorted.begin(), sorted.end());
  out.begin();
  for (const SortedRow& s : sorted) out.number(s.value);
  out.end(header);
  out.begin();
  for (const SortedRow& s : sorted) out.number(s.row);
  out.end(header);
  return texts || !sorted.empty();
}

constexpr std::size_t kTextLengths = 2 * sizeof(std::uint32_t);

void write_texts(const Rows& source, std::span<const std::uint32_t> order, bool any,
                 SectionWriter& out, io::ByteWriter& header) {
  if (!any) order = {};
  out.begin();
  std::uint64_t offset = 0;
  if (any) out.number(offset);
  for (const std::uint32_t r : order) {
    offset +=
        kTextLengths + source.id(r).size() + source.payload(r).size() + source.fields(r).size();
    out.number(offset);
  }
  out.end(header);
  out.begin();
  for (const std::uint32_t r : order) {
    out.number(static_cast<std::uint32_t>(source.id(r).size()));
    out.number(static_cast<std::uint32_t>(source.payload(r).size()));
    out.text(source.id(r));
    out.text(source.payload(r));
    out.text(source.fields(r));
  }
  out.end(header);
}

}  // namespace

std::uint64_t hash_id(std::string_view id) noexcept {
  // FNV-1a, its bits spread by the finaliser of splitmix64: a lookup expects them even.
  std::uint64_t h = 0xCBF29CE484222325U;
  for (const char c : id) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  h = (h ^ (h >> 30)) * 0xBF58476D1CE4E5B9U;
  h = (h ^ (h >> 27)) * 0x94D049BB133111EBU;
  return h ^ (h >> 31);
}

void write_row_file(io::FileSystem& files, const std::string& path, const Rows& source,
                    std::span<const std::uint32_t> order) {
  require(order.size() == source.rows(), "write_row_file: an order of all rows");
  const auto file = files.create(path);
  SectionWriter out(*file, align8(kHeaderBytes));
  io::ByteWriter header;
  header.number(static_cast<std::uint64_t>(order.size()));
  write_keys(source, order, out, header);
  const bool texts = write_ids(source, order, out, header);
  write_texts(source, order, texts, out, header);
  io::ByteWriter head;
  head.number(kVersion);
  head.number(io::crc32c(io::as_bytes(header.bytes())));
  file->write_at(0, io::as_bytes(std::string(kMagic) + head.take() + header.take()));
  file->sync();
  files.sync_directory(io::directory_of(path));
}

std::shared_ptr<const RowFile> RowFile::open(const std::string& path) {
  std::shared_ptr<RowFile> rows(new RowFile());
  rows->file_ = io::MappedFile::open(path);
  rows->read_header(rows->file_->text());
  rows->check_sizes();
  return rows;
}

void RowFile::corrupt(std::string_view what) const {
  fail(ErrorKind::corrupt, "{} {}; restore it from a backup", file_->path(), what);
}

template <typename T>
std::span<const T> RowFile::section(Section section) const {
  const Place& place = places_[section];
  return {reinterpret_cast<const T*>(file_->data() + place.offset), place.bytes / sizeof(T)};
}

void RowFile::read_header(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes) corrupt("is cut short");
  io::ByteReader reader(bytes.substr(0, kHeaderBytes), file_->path());
  if (reader.take(kMagic.size()) != kMagic) corrupt("does not begin as a file of rows");
  const auto version = reader.number<std::uint32_t>();
  if (version != kVersion) {
    fail(ErrorKind::unsupported, "{} is of version {}; this Kindred reads version {}",
         file_->path(), version, kVersion);
  }
  const auto crc = reader.number<std::uint32_t>();
  if (crc != io::crc32c(io::as_bytes(bytes.substr(reader.at(), kHeaderBytes - reader.at())))) {
    corrupt("has a damaged header");
  }
  const auto rows = reader.number<std::uint64_t>();
  if (rows > 0xFFFFFFFFU) corrupt("claims too many rows");
  rows_ = rows;
  for (Place& place : places_) {
    place.offset = reader.number<std::uint64_t>();
    place.bytes = reader.number<std::uint64_t>();
    place.crc = reader.number<std::uint32_t>();
    if (place.offset % 8 != 0 || place.offset > bytes.size() ||
        place.bytes > bytes.size() - place.offset) {
      // A last section that is empty may begin at the alignment behind the end.
      if (place.bytes != 0) corrupt("has a section that reaches behind its end");
      place.offset = 0;
    }
  }
  keys_ = section<std::uint64_t>(keys);
  key_order_ = section<std::uint64_t>(key_order);
  key_rows_ = section<std::uint32_t>(key_rows);
  id_hashes_ = section<std::uint64_t>(id_hashes);
  id_rows_ = section<std::uint32_t>(id_rows);
  text_offsets_ = section<std::uint64_t>(text_offsets);
  texts_ = bytes.substr(places_[texts_section].offset, places_[texts_section].bytes);
}

void RowFile::check_sizes() const {
  const auto holds = [&](Section s, std::size_t count, std::size_t size) {
    if (places_[s].bytes != count * size) corrupt("has a section of a wrong size");
  };
  holds(keys, rows_, 8);
  const std::size_t ordered = places_[key_order].bytes == 0 ? 0 : rows_;
  holds(key_order, ordered, 8);
  holds(key_rows, ordered, 4);
  if (id_hashes_.size() > rows_) corrupt("has more ids than rows");
  holds(id_hashes, id_hashes_.size(), 8);
  holds(id_rows, id_hashes_.size(), 4);
  holds(text_offsets, text_offsets_.empty() ? 0 : rows_ + 1, 8);
  if (text_offsets_.empty() && !texts_.empty()) corrupt("has texts of no row");
}

RowFile::Texts RowFile::texts(std::size_t row) const {
  if (text_offsets_.empty()) return {};
  const std::uint64_t begin = text_offsets_[row], end = text_offsets_[row + 1];
  if (begin > end || end > texts_.size() || end - begin < kTextLengths) {
    corrupt("has damaged offsets of texts");
  }
  io::ByteReader reader(texts_.substr(begin, end - begin), file_->path());
  const auto id = reader.number<std::uint32_t>();
  const auto payload = reader.number<std::uint32_t>();
  Texts result;
  result.id = reader.take(id);
  result.payload = reader.take(payload);
  result.fields = reader.take(reader.left());
  return result;
}

std::size_t RowFile::row_of_rank(std::size_t rank) const {
  if (key_rows_.empty()) return rank;
  const std::size_t row = key_rows_[rank];
  if (row >= rows_) corrupt("orders its keys by a row behind the last");
  return row;
}

std::size_t RowFile::row_of_id_rank(std::size_t rank) const {
  const std::size_t row = id_rows_[rank];
  if (row >= rows_) corrupt("orders its ids by a row behind the last");
  return row;
}

std::optional<std::size_t> RowFile::find_key(std::uint64_t key) const {
  const auto rank = find_sorted(key_order_.empty() ? keys_ : key_order_, key);
  return rank ? std::optional(row_of_rank(*rank)) : std::nullopt;
}

std::optional<std::size_t> RowFile::find_id(std::string_view id) const {
  const std::uint64_t hash = hash_id(id);
  auto rank = find_sorted(id_hashes_, hash);
  if (!rank) return std::nullopt;
  while (*rank > 0 && id_hashes_[*rank - 1] == hash) --*rank;
  for (; *rank < id_hashes_.size() && id_hashes_[*rank] == hash; ++*rank) {
    const std::size_t row = row_of_id_rank(*rank);
    if (texts(row).id == id) return row;
  }
  return std::nullopt;
}

void RowFile::verify() const {
  for (const Place& place : places_) {
    const auto bytes = file_->bytes().subspan(place.offset, place.bytes);
    if (io::crc32c(bytes) != place.crc) corrupt("is damaged: the checksum of a section is wrong");
  }
  // Keys that ascend strictly and belong to their rows are each row once.
  for (std::size_t rank = 0; rank < rows_; ++rank) {
    const std::size_t row = row_of_rank(rank);
    if (rank > 0 && keys_[row] <= keys_[row_of_rank(rank - 1)]) corrupt("has keys out of order");
    if (!key_order_.empty() && key_order_[rank] != keys_[row]) corrupt("has a wrong order of keys");
  }
  std::size_t with_id = 0;
  for (std::size_t row = 0; row < rows_; ++row) with_id += texts(row).id.empty() ? 0 : 1;
  if (with_id != ids()) corrupt("does not list each id once");
  for (std::size_t rank = 0; rank < ids(); ++rank) {
    const std::string_view id = texts(row_of_id_rank(rank)).id;
    if (id.empty() || hash_id(id) != id_hashes_[rank]) corrupt("has a wrong order of ids");
    if (rank > 0 &&
        (id_hashes_[rank] < id_hashes_[rank - 1] ||
         (id_hashes_[rank] == id_hashes_[rank - 1] && id_rows_[rank] <= id_rows_[rank - 1]))) {
      corrupt("has ids out of order");
    }
  }
}

}  // namespace kindred::index
