#include "index/field_table_builder.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "index/field_spill.h"
#include "index/posting.h"
#include "io/atomic_file.h"
#include "io/crc32c.h"

namespace kindred::index {
namespace {

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept {
    return std::hash<std::string_view>()(text);
  }
};
/// Value → number of the term.
using Terms = std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>>;
constexpr std::size_t kTermOverhead = 96;  // of a node, its bucket and a long string, in bytes

/// The least number of decimals with which int32 holds every number of a column exactly.
std::optional<std::uint32_t> decimals_of(std::span<const double> column) {
  for (std::uint32_t decimals = 0; decimals <= kMaxDecimals; ++decimals) {
    const double scale = kPowersOfTen[decimals];
    const bool exact = std::all_of(column.begin(), column.end(), [scale](double value) {
      if (std::isnan(value)) return true;
      const double scaled = std::nearbyint(value * scale);
      return std::abs(scaled) <= std::numeric_limits<std::int32_t>::max() &&
             scaled / scale == value;
    });
    if (exact) return decimals;
  }
  return std::nullopt;
}

/// Old row → new row.
class Order {
 public:
  explicit Order(std::size_t rows) : rows_(rows) {}
  explicit Order(std::span<const std::uint32_t> order) : rows_(order.size()), identity_(false) {
    std::uint32_t greatest = 0;
    for (const std::uint32_t old : order) greatest = std::max(greatest, old);
    if (!order.empty()) new_row_.assign(std::size_t{greatest} + 1, FieldTableBuilder::kDropped);
    for (std::size_t row = 0; row < order.size(); ++row) {
      std::uint32_t& slot = new_row_[order[row]];
      if (slot != FieldTableBuilder::kDropped) {
        fail(ErrorKind::bad_input, "the order of a segment's rows names row {} twice", order[row]);
      }
      slot = static_cast<std::uint32_t>(row);
    }
  }

  std::size_t rows() const { return rows_; }
  /// kDropped where the row is left out.
  std::uint32_t operator[](std::uint32_t old) const {
    if (identity_) return check(old);
    return old < new_row_.size() ? new_row_[old] : FieldTableBuilder::kDropped;
  }

 private:
  std::uint32_t check(std::uint32_t old) const {
    if (old >= rows_) {
      fail(ErrorKind::bad_input, "row {} has fields, but there are only {} rows", old, rows_);
    }
    return old;
  }

  std::size_t rows_;
  bool identity_ = true;
  std::vector<std::uint32_t> new_row_;
};

/// Maps rows to the new order, ascending and distinct.
void reorder(std::vector<std::uint32_t>& rows, const Order& order, RowSet& scratch) {
  for (std::uint32_t& row : rows) row = order[row];
  std::erase(rows, FieldTableBuilder::kDropped);
  if (std::is_sorted(rows.begin(), rows.end(), std::less_equal<>())) return;
  if (rows.size() < order.rows() / 64) {
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    return;
  }
  for (const std::uint32_t row : rows) scratch.insert(row);
  rows.clear();
  for (std::size_t w = 0; w < scratch.words().size(); ++w) {
    for (std::uint64_t bits = std::exchange(scratch.words()[w], 0); bits != 0; bits &= bits - 1) {
      rows.push_back(static_cast<std::uint32_t>(w * 64) +
                     static_cast<std::uint32_t>(std::countr_zero(bits)));
    }
  }
}

/// The file as it grows: data first, then the directory, then the header over the space left for
/// it.
class Writer {
 public:
  Writer(const std::string& path, io::FileSystem& files)
      : file_(io::AtomicFile::create(path, files)) {
    file_.write(std::string(sizeof(FieldHeader), '\0'));
  }

