#include "index/field_table.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "index/posting.h"
#include "io/crc32c.h"
#include "kernels/number_scan.h"

namespace kindred::index {
namespace {

std::size_t width_of(FieldKind kind) {
  return kind == FieldKind::decimal ? sizeof(std::int32_t) : sizeof(double);
}

/// [low, high] with both ends inside.
struct Interval {
  double low, high;
};
Interval closed(const NumberRange& range) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  return {range.above_low ? std::nextafter(range.low, kInfinity) : range.low,
          range.below_high ? std::nextafter(range.high, -kInfinity) : range.high};
}

constexpr double kLargest = std::numeric_limits<std::int32_t>::max();

/// The least int32 above kMissing whose number is at least `low`; one too large where none is.
std::int64_t first_at_least(double low, double scale) {
  const double guess = std::ceil(std::clamp(low * scale, -kLargest - 1, kLargest + 1));
  auto i = static_cast<std::int64_t>(guess);
  // The product was rounded; the quotient is what the column means.
  while (static_cast<double>(i - 1) / scale >= low && i > -kLargest) --i;
  while (static_cast<double>(i) / scale < low && i <= kLargest) ++i;
  return std::max<std::int64_t>(i, static_cast<std::int64_t>(-kLargest));
}

/// The greatest int32 whose number is at most `high`; kMissing where none is.
std::int64_t last_at_most(double high, double scale) {
  return -first_at_least(-high, scale);
}

}  // namespace

template <typename... Args>
void FieldTable::corrupt(const Args&... what) const {
  std::string message;
  (message.append(what), ...);
  fail(ErrorKind::corrupt, "{}: {}; restore the file from a snapshot or rebuild the segment",
       file_->path(), message);
}

std::shared_ptr<const FieldTable> FieldTable::open(const std::string& path) {
  return std::shared_ptr<const FieldTable>(new FieldTable(io::MappedFile::open(path)));
}

FieldTable::FieldTable(std::shared_ptr<const io::MappedFile> file) : file_(std::move(file)) {
  check_header();
  check_directory();
}

void FieldTable::check_header() {
  if (file_->size() < sizeof(FieldHeader)) corrupt("shorter than a header");
  std::memcpy(&header_, file_->data(), sizeof(header_));
  if (std::memcmp(header_.magic, kFieldMagic, sizeof(kFieldMagic)) != 0) {
    corrupt("not a file of fields");
  }
  if (header_.version != kFieldVersion) {
    fail(ErrorKind::unsupported, "{}: version {} of the file of fields; this program reads {}",
         file_->path(), header_.version, kFieldVersion);
  }
  const auto before = file_->bytes().first(offsetof(FieldHeader, header_crc));
  if (io::crc32c(before) != header_.header_crc) corrupt("the header's checksum differs");
  if (header_.directory_offset < sizeof(FieldHeader) || header_.directory_offset % 8 != 0 ||
      header_.directory_offset > file_->size() ||
      header_.directory_bytes != file_->size() - header_.directory_offset) {
    corrupt("the file has ", std::to_string(file_->size()), " bytes, its header says otherwise");
  }
  if (header_.rows > std::numeric_limits<std::uint32_t>::max()) corrupt("too many rows");
  rows_ = header_.rows;
}

