#include "recipe/mined_negatives.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>

#include "base/error.h"
#include "io/byte_codec.h"
#include "recipe/negative_draw.h"

namespace kindred::recipe {
namespace {

constexpr std::size_t kBlock = 4096;  // texts that are embedded at a time
// Matching passages among the neighbours that may be passed over beyond the ranks asked for.
constexpr std::size_t kSlack = 32;
constexpr std::uint32_t kNoRow = std::numeric_limits<std::uint32_t>::max();
constexpr std::string_view kMagic = "KNDMINE1";

std::vector<float> embed(const VectorsOf& vectors, const TextTable& table,
                         std::span<const TextId> ids, const std::string& prompt) {
  std::vector<std::string_view> texts;
  for (const TextId id : ids) texts.push_back(table[id]);
  std::vector<float> values = vectors(texts, prompt);
  if (values.empty() || values.size() % texts.size() != 0) {
    fail(ErrorKind::bad_input, "{} texts became {} values; each needs as many as the others",
         texts.size(), values.size());
  }
  return values;
}

// Calls use(begin, end) for runs of equal `group_of`, of a block at most.
template <typename T, typename Group, typename Use>
void for_each_block(const std::vector<T>& list, const Group& group_of, const Use& use) {
  for (std::size_t begin = 0; begin < list.size();) {
    std::size_t end = begin;
    while (end < list.size() && end - begin < kBlock &&
           group_of(list[end]) == group_of(list[begin]))
      ++end;
    use(begin, end);
    begin = end;
  }
}

}  // namespace

// Different anchors, by prompt, and the examples of each.
struct MinedNegatives::Anchors {
  std::vector<std::uint32_t> examples;  // by prompt and text of the anchor
  std::vector<std::size_t> begins;      // of those of one anchor
  explicit Anchors(const TrainingSet& set) {
    const auto key = [&](std::uint32_t i) {
      return std::tuple(set[i].anchor_prompt, set.anchor(set[i]).text, i);
    };
    for (std::uint32_t i = 0; i < set.size(); ++i) {
      if (set[i].positives > 0) examples.push_back(i);
    }
    std::sort(examples.begin(), examples.end(),
              [&](std::uint32_t a, std::uint32_t b) { return key(a) < key(b); });
    for (std::size_t i = 0; i < examples.size(); ++i) {
      const auto [prompt, text, number] = key(examples[i]);
      const bool again = i > 0 && std::get<0>(key(examples[i - 1])) == prompt &&
                         std::get<1>(key(examples[i - 1])) == text;
      if (!again) begins.push_back(i);
    }
    begins.push_back(examples.size());
  }
};

MinedNegatives::MinedNegatives(const TrainingSet& set, const MiningOptions& options)
    : set_(set), options_(options) {
  if (options.rank_from == 0 || options.rank_from > options.rank_to)
    fail(ErrorKind::bad_input, "negatives from rank {} to rank {}", options.rank_from,
         options.rank_to);
  if (!(options.margin >= 0.0)) fail(ErrorKind::bad_input, "a margin of {}", options.margin);
  for (TextId text = 0; text < set.texts().size(); ++text) {
    if (!set.passage_keys(text).empty()) passages_.push_back(text);
  }
  std::stable_sort(passages_.begin(), passages_.end(), [&](TextId a, TextId b) {
    return set.passage_prompt(a) < set.passage_prompt(b);
  });
  rows_.assign(set.texts().size(), kNoRow);
  for (std::size_t row = 0; row < passages_.size(); ++row)
    rows_[passages_[row]] = static_cast<std::uint32_t>(row);
}

PassageSearch MinedNegatives::embed_passages(const VectorsOf& vectors, ThreadPool& pool,
                                             Progress& progress) const {
  std::optional<PassageSearch> search;
  for_each_block(
      passages_, [&](TextId text) { return set_.passage_prompt(text); },
      [&](std::size_t begin, std::size_t end) {
        const auto ids = std::span(passages_).subspan(begin, end - begin);
        const auto values =
            embed(vectors, set_.texts(), ids, set_.prompt(set_.passage_prompt(ids[0])));
        if (!search) {
          search.emplace(passages_.size(), values.size() / ids.size(), options_.most_exact,
                         pool.threads());
        }
        if (values.size() != ids.size() * search->dimension())
          fail(ErrorKind::bad_input, "vectors of different dimensions");
        search->add(values);
        progress.add(ids.size());
      });
  if (!search) fail(ErrorKind::bad_input, "the data has no passage to mine negatives from");
  return std::move(*search);
}

std::vector<TextId> MinedNegatives::candidates(std::size_t number, std::span<const float> anchor,
                                               std::span<const NearPassage> near,
                                               const PassageSearch& search,
                                               MiningReport& report) const {
  const TrainingSet::Example& example = set_[number];
  const std::vector<std::uint64_t> keys = set_.anchor_keys(example);
  double limit = std::numeric_limits<double>::infinity();
  if (options_.margin > 0.0) {
    for (const Mention& positive : set_.positives(example)) {
      const double score = search.cosine(anchor, rows_[positive.text]);
      // Below the score, whatever its sign.
      limit = std::min(limit, score - std::abs(score) * (1.0 - options_.margin));
    }
  }
  std::vector<TextId> chosen;
  std::size_t rank = 0;
  for (const NearPassage& passage : near) {
    const TextId text = passages_[passage.row];
    if (matches(set_, keys, text)) {
      ++report.matches;
      continue;
    }
    if (++rank > options_.rank_to) break;
    if (rank < options_.rank_from) continue;
    if (passage.cosine < limit)
      chosen.push_back(text);
    else
      ++report.too_near;
  }
  return chosen;
}

void MinedNegatives::pack(std::vector<std::vector<TextId>> lists, MiningReport& report) {
  std::uint64_t again = 0, before = 0;
  double overlaps = 0.0;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    total += lists[i].size();
    if (set_[i].positives > 0 && lists[i].empty()) ++report.without;
    const std::span<const TextId> old = of(i);
    if (old.empty()) continue;
    again = 0;
    for (const TextId text : old)
      again += std::find(lists[i].begin(), lists[i].end(), text) != lists[i].end() ? 1 : 0;
    overlaps += static_cast<double>(again) / static_cast<double>(old.size());
    ++before;
  }
  if (before > 0) report.overlap = overlaps / static_cast<double>(before);
  if (report.examples > 0)
    report.mean_candidates = static_cast<double>(total) / static_cast<double>(report.examples);
  candidates_.clear();
  candidates_.reserve(total);
  begins_.assign(1, 0);
  for (const auto& list : lists) {
    candidates_.insert(candidates_.end(), list.begin(), list.end());
    begins_.push_back(candidates_.size());
  }
}

