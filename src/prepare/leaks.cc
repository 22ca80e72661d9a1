#include "prepare/leaks.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "base/error.h"
#include "prepare/leak_items.h"
#include "prepare/min_hash.h"
#include "prepare/sorted_lookup.h"
#include "prepare/text_key.h"

namespace kindred::prepare {
namespace {

constexpr std::size_t kMostCandidates = 1000;
constexpr std::size_t kShownBytes = 200;

constexpr std::array<std::string_view, kLeakKinds> kKindNames = {"id", "group", "text", "near"};
constexpr std::array<std::string_view, 5> kFieldNames = {"anchor", "positive", "negative", "graded",
                                                         "group"};

std::string shortened(std::string_view text) {
  if (text.size() <= kShownBytes) return std::string(text);
  std::size_t end = kShownBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "…";
}

// An item that is kept.
struct Entry {
  std::uint64_t key;
  std::uint64_t line;
  std::uint64_t text_begin;  // in the arena of texts
  std::uint32_t text_bytes;
  std::uint32_t shingles;  // how many
  std::uint16_t split;
  std::uint16_t file;
  LeakKind kind;
  LeakField field;
};

}  // namespace

std::string_view to_string(LeakKind kind) noexcept {
  return kKindNames[static_cast<std::size_t>(kind)];
}

LeakKind parse_leak_kind(std::string_view name) {
  const auto found = std::find(kKindNames.begin(), kKindNames.end(), name);
  if (found == kKindNames.end())
    fail(ErrorKind::bad_input, "no kind of leak {}; the kinds are id, group, text and near", name);
  return static_cast<LeakKind>(found - kKindNames.begin());
}

void LeakOptions::validate() const {
  if (kinds.empty()) fail(ErrorKind::bad_input, "no kind of leak to look for");
  Banding::for_similarity(similarity);
}

struct LeakFinder::Impl {
  LeakOptions options;
  LeakItems items;
  MinHasher hasher;
  std::vector<Entry> entries;
  std::string arena;  // the entries' texts
  std::vector<std::string> files;
  SortedLookup<std::uint64_t> exact;               // keys of entries
  std::vector<SortedLookup<std::uint32_t>> bands;  // of texts
  std::vector<HashSet> leaking;                    // keys, a split
  std::vector<std::string> names;                  // of splits
  std::map<std::tuple<std::size_t, std::size_t, LeakKind>, LeakCount> counts;
  // Keys already counted of a pair of splits and kind, a side each.
  std::map<std::tuple<std::size_t, std::size_t, LeakKind>, std::array<HashSet, 2>> counted;
  std::map<std::tuple<std::size_t, std::size_t, LeakKind>, std::vector<Leak>> samples;
  LeakReport report;

  explicit Impl(LeakOptions given)
      : options(std::move(given)),
        items(options),
        hasher(Banding::for_similarity(options.similarity)) {
    options.validate();
  }
  bool wants(LeakKind kind) const { return items.wants(kind); }

  std::string_view text_of(const Entry& entry) const {
    return std::string_view(arena).substr(entry.text_begin, entry.text_bytes);
  }
  LeakPlace place_of(const Entry& entry) const {
    return {names[entry.split], files[entry.file], entry.line,
            std::string(kFieldNames[static_cast<std::size_t>(entry.field)]),
            shortened(text_of(entry))};
  }

  // A leak between an item of `split` and an entry of another one.
  void add_leak(LeakKind kind, std::size_t split, const LeakPlace& place, std::uint64_t key,
                const Entry& entry, double similarity) {
    leaking[split].insert(key);
    leaking[entry.split].insert(entry.key);
    const bool swapped = entry.split < split;
    const std::size_t low = swapped ? entry.split : split;
    const std::size_t high = swapped ? split : entry.split;
    const auto id = std::tuple(low, high, kind);
    LeakCount& count = counts[id];
    count.kind = kind;
    count.first = names[low];
    count.second = names[high];
    auto& [first, second] = counted[id];
    count.in_first += (swapped ? first.insert(entry.key) : first.insert(key)) ? 1 : 0;
    count.in_second += (swapped ? second.insert(key) : second.insert(entry.key)) ? 1 : 0;
    std::vector<Leak>& shown = samples[id];
    if (shown.size() >= options.samples) return;
    Leak leak{kind, place, place_of(entry), similarity};
    if (swapped) std::swap(leak.first, leak.second);
    shown.push_back(std::move(leak));
  }

  // Reads a split; use(example, row) for each example.
  template <typename Use>
  void read(const LeakSplit& split, LeakReport::Split& counts_of, Progress* progress,
            const Use& use) {
    const auto source = split.open();
    for (SourceRow row; source->next(row);) {
      if (row.reject) ++counts_of.rejected;
      for (const Example& example : row.examples) {
        ++counts_of.examples;
        if (progress != nullptr) progress->add(1);
        use(example, row);
      }
    }
  }