void FieldTable::check_directory() {
  const auto bytes = file_->bytes().subspan(header_.directory_offset);
  if (io::crc32c(bytes) != header_.directory_crc) corrupt("the directory's checksum differs");
  std::uint64_t left = bytes.size();
  const auto take = [&](std::uint64_t count, std::size_t size) {
    if (count > left / size) corrupt("the directory is too short");
    const std::byte* at = bytes.data() + (bytes.size() - left);
    left -= count * size;
    return at;
  };
  const std::byte* fields = take(header_.fields, sizeof(FieldRecord));
  fields_ = {reinterpret_cast<const FieldRecord*>(fields), header_.fields};
  const std::byte* terms = take(header_.terms, sizeof(TermRecord));
  terms_ = {reinterpret_cast<const TermRecord*>(terms), header_.terms};
  std::uint64_t columns = 0;
  for (const FieldRecord& field : fields_) columns += field.kind == FieldKind::tags ? 0 : 1;
  const std::uint64_t blocks = columns * blocks_of(rows_);
  const std::byte* crcs = take(blocks, sizeof(std::uint32_t));
  block_crcs_ = {reinterpret_cast<const std::uint32_t*>(crcs), blocks};
  const std::byte* texts = take(header_.text_bytes, 1);
  texts_ = {reinterpret_cast<const char*>(texts), header_.text_bytes};
  if (left != 0) corrupt("bytes follow the directory");

  std::uint64_t next_term = 0;
  std::uint64_t next_block = 0;
  for (std::size_t f = 0; f < fields_.size(); ++f) {
    check_field(fields_[f], next_term, next_block);
    if (f == 0) continue;
    const int order = name(fields_[f - 1]).compare(name(fields_[f]));
    const bool both_numbers =
        fields_[f - 1].kind != FieldKind::tags || fields_[f].kind == FieldKind::tags;
    if (order > 0 || (order == 0 && both_numbers)) corrupt("the fields are out of order");
  }
  if (next_term != terms_.size()) corrupt("tags without a field");
  checked_ = std::make_unique<std::atomic<bool>[]>(blocks);
}

void FieldTable::check_field(const FieldRecord& field, std::uint64_t& next_term,
                             std::uint64_t& next_block) {
  if (field.name_offset > texts_.size() || field.name_bytes > texts_.size() - field.name_offset) {
    corrupt("a field's name lies outside the texts");
  }
  const std::string where = "field " + std::string(name(field));
  if (field.kind == FieldKind::tags) {
    if (field.first != next_term || field.count > terms_.size() - next_term) {
      corrupt(where, ": its tags are not where they should be");
    }
    next_term += field.count;
    return check_terms(field);
  }
  if (field.kind != FieldKind::decimal && field.kind != FieldKind::real) {
    corrupt(where, ": of an unknown kind");
  }
  const std::uint64_t end = header_.directory_offset;
  if (field.first % kDataAlignment != 0 || field.first > end ||
      rows_ > (end - field.first) / width_of(field.kind)) {
    corrupt(where, ": its column lies outside the data");
  }
  if (field.first_block != next_block || field.decimals > kMaxDecimals || field.count > rows_) {
    corrupt(where, ": impossible sizes");
  }
  next_block += blocks_of(rows_);
}

void FieldTable::check_terms(const FieldRecord& field) const {
  std::string_view before;
  for (std::size_t t = 0; t < field.count; ++t) {
    const TermRecord& term = terms_[field.first + t];
    if (term.text_offset > texts_.size() || term.text_bytes > texts_.size() - term.text_offset) {
      corrupt("field ", std::string(name(field)), ": a value lies outside the texts");
    }
    if (term.posting_offset > header_.directory_offset ||
        term.posting_bytes > header_.directory_offset - term.posting_offset) {
      corrupt("field ", std::string(name(field)), ": a tag's rows lie outside the data");
    }
    if (t > 0 && before >= value(term)) {
      corrupt("field ", std::string(name(field)), ": its values are out of order");
    }
    before = value(term);
  }
}

const FieldRecord* FieldTable::find(std::string_view name_wanted, bool numbers) const {
  const auto found = std::lower_bound(
      fields_.begin(), fields_.end(), name_wanted,
      [this](const FieldRecord& field, std::string_view wanted) { return name(field) < wanted; });
  for (auto field = found; field != fields_.end() && name(*field) == name_wanted; ++field) {
    if ((field->kind != FieldKind::tags) == numbers) return &*field;
  }
  return nullptr;
}

std::span<const std::byte> FieldTable::posting(const TermRecord& term) const {
  const auto bytes = file_->bytes().subspan(term.posting_offset, term.posting_bytes);
  if (io::crc32c(bytes) != term.posting_crc) {
    corrupt("tag '", std::string(value(term)), "': the checksum of its rows differs");
  }
  return bytes;
}

