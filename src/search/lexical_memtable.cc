#include "search/lexical_memtable.h"

#include "index/field_table_builder.h"

namespace kindred::search {

void LexicalMemtable::append(const AnalyzedDocument& document) {
  constexpr std::uint64_t kRowBytes = 64;
  constexpr std::uint64_t kTermBytes = 120;
  constexpr std::uint64_t kValueBytes = 100;
  const auto row = static_cast<std::uint32_t>(keys_.size());
  fields_.append(document.fields);
  keys_.push_back(document.key);
  lengths_.push_back(document.length);
  row_of_[document.key] = row;
  for (const auto& [term, frequency] : document.terms) {
    MemoryPostings& postings = terms_[term];
    if (postings.count() == 0) bytes_ += kTermBytes + term.size();
    postings.append({row, bm25_.impact(frequency, document.length)});
  }
  bytes_ += kRowBytes + document.terms.size() * 2 * sizeof(Posting) +
            (document.fields.tags.size() + document.fields.numbers.size()) * kValueBytes;
}

bool LexicalMemtable::erase(std::uint64_t key) {
  return row_of_.erase(key) != 0;
}

std::optional<std::uint32_t> LexicalMemtable::find_key(std::uint64_t key) const {
  const auto found = row_of_.find(key);
  return found == row_of_.end() ? std::nullopt : std::optional(found->second);
}

index::RowSet LexicalMemtable::live() const {
  index::RowSet live(rows());
  for (const auto& [key, row] : row_of_) live.insert(row);
  return live;
}

const MemoryPostings* LexicalMemtable::find(const std::string& term) const {
  const auto found = terms_.find(term);
  return found == terms_.end() ? nullptr : &found->second;
}

void LexicalMemtable::write(io::FileSystem& files, const std::string& words_path,
                            const std::string& fields_path) const {
  std::vector<std::uint32_t> order;
  for (const auto& [key, row] : row_of_) order.push_back(row);
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return keys_[a] < keys_[b]; });
  std::vector<std::uint32_t> row_of(rows(), kDroppedRow);
  std::vector<std::uint64_t> keys;
  std::uint64_t total_length = 0;
  index::FieldTableBuilder fields(fields_path, index::FieldTableBuilder::kMemoryBytes, files);
  for (std::uint32_t row = 0; row < order.size(); ++row) {
    row_of[order[row]] = row;
    keys.push_back(keys_[order[row]]);
    total_length += lengths_[order[row]];
    fields.add(row, fields_.row(order[row]));
  }
  fields.finish(order.size());

  std::vector<const std::string*> names;
  for (const auto& [term, postings] : terms_) names.push_back(&term);
  std::sort(names.begin(), names.end(), [](auto* a, auto* b) { return *a < *b; });
  LexicalSegmentWriter writer(words_path, bm25_, files);
  std::vector<Posting> moved;
  for (const std::string* name : names) {
    moved.clear();
    for (const Posting& posting : terms_.at(*name).all()) {
      const std::uint32_t row = row_of[posting.row];
      if (row != kDroppedRow) moved.push_back({row, posting.impact});
    }
    std::sort(moved.begin(), moved.end(),
              [](const Posting& a, const Posting& b) { return a.row < b.row; });
    if (!moved.empty()) writer.add(*name, moved);
  }
  writer.finish(keys, total_length);
}

}  // namespace kindred::search