  void start_field(std::string_view name) {
    FieldRecord record{};
    record.name_offset = add_text(name);
    record.name_bytes = static_cast<std::uint32_t>(name.size());
    fields_.push_back(record);
  }
  void start_tags(std::string_view name) {
    start_field(name);
    fields_.back().kind = FieldKind::tags;
    fields_.back().first = terms_.size();
  }
  void add_term(std::string_view value, std::span<const std::uint32_t> rows) {
    const std::string posting = encode_posting(rows);
    const auto bytes = std::as_bytes(std::span(posting));
    align(8);
    terms_.push_back({.text_offset = add_text(value),
                      .posting_offset = file_.size(),
                      .text_bytes = static_cast<std::uint32_t>(value.size()),
                      .posting_bytes = static_cast<std::uint32_t>(posting.size()),
                      .posting_crc = io::crc32c(bytes),
                      .rows = static_cast<std::uint32_t>(rows.size())});
    ++fields_.back().count;
    file_.write(bytes);
  }
  /// NaN is a row without a number.
  void add_numbers(std::string_view name, std::span<const double> column) {
    start_field(name);
    align(kDataAlignment);
    FieldRecord& record = fields_.back();
    record.first = file_.size();
    record.first_block = static_cast<std::uint32_t>(block_crcs_.size());
    NumberSummary summary;
    for (const double value : column) {
      if (!std::isnan(value)) summary.add(value);
    }
    record.count = summary.count;
    record.min = summary.min;
    record.max = summary.max;
    const auto decimals = decimals_of(column);
    record.kind = decimals ? FieldKind::decimal : FieldKind::real;
    record.decimals = decimals.value_or(0);
    for (std::size_t begin = 0; begin < column.size(); begin += kBlockRows) {
      const auto block = column.subspan(begin, std::min(kBlockRows, column.size() - begin));
      decimals ? write_decimals(block, *decimals) : write_block(block);
    }
  }

  void commit(std::size_t rows) {
    align(kDataAlignment);
    FieldHeader header{};
    std::memcpy(header.magic, kFieldMagic, sizeof(kFieldMagic));
    header.version = kFieldVersion;
    header.fields = static_cast<std::uint32_t>(fields_.size());
    header.rows = rows;
    header.terms = terms_.size();
    header.text_bytes = texts_.size();
    header.directory_offset = file_.size();
    for (const auto part :
         {std::as_bytes(std::span(fields_)), std::as_bytes(std::span(terms_)),
          std::as_bytes(std::span(block_crcs_)), std::as_bytes(std::span(texts_))}) {
      header.directory_crc = io::crc32c(part, header.directory_crc);
      file_.write(part);
    }
    header.directory_bytes = file_.size() - header.directory_offset;
    const auto bytes = std::as_bytes(std::span(&header, 1));
    header.header_crc = io::crc32c(bytes.first(offsetof(FieldHeader, header_crc)));
    file_.write_at(0, bytes);
    file_.commit();
  }

 private:
  void align(std::size_t to) {
    const std::size_t over = file_.size() % to;
    if (over != 0) file_.write(std::string(to - over, '\0'));
  }
  std::uint64_t add_text(std::string_view text) {
    const std::uint64_t offset = texts_.size();
    texts_ += text;
    return offset;
  }
  template <typename T>
  void write_block(std::span<const T> block) {
    const auto bytes = std::as_bytes(block);
    block_crcs_.push_back(io::crc32c(bytes));
    file_.write(bytes);
  }
  void write_decimals(std::span<const double> block, std::uint32_t decimals) {
    std::vector<std::int32_t> scaled(block.size());
    std::transform(block.begin(), block.end(), scaled.begin(), [decimals](double value) {
      return std::isnan(value)
                 ? kMissing
                 : static_cast<std::int32_t>(std::nearbyint(value * kPowersOfTen[decimals]));
    });
    write_block(std::span<const std::int32_t>(scaled));
  }

  io::AtomicFile file_;
  std::vector<FieldRecord> fields_;
  std::vector<TermRecord> terms_;
  std::vector<std::uint32_t> block_crcs_;
  std::string texts_;
};

}  // namespace

struct FieldTableBuilder::Impl {
  struct Field {
    Terms terms;
    std::size_t term_bytes = 0;
    std::unique_ptr<NumberSpill> numbers;
  };

  std::string path;
  std::size_t memory;
  io::FileSystem& files;  // of the result; the temporary files need not survive anything
  std::map<std::string, Field, std::less<>> fields;
  std::size_t term_bytes = 0;
  std::uint32_t term_count = 0;
  TagSpill tags;

  // Half for the distinct tags; half for the pairs, which a flush copies once (8 + 4 bytes each).
  Impl(std::string target, std::size_t memory_bytes, io::FileSystem& file_system)
      : path(std::move(target)),
        memory(memory_bytes),
        files(file_system),
        tags(path, memory_bytes / 2 / 12) {}

  Field& field_of(std::string_view name) {
    const auto found = fields.find(name);
    return found != fields.end() ? found->second : fields[std::string(name)];
  }