  void keep(std::size_t split, const LeakSplit& given, Progress& progress) {
    HashSet seen;
    read(given, report.splits[split], &progress, [&](const Example& example, const SourceRow& row) {
      items.for_each(example, [&](const LeakItem& item) {
        if (!seen.insert(item.key)) return;
        if (files.empty() || files.back() != row.file) files.push_back(row.file);
        require(files.size() < 65'536, "too many files in the splits");
        if (entries.size() == 0xffffffffU)
          fail(ErrorKind::exhausted, "the splits behind the first have too many texts");
        entries.push_back({.key = item.key,
                           .line = row.line,
                           .text_begin = arena.size(),
                           .text_bytes = static_cast<std::uint32_t>(item.text.size()),
                           .shingles = 0,
                           .split = static_cast<std::uint16_t>(split),
                           .file = static_cast<std::uint16_t>(files.size() - 1),
                           .kind = item.kind,
                           .field = item.field});
        arena += item.text;
        if (item.kind == LeakKind::text) ++report.splits[split].texts;
      });
    });
  }

  void build() {
    bands.resize(hasher.banding().bands);
    for (std::uint32_t e = 0; e < entries.size(); ++e) {
      exact.add(entries[e].key, e);
      if (entries[e].kind != LeakKind::text || !wants(LeakKind::near)) continue;
      const auto shingles = shingles_of(normalized_text(text_of(entries[e])));
      entries[e].shingles = static_cast<std::uint32_t>(shingles.size());
      const auto keys = hasher.band_keys(shingles);
      for (std::size_t b = 0; b < keys.size(); ++b) bands[b].add(keys[b], e);
    }
    exact.sort();
    for (auto& band : bands) band.sort();
  }

  // Compares an item with the entries of other splits that `compared` accepts.
  template <typename Compared>
  void compare(const LeakItem& item, std::size_t split, const LeakPlace& place,
               const Compared& compared) {
    for (const auto& [key, e] : exact.find(item.key)) {
      const Entry& entry = entries[e];
      if (entry.kind != item.kind || !compared(entry)) continue;
      if (wants(item.kind)) add_leak(item.kind, split, place, item.key, entry, 1.0);
    }
    if (item.kind == LeakKind::text && wants(LeakKind::near))
      compare_nearly(item, split, place, compared);
  }

  template <typename Compared>
  void compare_nearly(const LeakItem& item, std::size_t split, const LeakPlace& place,
                      const Compared& compared) {
    const auto shingles = shingles_of(normalized_text(item.text));
    const auto keys = hasher.band_keys(shingles);
    std::vector<std::uint32_t> candidates;
    for (std::size_t b = 0; b < keys.size(); ++b) {
      for (const auto& [key, e] : bands[b].find(keys[b])) {
        if (entries[e].key == item.key || !compared(entries[e])) continue;
        const std::size_t few = std::min<std::size_t>(shingles.size(), entries[e].shingles);
        const std::size_t many = std::max<std::size_t>(shingles.size(), entries[e].shingles);
        if (static_cast<double>(few) >= options.similarity * static_cast<double>(many))
          candidates.push_back(e);
      }
    }
    std::sort(candidates.begin(), candidates.end());
    candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
    if (candidates.size() > kMostCandidates) {
      ++report.crowded;
      candidates.resize(kMostCandidates);
    }
    for (const std::uint32_t e : candidates) {
      const double similarity =
          jaccard(shingles, shingles_of(normalized_text(text_of(entries[e]))));
      if (similarity >= options.similarity)
        add_leak(LeakKind::near, split, place, item.key, entries[e], similarity);
    }
  }

  // The splits that are kept, with those named before them.
  void compare_kept() {
    for (const Entry& entry : entries) {
      const LeakItem item{entry.kind, entry.field, entry.key, text_of(entry)};
      compare(item, entry.split, place_of(entry),
              [&](const Entry& other) { return other.split < entry.split; });
    }
  }

  void compare_first(const LeakSplit& first, Progress& progress) {
    HashSet seen;
    read(first, report.splits[0], &progress, [&](const Example& example, const SourceRow& row) {
      bool leaks = false;
      items.for_each(example, [&](const LeakItem& item) {
        if (seen.insert(item.key)) {
          if (item.kind == LeakKind::text) ++report.splits[0].texts;
          const LeakPlace place{names[0], row.file, row.line,
                                std::string(kFieldNames[static_cast<std::size_t>(item.field)]),
                                shortened(item.text)};
          compare(item, 0, place, [](const Entry&) { return true; });
        }
        leaks = leaks || leaking[0].contains(item.key);
      });
      report.splits[0].leaking += leaks ? 1 : 0;
    });
  }

  bool leaks(std::size_t split, const Example& example) const {
    bool found = false;
    items.for_each(
        example, [&](const LeakItem& item) { found = found || leaking[split].contains(item.key); });
    return found;
  }

  void find(const std::vector<LeakSplit>& splits, Progress& progress) {
    if (splits.size() < 2) fail(ErrorKind::bad_input, "leaks are between two splits and more");
    for (const LeakSplit& split : splits) {
      if (std::find(names.begin(), names.end(), split.name) != names.end())
        fail(ErrorKind::bad_input, "two splits are called {}", split.name);
      names.push_back(split.name);
      report.splits.push_back({.name = split.name});
    }
    require(splits.size() < 65'536, "too many splits");
    leaking.resize(splits.size());
    for (std::size_t s = 1; s < splits.size(); ++s) keep(s, splits[s], progress);
    build();
    compare_kept();
    compare_first(splits[0], progress);
    // Which examples of the others leak is known only now.
    for (std::size_t s = 1; s < splits.size(); ++s) {
      LeakReport::Split ignored;
      read(splits[s], ignored, nullptr, [&](const Example& example, const SourceRow&) {
        report.splits[s].leaking += leaks(s, example) ? 1 : 0;
      });
    }
    for (auto& [id, count] : counts) report.counts.push_back(count);
    for (auto& [id, shown] : samples)
      report.samples.insert(report.samples.end(), shown.begin(), shown.end());
    report.missed = 1.0 - hasher.banding().found(options.similarity);
  }
};

LeakFinder::LeakFinder(LeakOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
LeakFinder::~LeakFinder() = default;

LeakReport LeakFinder::find(const std::vector<LeakSplit>& splits, Progress& progress) {
  require(impl_->names.empty(), "a leak finder is used once");
  impl_->find(splits, progress);
  return impl_->report;
}

bool LeakFinder::leaks(std::size_t split, const Example& example) const {
  return impl_->leaks(split, example);
}

}  // namespace kindred::prepare
