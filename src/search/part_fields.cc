#include "search/part_fields.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "index/field_table_builder.h"
#include "io/file.h"

namespace kindred::search {
namespace {

// The same rows in a set for `rows` of them.
index::RowSet cut(const index::RowSet& set, std::size_t rows) {
  index::RowSet out(rows);
  std::copy_n(set.words().begin(), std::min(out.words().size(), set.words().size()),
              out.words().begin());
  if (rows % 64 != 0) out.words().back() &= (std::uint64_t{1} << (rows % 64)) - 1;
  return out;
}

}  // namespace

index::RowSet PartFields::admitted(const index::Filter& filter,
                                   const std::shared_ptr<const index::CollectionView>& view,
                                   const index::Part& part) const {
  if (part.number() != 0) {
    std::shared_ptr<const index::Fields> table;
    {
      const std::lock_guard lock(mutex_);
      follow(view);
      table = table_of(part);
    }
    return index::evaluate(filter, *table);
  }
  const std::lock_guard lock(mutex_);
  follow(view);
  std::unique_ptr<index::MutableFields>& fields = memtables_[&part.rows()];
  if (!fields) fields = std::make_unique<index::MutableFields>();
  while (fields->rows() < part.size())
    fields->append(index::decode_fields(part.rows().fields(fields->rows())));
  return cut(index::evaluate(filter, *fields), part.size());
}

std::shared_ptr<const index::Fields> PartFields::table_of(const index::Part& part) const {
  std::shared_ptr<const index::Fields>& table = tables_[part.number()];
  if (table) return table;
  const std::string path = io::join_path(directory_, fmt::format("{}.fields", part.number()));
  if (io::is_file(path)) {
    const auto opened = index::FieldTable::open(path);
    if (opened->rows() == part.size()) return table = opened;
  }
  if (!write_) {
    auto fields = std::make_shared<index::MutableFields>();
    for (std::size_t row = 0; row < part.size(); ++row)
      fields->append(index::decode_fields(part.rows().fields(row)));
    return table = fields;
  }
  index::FieldTableBuilder builder(path);
  for (std::size_t row = 0; row < part.size(); ++row) {
    builder.add(static_cast<std::uint32_t>(row), index::decode_fields(part.rows().fields(row)));
  }
  builder.finish(part.size());
  return table = index::FieldTable::open(path);
}

// Forgets what a newer view no longer has. Searches over older views build again what they need.
void PartFields::follow(const std::shared_ptr<const index::CollectionView>& view) const {
  if (view_ == view) return;
  std::set<std::uint64_t> numbers;
  std::set<const index::Rows*> rows;
  for (const auto& part : view->parts()) {
    part->number() != 0 ? (void)numbers.insert(part->number()) : (void)rows.insert(&part->rows());
  }
  std::erase_if(memtables_, [&](const auto& entry) { return !rows.contains(entry.first); });
  std::erase_if(tables_, [&](const auto& entry) { return !numbers.contains(entry.first); });
  view_ = view;
  if (!write_) return;
  for (const std::string& name : io::list_directory(directory_)) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error == std::errc() && std::string_view(end) == ".fields" && !numbers.contains(number)) {
      io::remove_file(io::join_path(directory_, name));
    }
  }
}

}  // namespace kindred::search
