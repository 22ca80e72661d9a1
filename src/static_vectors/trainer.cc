#include "static_vectors/trainer.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <exception>
#include <thread>

#include "base/error.h"
#include "kernels/distance.h"

namespace kindred::static_vectors {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kTick = std::chrono::milliseconds(100);

// Rows of a matrix that training padded.
class PaddedTable final : public RowTable {
 public:
  explicit PaddedTable(std::shared_ptr<const Parameters> values)
      : RowTable(values->rows(), values->columns()), values_(std::move(values)) {}
  void read_row(std::size_t row, float* out) const override {
    std::copy_n(values_->row(row), columns(), out);
  }
  void add_row(std::size_t row, float weight, float* out) const override {
    const float* values = values_->row(row);
    for (std::size_t k = 0; k < columns(); ++k) out[k] += weight * values[k];
  }
  float dot_row(std::size_t row, const float* x) const override {
    return kernels::dot(values_->row(row), x, columns());
  }
  std::uint64_t bytes() const noexcept override { return values_->size() * sizeof(float); }

 private:
  std::shared_ptr<const Parameters> values_;
};

WordRows subword_rows(const Vocabulary& words, const SubwordRules& rules) {
  WordRows rows;
  rows.begin.push_back(0);
  for (std::uint32_t id = 0; id < words.size(); ++id) {
    rows.rows.push_back(id);
    const std::size_t begin = rows.rows.size();
    append_subwords(words.word(id), rules, rows.rows);
    for (std::size_t i = begin; i < rows.rows.size(); ++i)
      rows.rows[i] += static_cast<std::uint32_t>(words.size());
    rows.begin.push_back(rows.rows.size());
  }
  return rows;
}

// Few words share one batch's steps many times over, and the sum of steps that do not see each
// other overshoots; so a batch of a small vocabulary is small. The figures for large ones fill the
// tiles of the row products, and lose nothing against word2vec's own loss where larger batches, or
// fewer words of noise to an input, do: bench/RESULTS.md, "Word vectors".
std::size_t batch_size(std::size_t words) {
  return std::clamp<std::size_t>(words / 64, 1, 12);
}

std::size_t shared_negatives(std::size_t words) {
  return std::clamp<std::size_t>(words / 16, 6, 18);
}

}  // namespace

// The threads between two checkpoints.
struct Trainer::Round {
  std::atomic<std::uint64_t> next;
  std::atomic<bool> stop{false};
  std::atomic<int> working{0};
  std::mutex mutex;
  std::condition_variable changed;
  std::exception_ptr error;
};

Trainer::Trainer(const EncodedCorpus& corpus, const WordTrainingOptions& options, int threads,
                 std::string checkpoint, std::string key)
    : corpus_(corpus),
      options_(options),
      checkpoint_(std::move(checkpoint)),
      key_(std::move(key)),
      random_(options.seed) {
  set_up(threads);
  state_.epochs.resize(options_.epochs);
  if (load_training(checkpoint_, key_, state_, *input_, *output_)) return;
  // As fastText and gensim start.
  input_->fill_uniform(1.0F / static_cast<float>(options_.dimensions), random_.split(~0ULL));
}

void Trainer::set_up(int threads) {
  const Vocabulary& words = corpus_.vocabulary();
  std::size_t input_rows = words.size();
  if (options_.max_ngram > 0) {
    rows_ = subword_rows(words, {options_.min_ngram, options_.max_ngram, options_.buckets});
    input_rows += options_.buckets;
  }
  input_ = std::make_shared<Parameters>(input_rows, options_.dimensions);
  output_ = std::make_shared<Parameters>(words.size(), options_.dimensions);
  keep_ = keep_chances(words.counts(), options_.subsample);
  if (options_.loss == WordTrainingOptions::Loss::hierarchical_softmax) {
    tree_.emplace(words.counts());
  } else {
    std::vector<double> weights;
    for (const std::uint64_t count : words.counts())
      weights.push_back(std::pow(static_cast<double>(count), options_.noise_exponent));
    noise_.emplace(weights);
  }
  setup_.cbow = options_.architecture == WordTrainingOptions::Architecture::cbow;
  setup_.input = input_.get();
  setup_.output = output_.get();
  setup_.rows = &rows_;
  setup_.noise = noise_ ? &*noise_ : nullptr;
  setup_.tree = tree_ ? &*tree_ : nullptr;
  setup_.keep = keep_;
  setup_.window = {static_cast<std::uint32_t>(options_.window), options_.dynamic_window,
                   options_.global_context};
  setup_.negatives = options_.negatives;
  setup_.batch = batch_size(words.size());
  setup_.shared_negatives = shared_negatives(words.size());
  setup_.isa = best_isa();
  for (int t = 0; t < threads; ++t) workers_.push_back(std::make_unique<BatchTrainer>(setup_));
}