void FieldTable::add(const TermRecord& term, RowSet& out) const {
  if (!add_posting(posting(term), out)) {
    corrupt("tag '", std::string(value(term)), "': its rows contradict themselves");
  }
}

void FieldTable::check_block(const FieldRecord& field, std::size_t block) const {
  std::atomic<bool>& checked = checked_[field.first_block + block];
  if (checked.load(std::memory_order_acquire)) return;
  const std::size_t width = width_of(field.kind);
  const std::size_t count = std::min(kBlockRows, rows_ - block * kBlockRows);
  const auto bytes =
      file_->bytes().subspan(field.first + block * kBlockRows * width, count * width);
  if (io::crc32c(bytes) != block_crcs_[field.first_block + block]) {
    corrupt("field ", std::string(name(field)), ": the checksum of rows from ",
            std::to_string(block * kBlockRows), " on differs");
  }
  checked.store(true, std::memory_order_release);
}

std::vector<std::string> FieldTable::names() const {
  std::vector<std::string> names;
  for (const FieldRecord& field : fields_) {
    if (names.empty() || names.back() != name(field)) names.emplace_back(name(field));
  }
  return names;
}

FieldKinds FieldTable::kinds(std::string_view field) const {
  return {find(field, false) != nullptr, find(field, true) != nullptr};
}

void FieldTable::select_tag(std::string_view field_name, std::string_view wanted,
                            RowSet& out) const {
  require(out.rows() == rows_, "FieldTable: a set of other rows");
  const FieldRecord* field = find(field_name, false);
  if (field == nullptr) return;
  const auto all = terms(*field);
  const auto from = [&](std::string_view least) {
    return std::lower_bound(
        all.begin(), all.end(), least,
        [this](const TermRecord& term, std::string_view v) { return value(term) < v; });
  };
  const auto exact = from(wanted);
  if (exact != all.end() && value(*exact) == wanted) add(*exact, out);
  const std::string beneath = std::string(wanted).append(kPathSeparator);
  for (auto term = from(beneath); term != all.end() && value(*term).starts_with(beneath); ++term) {
    add(*term, out);
  }
}

void FieldTable::select_numbers(std::string_view field_name, const NumberRange& range,
                                RowSet& out) const {
  require(out.rows() == rows_, "FieldTable: a set of other rows");
  const FieldRecord* field = find(field_name, true);
  const Interval interval = closed(range);
  if (field == nullptr || field->count == 0 || !(interval.low <= field->max) ||
      !(interval.high >= field->min)) {
    return;
  }
  const double scale = kPowersOfTen[field->decimals];
  const std::int64_t low = first_at_least(interval.low, scale);
  const std::int64_t high = last_at_most(interval.high, scale);
  for (std::size_t block = 0; block < blocks_of(rows_); ++block) {
    check_block(*field, block);
    const std::size_t begin = block * kBlockRows;
    const std::size_t count = std::min(kBlockRows, rows_ - begin);
    std::uint64_t* words = out.words().data() + begin / 64;
    if (field->kind == FieldKind::real) {
      kernels::scan_range(column<double>(*field) + begin, count, interval.low, interval.high,
                          words);
    } else if (low <= high) {
      kernels::scan_range(column<std::int32_t>(*field) + begin, count,
                          static_cast<std::int32_t>(low), static_cast<std::int32_t>(high), words);
    }
  }
}

void FieldTable::select_present(std::string_view field_name, RowSet& out) const {
  if (const FieldRecord* field = find(field_name, false)) {
    for (const TermRecord& term : terms(*field)) add(term, out);
  }
  select_numbers(field_name, NumberRange{}, out);
}

