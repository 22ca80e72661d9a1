#include "prepare/split.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <span>
#include <string_view>
#include <unordered_map>

#include "base/error.h"
#include "base/random.h"
#include "prepare/hash_set.h"
#include "prepare/leak_items.h"
#include "prepare/min_hash.h"
#include "prepare/sorted_lookup.h"
#include "prepare/text_key.h"

namespace kindred::prepare {
namespace {

constexpr std::size_t kMostCandidates = 50;

// Sets of numbers that are joined (Tarjan, 1975), with paths halved.
class DisjointSets {
 public:
  std::uint32_t add() {
    parents_.push_back(static_cast<std::uint32_t>(parents_.size()));
    return parents_.back();
  }
  std::uint32_t find(std::uint32_t at) {
    while (parents_[at] != at) {
      parents_[at] = parents_[parents_[at]];
      at = parents_[at];
    }
    return at;
  }
  // The lower number stays the root, so that results do not depend on the order of joins.
  void join(std::uint32_t a, std::uint32_t b) {
    a = find(a);
    b = find(b);
    if (a != b) parents_[std::max(a, b)] = std::min(a, b);
  }
  std::size_t size() const noexcept { return parents_.size(); }

 private:
  std::vector<std::uint32_t> parents_;
};

// The texts that are compared nearly, each once.
struct Texts {
  std::string arena;
  std::vector<std::size_t> begins = {0};
  std::vector<std::uint32_t> example;  // the first that has it

  void add(std::string_view text, std::uint32_t of) {
    arena += text;
    begins.push_back(arena.size());
    example.push_back(of);
  }
  std::string_view text(std::size_t t) const {
    return std::string_view(arena).substr(begins[t], begins[t + 1] - begins[t]);
  }
};

void join_near(const Texts& texts, double similarity, DisjointSets& sets) {
  MinHasher hasher(Banding::for_similarity(similarity));
  std::vector<SortedLookup<std::uint32_t>> bands(hasher.banding().bands);
  for (std::size_t t = 0; t < texts.example.size(); ++t) {
    const auto keys = hasher.band_keys(shingles_of(texts.text(t)));
    for (std::size_t b = 0; b < keys.size(); ++b)
      bands[b].add(keys[b], static_cast<std::uint32_t>(t));
  }
  for (auto& band : bands) band.sort();
  std::vector<std::uint32_t> candidates;
  for (std::uint32_t t = 0; t < texts.example.size(); ++t) {
    const auto shingles = shingles_of(texts.text(t));
    const auto keys = hasher.band_keys(shingles);
    candidates.clear();
    for (std::size_t b = 0; b < keys.size(); ++b) {
      std::size_t taken = 0;
      for (const auto& [key, other] : bands[b].find(keys[b])) {
        if (other >= t || taken++ == kMostCandidates) break;
        candidates.push_back(other);
      }
    }
    std::sort(candidates.begin(), candidates.end());
    candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
    for (const std::uint32_t other : candidates) {
      if (sets.find(texts.example[t]) == sets.find(texts.example[other])) continue;
      if (jaccard(shingles, shingles_of(texts.text(other))) >= similarity)
        sets.join(texts.example[t], texts.example[other]);
    }
  }
}

DisjointSets components_of(const std::function<std::unique_ptr<ExampleSource>()>& open,
                           const LeakOptions& options, Progress& progress) {
  const LeakItems items(options);
  const bool near = items.wants(LeakKind::near);
  DisjointSets sets;
  Texts texts;
  std::unordered_map<std::uint64_t, std::uint32_t> first;  // of each key
  const auto source = open();
  for (SourceRow row; source->next(row);) {
    for (const Example& example : row.examples) {
      progress.add(1);
      if (sets.size() == 0xffffffffU) fail(ErrorKind::exhausted, "too many examples to split");
      const std::uint32_t number = sets.add();
      items.for_each(example, [&](const LeakItem& item) {
        const auto [known, added] = first.emplace(item.key, number);
        const bool is_text = item.kind == LeakKind::text;
        if (!added && (!is_text || items.wants(LeakKind::text) || near))
          sets.join(known->second, number);
        if (added && is_text && near) texts.add(normalized_text(item.text), number);
      });
    }
  }
  first.clear();
  if (near) join_near(texts, options.similarity, sets);
  return sets;
}

}  // namespace

void SplitOptions::validate() const {
  leaks.validate();
  if (shares.size() < 2 || shares.size() > 255)
    fail(ErrorKind::bad_input, "{} splits; there are 2 and more", shares.size());
  for (const auto& [name, share] : shares) {
    if (!(share > 0.0 && share < 1e9))
      fail(ErrorKind::bad_input, "the split {} has a share of {}; it must be above 0", name, share);
  }
}

SplitPlan plan_split(const std::function<std::unique_ptr<ExampleSource>()>& open,
                     const SplitOptions& options, Progress& progress) {
  options.validate();
  DisjointSets sets = components_of(open, options.leaks, progress);
  const std::size_t count = sets.size();
  std::vector<std::uint32_t> size_of(count);
  for (std::uint32_t e = 0; e < count; ++e) ++size_of[sets.find(e)];
  std::vector<std::uint32_t> roots;
  for (std::uint32_t e = 0; e < count; ++e) {
    if (size_of[e] > 0) roots.push_back(e);
  }
  SplitPlan plan{.split_of = {}, .examples = std::vector<std::uint64_t>(options.shares.size())};
  plan.components = roots.size();
  for (const std::uint32_t root : roots)
    plan.largest = std::max<std::uint64_t>(plan.largest, size_of[root]);
  Random random(options.seed);
  random.shuffle(std::span(roots));
  double total = 0.0;
  for (const auto& [name, share] : options.shares) total += share;
  std::vector<std::uint8_t> split_of_root(count);
  for (const std::uint32_t root : roots) {
    std::size_t chosen = 0;
    double most = -1e300;
    for (std::size_t s = 0; s < options.shares.size(); ++s) {
      const double wanted = options.shares[s].second / total * static_cast<double>(count);
      const double lacks = (wanted - static_cast<double>(plan.examples[s])) / wanted;
      // A component that is larger than what a split lacks goes where most is lacking.
      const double room = wanted - static_cast<double>(plan.examples[s] + size_of[root]);
      const double value = room >= 0.0 ? lacks : -1e6 + room;
      if (value > most) {
        most = value;
        chosen = s;
      }
    }
    split_of_root[root] = static_cast<std::uint8_t>(chosen);
    plan.examples[chosen] += size_of[root];
  }
  plan.split_of.resize(count);
  for (std::uint32_t e = 0; e < count; ++e) plan.split_of[e] = split_of_root[sets.find(e)];
  return plan;
}

}  // namespace kindred::prepare