float Trainer::rate_of(std::uint64_t chunk) const {
  // word2vec lets it fall to this share.
  constexpr double kLeast = 1e-4;
  const std::size_t chunks = corpus_.chunks().size();
  const double done = static_cast<double>(chunk / chunks) * static_cast<double>(corpus_.tokens()) +
                      static_cast<double>(corpus_.chunks()[chunk % chunks].before);
  const double all = static_cast<double>(options_.epochs) * static_cast<double>(corpus_.tokens());
  double rate = options_.rate;
  if (rate == 0.0) rate = setup_.cbow ? 0.05 : 0.025;
  return static_cast<float>(rate * std::max(kLeast, 1.0 - done / all));
}

void Trainer::work(Round& round, BatchTrainer& trainer) {
  try {
    // One chunk at least, so that training gets on however often it is stopped.
    do {
      const std::uint64_t chunk = round.next.fetch_add(1);
      if (chunk >= all_chunks()) break;
      const std::size_t epoch = chunk / corpus_.chunks().size();
      TrainingTally tally;
      trainer.train(corpus_.chunks()[chunk % corpus_.chunks().size()].tokens, rate_of(chunk),
                    random_.split(chunk), tally);
      const std::lock_guard lock(mutex_);
      state_.epochs[epoch].words += tally.words;
      state_.epochs[epoch].loss += tally.loss;
      state_.epochs[epoch].measured += tally.measured;
    } while (!round.stop.load(std::memory_order_relaxed));
  } catch (...) {
    const std::lock_guard lock(round.mutex);
    round.error = std::current_exception();
    round.stop = true;
  }
  const std::lock_guard lock(round.mutex);
  --round.working;
  round.changed.notify_all();
}

// Until the end, the next checkpoint or a stop; false for a stop. What a thread has begun it ends,
// so that all chunks below `next` are learned when the round is over.
bool Trainer::run_round(const std::function<bool(const WordTrainingProgress&)>& progress) {
  Round round;
  round.next = state_.next;
  round.working = static_cast<int>(workers_.size());
  const auto end = Clock::now() +
                   std::chrono::duration_cast<Clock::duration>(
                       std::chrono::duration<double, std::ratio<60>>(options_.checkpoint_minutes));
  std::vector<std::jthread> threads;
  for (const auto& worker : workers_)
    threads.emplace_back([this, &round, &worker] { work(round, *worker); });
  bool stopped = false;
  for (bool working = true; working;) {
    if (!stopped && progress && !progress(progress_now())) stopped = true;
    if (stopped || Clock::now() >= end) round.stop = true;
    std::unique_lock lock(round.mutex);
    working = !round.changed.wait_for(lock, kTick, [&] { return round.working == 0; });
  }
  threads.clear();
  if (round.error) std::rethrow_exception(round.error);
  state_.next = std::min(round.next.load(), all_chunks());
  return !stopped;
}

bool Trainer::run(const std::function<bool(const WordTrainingProgress&)>& progress) {
  while (state_.next < all_chunks()) {
    const bool go_on = run_round(progress);
    if (state_.next < all_chunks() || !go_on) save();
    if (!go_on) return false;
  }
  return true;
}

void Trainer::save() const {
  save_training(checkpoint_, key_, state_, *input_, *output_);
}

WordTrainingProgress Trainer::progress_now() const {
  const std::lock_guard lock(mutex_);
  WordTrainingProgress now;
  now.stage = WordTrainingProgress::Stage::train;
  now.total = corpus_.tokens() * options_.epochs;
  for (const TrainingTally& epoch : state_.epochs) {
    now.done += epoch.words;
    if (epoch.measured > 0.0) now.loss = epoch.loss / epoch.measured;
  }
  return now;
}

std::vector<double> Trainer::losses() const {
  std::vector<double> losses;
  for (const TrainingTally& epoch : state_.epochs)
    losses.push_back(epoch.measured > 0.0 ? epoch.loss / epoch.measured : 0.0);
  return losses;
}

std::uint64_t Trainer::words_done() const {
  return progress_now().done;
}

StaticModel Trainer::model() const {
  StaticModel model;
  model.format = "trained";
  model.vocabulary = corpus_.vocabulary();
  model.input = std::make_shared<PaddedTable>(input_);
  model.output = std::make_shared<PaddedTable>(output_);
  if (options_.max_ngram > 0)
    model.subwords = SubwordRules{options_.min_ngram, options_.max_ngram, options_.buckets};
  TrainingFacts facts;
  facts.architecture =
      setup_.cbow ? TrainingFacts::Architecture::cbow : TrainingFacts::Architecture::skip_gram;
  facts.loss =
      tree_ ? TrainingFacts::Loss::hierarchical_softmax : TrainingFacts::Loss::negative_sampling;
  facts.window = static_cast<std::uint32_t>(options_.window);
  facts.epochs = static_cast<std::uint32_t>(options_.epochs);
  facts.min_count = static_cast<std::uint32_t>(options_.min_count);
  facts.negatives = static_cast<std::uint32_t>(options_.negatives);
  facts.subsample = options_.subsample;
  facts.tokens = corpus_.tokens();
  model.facts = facts;
  return model;
}

}  // namespace kindred::static_vectors