void FieldTable::count_values(std::string_view field_name, const RowSet& rows,
                              FacetCounts& into) const {
  require(rows.rows() == rows_, "FieldTable: a set of other rows");
  const FieldRecord* field = find(field_name, false);
  if (field == nullptr) return;
  for (const TermRecord& term : terms(*field)) {
    const auto count = count_posting(posting(term), rows);
    if (!count) corrupt("tag '", std::string(value(term)), "': its rows contradict themselves");
    if (*count == 0) continue;
    const auto entry = into.find(value(term));
    if (entry != into.end()) {
      entry->second += *count;
    } else {
      into.emplace(value(term), *count);
    }
  }
}

/// Calls `fn(row, number)` for each row (of `rows`, where given) that has a number.
template <typename Fn>
void FieldTable::for_each_value(const FieldRecord& field, const RowSet* rows, const Fn& fn) const {
  const double scale = kPowersOfTen[field.decimals];
  const auto visit = [&](std::size_t row) {
    if (field.kind == FieldKind::real) {
      const double number = column<double>(field)[row];
      if (!std::isnan(number)) fn(row, number);
    } else {
      const std::int32_t number = column<std::int32_t>(field)[row];
      if (number != kMissing) fn(row, number / scale);
    }
  };
  for (std::size_t block = 0; block < blocks_of(rows_); ++block) {
    check_block(field, block);
    const std::size_t begin = block * kBlockRows;
    const std::size_t end = begin + std::min(kBlockRows, rows_ - begin);
    for (std::size_t word = begin / 64; word * 64 < end; ++word) {
      std::uint64_t bits = rows != nullptr ? rows->words()[word] : ~std::uint64_t{0};
      for (; bits != 0; bits &= bits - 1) {
        const std::size_t row = word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
        if (row < end) visit(row);
      }
    }
  }
}

void FieldTable::summarize(std::string_view field_name, const RowSet& rows,
                           NumberSummary& into) const {
  require(rows.rows() == rows_, "FieldTable: a set of other rows");
  const FieldRecord* field = find(field_name, true);
  if (field == nullptr) return;
  for_each_value(*field, &rows, [&into](std::size_t, double number) { into.add(number); });
}

void FieldTable::for_each_tag(
    const std::function<void(std::string_view, std::string_view, const RowSet&)>& fn) const {
  RowSet rows(rows_);
  for (const FieldRecord& field : fields_) {
    if (field.kind != FieldKind::tags) continue;
    for (const TermRecord& term : terms(field)) {
      std::fill(rows.words().begin(), rows.words().end(), 0);
      add(term, rows);
      fn(name(field), value(term), rows);
    }
  }
}

void FieldTable::for_each_number(
    const std::function<void(std::string_view, std::size_t, double)>& fn) const {
  for (const FieldRecord& field : fields_) {
    if (field.kind == FieldKind::tags) continue;
    for_each_value(field, nullptr,
                   [&](std::size_t row, double number) { fn(name(field), row, number); });
  }
}

void FieldTable::verify() const {
  for (const FieldRecord& field : fields_) {
    if (field.kind == FieldKind::tags) {
      verify_tags(field);
    } else {
      verify_numbers(field);
    }
  }
}

void FieldTable::verify_tags(const FieldRecord& field) const {
  const RowSet all(rows_, true);
  for (const TermRecord& term : terms(field)) {
    if (count_posting(posting(term), all) != term.rows) {
      corrupt("field ", std::string(name(field)), ", tag '", std::string(value(term)),
              "': not the number of rows that is stated");
    }
  }
}

void FieldTable::verify_numbers(const FieldRecord& field) const {
  for (std::size_t block = 0; block < blocks_of(rows_); ++block) {
    checked_[field.first_block + block].store(false, std::memory_order_release);
  }
  NumberSummary summary;
  for_each_value(field, nullptr, [&](std::size_t, double number) { summary.add(number); });
  if (summary.count != field.count ||
      (summary.count > 0 && (summary.min != field.min || summary.max != field.max))) {
    corrupt("field ", std::string(name(field)), ": not the numbers that are stated");
  }
}

}  // namespace kindred::index
