#include "recipe/batches.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "prepare/text_key.h"
#include "recipe/batch_composer.h"

namespace kindred::recipe {
namespace {

using Json = nlohmann::json;

// Streams of random numbers of one seed: orders of the parts, and what is drawn in batches.
constexpr std::uint64_t kOrders = 1, kDraws = 2;
constexpr std::size_t kLookAhead = 16;
constexpr std::size_t kLeastLookAhead = 1000;

// Of `next` times as many as there are now, which would be the furthest behind its share.
double rank_of(std::uint64_t served, double share) {
  return (static_cast<double>(served) + 1.0) / share;
}

template <typename Keys>
bool any_in(const Keys& keys, const prepare::HashSet& known) {
  return std::any_of(keys.begin(), keys.end(),
                     [&](std::uint64_t key) { return known.contains(key); });
}

}  // namespace

BatchMaker::BatchMaker(const TrainingSet& set, const Recipe& recipe)
    : set_(set),
      options_(recipe.batch),
      data_(recipe.data),
      given_(recipe.negatives.given),
      seed_(recipe.batch.seed) {
  for (DataRecipe& data : data_) data.losses = recipe.losses_of(data);
  require(data_.size() == set.sets().size(), "a training set of another recipe");
  if (set.size() >= std::numeric_limits<std::uint32_t>::max())
    fail(ErrorKind::exhausted, "more than 4 billion examples; train on a part of them");
  make_parts();
  sign();
}

void BatchMaker::make_parts() {
  std::map<std::array<std::uint32_t, 3>, std::vector<std::uint32_t>> examples;
  std::vector<double> sizes(data_.size(), 0.0);
  for (std::uint32_t i = 0; i < set_.size(); ++i) {
    const TrainingSet::Example& example = set_[i];
    const std::uint32_t from = set_.anchor(example).language;
    const std::uint32_t to = example.positives > 0 ? set_.positives(example)[0].language : from;
    examples[{example.set, from, to}].push_back(i);
    sizes[example.set] += 1.0;
  }
  set_shares_.assign(data_.size(), 0.0);
  for (std::size_t i = 0; i < data_.size(); ++i) {
    if (sizes[i] > 0.0)
      set_shares_[i] = data_[i].weight * std::pow(sizes[i], 1.0 / options_.mixing_temperature);
  }
  open_.assign(data_.size(), 0);
  std::vector<double> sums(data_.size(), 0.0);
  const auto weight = [&](std::size_t size) {
    return std::pow(static_cast<double>(size), 1.0 - options_.language_balance);
  };
  for (const auto& [languages, list] : examples) sums[languages[0]] += weight(list.size());
  const Random orders = seed_.split(kOrders);
  for (auto& [languages, list] : examples) {
    const std::size_t of = languages[0];
    double share = weight(list.size()) / sums[of];
    if (!options_.one_task) share *= set_shares_[of];
    parts_.push_back({ExampleStream(std::move(list), orders.split(parts_.size()),
                                    kLookAhead * options_.size + kLeastLookAhead),
                      of, share});
  }
}

double BatchMaker::set_rank(std::size_t set) const {
  std::uint64_t served = 0;
  for (const Part& part : parts_) served += part.set == set ? part.stream.served() : 0;
  return rank_of(served, set_shares_[set]);
}

// Sets that begin now are put beside the one that is furthest behind.
void BatchMaker::open_sets(double progress) {
  std::vector<std::uint8_t> now(data_.size(), 0);
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < data_.size(); ++i) {
    now[i] = set_shares_[i] > 0.0 && progress >= data_[i].from &&
             (progress < data_[i].until || data_[i].until >= 1.0);
    if (open_[i] != 0 && now[i] != 0) least = std::min(least, set_rank(i));
  }
  if (std::find(now.begin(), now.end(), 1) == now.end()) {  // those of this time are empty
    for (std::size_t i = 0; i < data_.size(); ++i) now[i] = set_shares_[i] > 0.0;
  }
  for (Part& part : parts_) {
    if (now[part.set] == 0 || open_[part.set] != 0 || !std::isfinite(least)) continue;
    const double share = options_.one_task ? part.share * set_shares_[part.set] : part.share;
    part.stream.catch_up(static_cast<std::uint64_t>(least * share));
  }
  open_ = std::move(now);
}

std::size_t BatchMaker::choose_set() const {
  std::size_t best = data_.size();
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < data_.size(); ++i) {
    if (open_[i] == 0) continue;
    const double rank = set_rank(i);
    if (rank >= least) continue;
    least = rank;
    best = i;
  }
  return best;
}