  std::uint32_t term_of(std::string_view name, std::string_view value) {
    Field& field = field_of(name);
    const auto found = field.terms.find(value);
    if (found != field.terms.end()) return found->second;
    const std::size_t bytes = kTermOverhead + value.size();
    field.term_bytes += bytes;
    term_bytes += bytes;
    if (term_bytes > memory / 2) fail_too_many_terms();
    field.terms.emplace(value, term_count);
    return term_count++;
  }

  [[noreturn]] void fail_too_many_terms() const {
    const auto most = std::max_element(
        fields.begin(), fields.end(),
        [](const auto& a, const auto& b) { return a.second.term_bytes < b.second.term_bytes; });
    fail(ErrorKind::exhausted,
         "the distinct tags need more than {} bytes; field {} alone has {} different values: leave "
         "it "
         "out of the filter fields, or give more memory",
         memory / 2, most->first, most->second.terms.size());
  }

  void add_number(std::string_view name, std::uint32_t row, double value) {
    Field& field = field_of(name);
    if (!field.numbers) field.numbers = std::make_unique<NumberSpill>(path);
    field.numbers->add(row, value);
  }

  void write_tags(const std::string& name, const Field& field, const Order& order, RowSet& scratch,
                  Writer& writer) const {
    std::vector<Terms::const_iterator> sorted;
    for (auto term = field.terms.begin(); term != field.terms.end(); ++term) sorted.push_back(term);
    std::sort(sorted.begin(), sorted.end(), [](auto a, auto b) { return a->first < b->first; });
    bool started = false;
    std::vector<std::uint32_t> rows;
    for (const auto& term : sorted) {
      rows.clear();
      tags.read(term->second, rows);
      reorder(rows, order, scratch);
      if (rows.empty()) continue;  // all of them were left out
      if (!std::exchange(started, true)) writer.start_tags(name);
      writer.add_term(term->first, rows);
    }
  }

  static void write_numbers(const std::string& name, NumberSpill& numbers, const Order& order,
                            Writer& writer) {
    numbers.seal();
    std::vector<double> column(order.rows(), std::numeric_limits<double>::quiet_NaN());
    numbers.for_each([&](std::uint32_t row, double value) {
      const std::uint32_t to = order[row];
      if (to != kDropped) column[to] = value;
    });
    writer.add_numbers(name, column);
  }

  void finish(const Order& order) {
    tags.seal();
    Writer writer(path, files);
    RowSet scratch(order.rows());
    for (auto& [name, field] : fields) {
      write_tags(name, field, order, scratch, writer);
      if (field.numbers) write_numbers(name, *field.numbers, order, writer);
    }
    writer.commit(order.rows());
  }
};

FieldTableBuilder::FieldTableBuilder(std::string path, std::size_t memory_bytes,
                                     io::FileSystem& files)
    : impl_(std::make_unique<Impl>(std::move(path), memory_bytes, files)) {}
FieldTableBuilder::~FieldTableBuilder() = default;

void FieldTableBuilder::add(std::uint32_t row, const FieldValues& values) {
  values.validate();
  for (const Tag& tag : values.tags) impl_->tags.add(impl_->term_of(tag.field, tag.value), row);
  for (const Number& number : values.numbers) impl_->add_number(number.field, row, number.value);
}

void FieldTableBuilder::add(const FieldTable& table, std::span<const std::uint32_t> row_of) {
  require(row_of.size() == table.rows(), "FieldTableBuilder: a map of other rows");
  table.for_each_tag([&](std::string_view field, std::string_view value, const RowSet& rows) {
    std::optional<std::uint32_t> term;
    for (std::size_t w = 0; w < rows.words().size(); ++w) {
      for (std::uint64_t bits = rows.words()[w]; bits != 0; bits &= bits - 1) {
        const std::uint32_t row = row_of[w * 64 + static_cast<std::size_t>(std::countr_zero(bits))];
        if (row == kDropped) continue;
        if (!term) term = impl_->term_of(field, value);
        impl_->tags.add(*term, row);
      }
    }
  });
  table.for_each_number([&](std::string_view field, std::size_t row, double value) {
    if (row_of[row] != kDropped) impl_->add_number(field, row_of[row], value);
  });
}

void FieldTableBuilder::finish(std::span<const std::uint32_t> order) {
  impl_->finish(Order(order));
}
void FieldTableBuilder::finish(std::size_t rows) {
  impl_->finish(Order(rows));
}

}  // namespace kindred::index