MiningReport MinedNegatives::refresh(const VectorsOf& vectors, ThreadPool& pool,
                                     Progress& progress) {
  MiningReport report;
  const PassageSearch search = embed_passages(vectors, pool, progress);
  const Anchors anchors(set_);
  report.anchors = anchors.begins.size() - 1;
  report.passages = passages_.size();
  report.exact = search.exact();
  report.examples = anchors.examples.size();

  std::vector<std::vector<TextId>> lists(set_.size());
  std::vector<std::size_t> order(report.anchors);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto first = [&](std::size_t i) -> const TrainingSet::Example& {
    return set_[anchors.examples[anchors.begins[i]]];
  };
  for_each_block(
      order, [&](std::size_t i) { return first(i).anchor_prompt; },
      [&](std::size_t begin, std::size_t end) {
        std::vector<TextId> ids;
        for (std::size_t i = begin; i < end; ++i) ids.push_back(set_.anchor(first(i)).text);
        const auto values =
            embed(vectors, set_.texts(), ids, set_.prompt(first(begin).anchor_prompt));
        const std::size_t d = search.dimension();
        if (values.size() != ids.size() * d)
          fail(ErrorKind::bad_input, "vectors of different dimensions");
        const auto near = search.search(values, options_.rank_to + kSlack, pool);
        for (std::size_t i = begin; i < end; ++i) {
          for (std::size_t e = anchors.begins[i]; e < anchors.begins[i + 1]; ++e) {
            const std::uint32_t example = anchors.examples[e];
            lists[example] = candidates(example, std::span(values).subspan((i - begin) * d, d),
                                        near[i - begin], search, report);
          }
        }
        progress.add(ids.size());
      });
  pack(std::move(lists), report);
  return report;
}

std::span<const TextId> MinedNegatives::of(std::size_t example) const noexcept {
  if (begins_.empty()) return {};
  return std::span(candidates_).subspan(begins_[example], begins_[example + 1] - begins_[example]);
}

std::string MinedNegatives::state() const {
  io::ByteWriter out;
  out.text(kMagic);
  out.number<std::uint64_t>(set_.size());
  out.number<std::uint64_t>(set_.texts().size());
  out.number<std::uint64_t>(begins_.size());
  out.number<std::uint64_t>(candidates_.size());
  out.numbers(std::span(begins_));
  out.numbers(std::span(candidates_));
  return out.take();
}

void MinedNegatives::restore(std::string_view state) {
  constexpr std::string_view kOrigin = "the checkpoint's mined negatives";
  io::ByteReader in(state, kOrigin);
  const auto refuse = [&] {
    fail(ErrorKind::corrupt,
         "{} are not of this data; go on with the files that training began with", kOrigin);
  };
  if (in.text() != kMagic || in.number<std::uint64_t>() != set_.size() ||
      in.number<std::uint64_t>() != set_.texts().size())
    refuse();
  const auto lists = in.number<std::uint64_t>();
  const auto count = in.number<std::uint64_t>();
  if ((lists != 0 && lists != set_.size() + 1) || count > in.left() ||
      in.left() != lists * sizeof(std::uint64_t) + count * sizeof(TextId))
    refuse();
  std::vector<std::uint64_t> begins(lists);
  for (std::uint64_t& begin : begins) begin = in.number<std::uint64_t>();
  std::vector<TextId> candidates(count);
  for (TextId& text : candidates) text = in.number<TextId>();
  const bool in_order = std::is_sorted(begins.begin(), begins.end()) &&
                        (begins.empty() ? count == 0 : begins[0] == 0 && begins.back() == count);
  const bool known = std::all_of(candidates.begin(), candidates.end(), [&](TextId text) {
    return text < set_.texts().size() && !set_.passage_keys(text).empty();
  });
  if (!in_order || !known) refuse();
  begins_ = std::move(begins);
  candidates_ = std::move(candidates);
}

}  // namespace kindred::recipe
