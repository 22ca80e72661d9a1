#include "recipe/batch_composer.h"

#include <algorithm>
#include <numeric>

#include "recipe/slices.h"

namespace kindred::recipe {

std::vector<std::uint32_t> draw_some(std::size_t of, std::size_t count, Random& random) {
  std::vector<std::uint32_t> drawn;
  if (count >= of) {
    drawn.resize(of);
    std::iota(drawn.begin(), drawn.end(), 0U);
    return drawn;
  }
  // Floyd's way: no list of all that there are.
  for (std::size_t i = of - count; i < of; ++i) {
    const auto value = static_cast<std::uint32_t>(random.below(i + 1));
    const bool taken = std::find(drawn.begin(), drawn.end(), value) != drawn.end();
    drawn.push_back(taken ? static_cast<std::uint32_t>(i) : value);
  }
  std::sort(drawn.begin(), drawn.end());
  return drawn;
}

BatchComposer::BatchComposer(const TrainingSet& set, const std::vector<DataRecipe>& data,
                             const Options& options)
    : set_(set), data_(data), options_(options) {}

std::uint32_t BatchComposer::passage(const Mention& mention, std::uint16_t prompt) {
  const std::uint64_t key = std::uint64_t{mention.text} << 16U | prompt;
  const auto [found, fresh] =
      passages_.emplace(key, static_cast<std::uint32_t>(batch_.passages.size()));
  if (fresh) {
    const auto keys = set_.passage_keys(mention.text);
    batch_.passages.push_back({.text = std::string(set_.texts()[mention.text]),
                               .prompt = set_.prompt(prompt),
                               .language = set_.language(mention.language),
                               .keys = {keys.begin(), keys.end()}});
  }
  return found->second;
}

std::uint32_t BatchComposer::event(std::string_view text) {
  if (text.empty()) return Batch::kNoEvent;
  const auto [found, fresh] =
      events_.emplace(text, static_cast<std::uint32_t>(batch_.events.size()));
  if (fresh) batch_.events.push_back({.text = found->first});
  return found->second;
}

void BatchComposer::grade(const Mention& mention, std::uint32_t passage) {
  if (mention.scored())
    batch_.graded.push_back({last(), passage, static_cast<double>(mention.score)});
}

void BatchComposer::add_negatives(std::uint32_t number, Random& random) {
  const TrainingSet::Example& example = set_[number];
  std::vector<std::uint32_t>& places = batch_.negatives.emplace_back();
  const auto put = [&](std::uint32_t place) {
    if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
  };
  const auto given = set_.negatives(example);
  const std::size_t most = options_.given_negatives.value_or(given.size());
  for (const std::uint32_t i : draw_some(given.size(), most, random)) {
    put(passage(given[i], example.passage_prompt));
    grade(given[i], places.back());
  }
  if (options_.negatives == nullptr) return;
  std::vector<TextId> chosen;
  options_.negatives->choose(number, random, chosen);
  for (const TextId text : chosen) {
    put(passage({.text = text, .language = set_.passage_language(text)}, example.passage_prompt));
  }
}

void BatchComposer::add_slices(const TrainingSet::Example& example, Random& random) {
  const DataRecipe& data = data_[example.set];
  const Mention& mention = set_.anchor(example);
  const auto slices = draw_slices(set_.texts()[mention.text],
                                  {.separator = data.event_separator,
                                   .count = data.slices,
                                   .least = data.slice_min,
                                   .most = std::max(data.slice_min, data.slice_max)},
                                  random);
  BatchText slice{.text = {},
                  .prompt = set_.prompt(example.anchor_prompt),
                  .language = set_.language(mention.language),
                  .keys = set_.anchor_keys(example)};
  std::vector<std::uint32_t>& positives = batch_.positives.emplace_back();
  for (std::size_t i = 0; i < slices.size(); ++i) {
    slice.text = slices[i].text;
    if (i == 0) {
      batch_.anchors.push_back(slice);
    } else {
      positives.push_back(static_cast<std::uint32_t>(batch_.passages.size()));
      batch_.passages.push_back(slice);
    }
  }
  batch_.negatives.emplace_back();
  if (uses(data.losses, LossKind::next_event))
    batch_.following.push_back(slices.empty() ? Batch::kNoEvent : event(slices[0].following));
}

void BatchComposer::add(std::uint32_t number, std::span<const std::uint32_t> positives,
                        Random& random) {
  const TrainingSet::Example& example = set_[number];
  mixed_ = mixed_ || (task_ && *task_ != example.set);
  task_ = example.set;
  labels_.push_back(example.label);
  if (data_[example.set].slices > 0) return add_slices(example, random);

  const Mention& mention = set_.anchor(example);
  batch_.anchors.push_back({.text = std::string(set_.texts()[mention.text]),
                            .prompt = set_.prompt(example.anchor_prompt),
                            .language = set_.language(mention.language),
                            .keys = set_.anchor_keys(example)});
  for (TextSpan span : set_.spans(example)) {
    span.anchor = last();
    batch_.spans.push_back(span);
  }
  std::vector<std::uint32_t>& places = batch_.positives.emplace_back();
  for (const std::uint32_t i : positives) {
    const Mention& positive = set_.positives(example)[i];
    places.push_back(passage(positive, example.passage_prompt));
    grade(positive, places.back());
  }
  add_negatives(number, random);
  for (const Mention& graded : set_.graded(example))
    grade(graded, passage(graded, example.passage_prompt));
}

Batch BatchComposer::take() {
  const auto none = [](const auto& lists) {
    return std::all_of(lists.begin(), lists.end(), [](const auto& list) { return list.empty(); });
  };
  if (none(batch_.positives)) batch_.positives.clear();
  if (none(batch_.negatives)) batch_.negatives.clear();
  if (batch_.following.size() != batch_.anchors.size()) {  // not all are of such a set
    batch_.following.clear();
    batch_.events.clear();
  }
  const bool labelled =
      std::find(labels_.begin(), labels_.end(), TrainingSet::kNoLabel) == labels_.end();
  if (labelled) batch_.labels = std::move(labels_);
  if (task_ && !mixed_) batch_.task = set_.sets().at(*task_);
  return std::move(batch_);
}

}  // namespace kindred::recipe