bool BatchMaker::admit(std::uint32_t number, Keys& keys) {
  const TrainingSet::Example& example = set_[number];
  std::vector<std::uint32_t> drawn = draw_some(
      example.positives, options_.positives == 0 ? example.positives : options_.positives, random_);
  const std::vector<std::uint64_t> own = set_.anchor_keys(example);
  if (options_.no_duplicates) {
    if (any_in(own, keys.anchors) || any_in(own, keys.positives)) return false;
    for (const std::uint32_t i : drawn) {
      if (any_in(set_.passage_keys(set_.positives(example)[i].text), keys.anchors)) return false;
    }
  }
  if (!keys.examples.insert(prepare::mix64(number + 1))) return false;
  for (const std::uint64_t key : own) keys.anchors.insert(key);
  for (const std::uint32_t i : drawn) {
    for (const std::uint64_t key : set_.passage_keys(set_.positives(example)[i].text))
      keys.positives.insert(key);
  }
  chosen_.push_back(number);
  positives_.push_back(std::move(drawn));
  return true;
}

void BatchMaker::choose_examples() {
  std::vector<Part*> open;
  const std::size_t set = options_.one_task ? choose_set() : 0;
  for (Part& part : parts_) {
    if (options_.one_task ? part.set != set : open_[part.set] == 0) continue;
    part.stream.begin_batch();
    open.push_back(&part);
  }
  const std::vector<Part*> all = open;
  Keys keys;
  std::size_t tries = kLookAhead * options_.size + kLeastLookAhead;
  while (chosen_.size() < options_.size && !open.empty() && tries > 0) {
    const auto part = std::min_element(open.begin(), open.end(), [](Part* a, Part* b) {
      return rank_of(a->stream.served(), a->share) < rank_of(b->stream.served(), b->share);
    });
    const auto number = (*part)->stream.next();
    if (!number) {
      open.erase(part);
      continue;
    }
    --tries;
    if (admit(*number, keys))
      (*part)->stream.take();
    else
      (*part)->stream.put_back(*number);
  }
  for (Part* part : all) part->stream.end_batch();
}

Batch BatchMaker::next(double progress) {
  open_sets(progress);
  chosen_.clear();
  positives_.clear();
  random_ = seed_.split(kDraws).split(batches_);
  choose_examples();
  BatchComposer composer(set_, data_, {given_, negatives_});
  for (std::size_t i = 0; i < chosen_.size(); ++i) composer.add(chosen_[i], positives_[i], random_);
  ++batches_;
  anchors_ += chosen_.size();
  if (chosen_.size() < options_.size) ++short_batches_;
  return composer.take();
}

double BatchMaker::epochs() const noexcept {
  return static_cast<double>(anchors_) / static_cast<double>(set_.size());
}

void BatchMaker::sign() {
  signature_ = prepare::mix64(options_.seed + 1);
  const auto add = [&](std::uint64_t value) {
    signature_ = prepare::mix64(signature_ ^ value) + value;
  };
  add(set_.size());
  add(set_.texts().size());
  add(set_.texts().bytes());
  for (const Part& part : parts_) add(part.stream.size());
  for (std::uint32_t i = 0; i < set_.size(); ++i) {
    for (const std::uint64_t key : set_.anchor_keys(set_[i])) add(key);
  }
}

std::string BatchMaker::state() const {
  Json parts = Json::array();
  for (const Part& part : parts_) {
    const ExampleStream::Place& place = part.stream.place();
    parts.push_back({{"cycle", place.cycle},
                     {"position", place.position},
                     {"served", place.served},
                     {"waiting", place.waiting}});
  }
  return Json{{"data", signature_},  {"batches", batches_},
              {"anchors", anchors_}, {"short_batches", short_batches_},
              {"open", open_},       {"parts", std::move(parts)}}
      .dump();
}

void BatchMaker::restore(std::string_view state) {
  try {
    const Json json = Json::parse(state);
    if (json.at("data").get<std::uint64_t>() != signature_ ||
        json.at("parts").size() != parts_.size() || json.at("open").size() != open_.size()) {
      fail(ErrorKind::corrupt,
           "the checkpoint's place is in other data, or data cut by another seed; go on with the "
           "recipe and the files that training began with");
    }
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const Json& part = json.at("parts")[i];
      parts_[i].stream.restore({part.at("cycle"), part.at("position"), part.at("served"),
                                part.at("waiting").get<std::vector<std::uint32_t>>()});
    }
    open_ = json.at("open").get<std::vector<std::uint8_t>>();
    batches_ = json.at("batches");
    anchors_ = json.at("anchors");
    short_batches_ = json.at("short_batches");
  } catch (const Json::exception& error) {
    fail(ErrorKind::corrupt, "the checkpoint's place in the data cannot be read: {}", error.what());
  }
}

}  // namespace kindred::recipe
