// Segments of about a size become one.
#include <algorithm>
#include <bit>
#include <shared_mutex>

#include "base/error.h"
#include "index/field_table_builder.h"
#include "io/file_system.h"
#include "search/lexical_index.h"
#include "search/lexical_segment_writer.h"

namespace kindred::search {
namespace {

constexpr std::size_t kMergeWidth = 8;

}  // namespace

// The live rows of all parts in the order of their keys; a key is live in one part.
struct LexicalIndex::MergedRows {
  std::vector<std::uint64_t> keys;
  std::vector<std::vector<std::uint32_t>> row_of;  // a part each
};

LexicalIndex::MergedRows LexicalIndex::merge_rows(const LexicalParts& parts) {
  MergedRows merged;
  for (const auto& part : parts) {
    merged.row_of.emplace_back(part->rows(), kDroppedRow);
    for (std::size_t row = 0; row < part->rows(); ++row) {
      if (!part->deleted().contains(row)) merged.keys.push_back(part->words()->keys()[row]);
    }
  }
  std::sort(merged.keys.begin(), merged.keys.end());
  for (std::size_t p = 0; p < parts.size(); ++p) {
    std::size_t at = 0;
    for (std::size_t row = 0; row < parts[p]->rows(); ++row) {
      if (parts[p]->deleted().contains(row)) continue;
      const std::uint64_t key = parts[p]->words()->keys()[row];
      while (merged.keys[at] < key) ++at;
      merged.row_of[p][row] = static_cast<std::uint32_t>(at);
    }
  }
  return merged;
}

// A merge that fails leaves the segments as they are; it is tried again after the next flush.
void LexicalIndex::merge_due() {
  const std::unique_lock merging(merge_mutex_, std::try_to_lock);
  if (!merging.owns_lock()) return;  // who merges now looks again
  try {
    while (merge(false)) continue;
  } catch (const std::exception&) {
  }
}

void LexicalIndex::compact() {
  check_writable();
  const std::lock_guard merging(merge_mutex_);
  {
    const std::lock_guard writer(writer_mutex_);
    flush_locked();
  }
  merge(true);
}

// Segments of one size class, where there are kMergeWidth of them; or one that is half deleted.
std::vector<std::size_t> LexicalIndex::due() const {
  std::vector<std::vector<std::size_t>> classes(64);
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const std::uint64_t rows = segments_[i].entry.rows;
    if (segments_[i].deleted.count() * 2 > rows) return {i};
    std::vector<std::size_t>& members = classes[static_cast<std::size_t>(std::bit_width(rows)) / 3];
    members.push_back(i);
    if (members.size() == kMergeWidth) return members;
  }
  return {};
}

// False when nothing was due. The caller holds merge_mutex_.
bool LexicalIndex::merge(bool all) {
  LexicalParts inputs;
  std::vector<std::uint64_t> numbers;
  std::uint64_t number = 0;
  {
    const std::lock_guard writer(writer_mutex_);
    std::vector<std::size_t> chosen = due();
    if (all) {
      chosen.resize(segments_.size());
      for (std::size_t i = 0; i < chosen.size(); ++i) chosen[i] = i;
      if (chosen.size() == 1 && segments_[0].deleted.count() == 0) return false;
    }
    if (chosen.empty()) return false;
    for (const std::size_t i : chosen) {
      inputs.push_back((*parts_)[i]);
      numbers.push_back(segments_[i].entry.number);
    }
    number = manifest_.next_number++;
  }
  try {
    const MergedRows rows = merge_rows(inputs);
    install(numbers, write_merged(inputs, rows, number), rows.row_of, inputs);
  } catch (...) {
    const std::lock_guard writer(writer_mutex_);
    if (poisoned_.empty()) remove_quietly({path(number, "words"), path(number, "fields")});
    throw;
  }
  return true;
}

std::optional<LexicalIndex::Segment> LexicalIndex::write_merged(const LexicalParts& inputs,
                                                                const MergedRows& rows,
                                                                std::uint64_t number) const {
  if (rows.keys.empty()) return std::nullopt;
  std::vector<MergeSource> sources;
  index::FieldTableBuilder fields(path(number, "fields"), index::FieldTableBuilder::kMemoryBytes,
                                  files_);
  double length = 0;
  for (std::size_t p = 0; p < inputs.size(); ++p) {
    sources.push_back({inputs[p]->words().get(), rows.row_of[p]});
    fields.add(*inputs[p]->fields(), rows.row_of[p]);
    // The deleted rows' lengths are not kept: they are taken for average.
    length += static_cast<double>(inputs[p]->words()->total_length()) *
              static_cast<double>(inputs[p]->live_rows()) / static_cast<double>(inputs[p]->rows());
  }
  fields.finish(rows.keys.size());
  merge_segments(sources, rows.keys, static_cast<std::uint64_t>(length), path(number, "words"),
                 files_);
  return load_segment({number, rows.keys.size(), 0});
}

// `before`: the inputs as they were merged; what was deleted in them since is carried over.
void LexicalIndex::install(const std::vector<std::uint64_t>& inputs, std::optional<Segment> merged,
                           const std::vector<std::vector<std::uint32_t>>& row_of,
                           const LexicalParts& before) {
  const std::lock_guard writer(writer_mutex_);
  check_not_poisoned();
  const auto input_of = [&](const Segment& segment) {
    return std::find(inputs.begin(), inputs.end(), segment.entry.number) - inputs.begin();
  };
  std::vector<Segment*> kept;
  for (Segment& segment : segments_) {
    const auto p = static_cast<std::size_t>(input_of(segment));
    if (p == inputs.size()) {
      kept.push_back(&segment);
      continue;
    }
    segment.deleted.for_each_since(
        before[p]->deleted(), [&](std::size_t row) { merged->deleted.insert(row_of[p][row]); });
  }
  if (merged) kept.push_back(&*merged);
  write_manifest(manifest_, kept);
  std::vector<Segment> gone;
  std::vector<Segment> now;
  for (Segment& segment : segments_) {
    const bool is_input = static_cast<std::size_t>(input_of(segment)) < inputs.size();
    (is_input ? gone : now).push_back(std::move(segment));
  }
  if (merged) now.push_back(std::move(*merged));
  segments_ = std::move(now);
  {
    const std::lock_guard memory(memory_mutex_);
    publish();
  }
  for (const Segment& segment : gone) {
    remove_quietly({path(segment.entry.number, "words"), path(segment.entry.number, "fields")});
    if (segment.entry.deletes != 0) remove_quietly({path(segment.entry.deletes, "deletes")});
  }
}

}  // namespace kindred::search
