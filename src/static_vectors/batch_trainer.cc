#include "static_vectors/batch_trainer.h"

#include <algorithm>
#include <cmath>

namespace kindred::static_vectors {
namespace {

constexpr std::size_t kFilterBits = 4096;
constexpr std::uint64_t kMeasuredBatches = 64;  // the loss of one in so many is looked at

kernels::Rows rows(const std::vector<float*>& pointers, std::size_t begin, std::size_t end) {
  return {pointers.data() + begin, end - begin};
}

// ln(1 + exp(x)) = -ln σ(-x), without overflow.
double softplus(double x) {
  return x > 0.0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

std::size_t most_slots(const TrainingSetup& s) {
  return 2 * s.batch + 2 * std::size_t{s.window.radius};
}

}  // namespace

BatchTrainer::BatchTrainer(const TrainingSetup& setup)
    : s_(setup),
      kernel_(kernels::row_products(setup.isa)),
      width_(setup.input->width()),
      inputs_(setup.batch, setup.input->columns()),
      gradients_(setup.batch, setup.input->columns()),
      slots_(setup.cbow ? most_slots(setup) : 0, setup.input->columns()),
      negatives_(setup.noise != nullptr ? setup.shared_negatives : 0),
      negative_(negatives_.size()),
      drawn_(kFilterBits / 64) {}

void BatchTrainer::train(std::span<const std::uint32_t> tokens, float rate, Random random,
                         TrainingTally& tally) {
  random_ = random;
  fill_windows(tokens, s_.keep, s_.window, random_, windows_);
  tally.words += static_cast<std::uint64_t>(
      std::count_if(tokens.begin(), tokens.end(), [](auto t) { return t != kSentenceEnd; }));
  draw_negatives();
  std::uint64_t number = 0;
  for (std::size_t begin = 0; begin < windows_.size(); begin += s_.batch, ++number) {
    fill_batch(windows_, begin, s_.batch, batch_);
    prefetch_after(begin);
    measured_ = number % kMeasuredBatches == 0 ? &tally : nullptr;
    if (batch_.pairs() > 0) step(rate);
  }
}

void BatchTrainer::step(float rate) {
  if (s_.cbow) {
    gather_contexts();
    predict_own_words();
  } else {
    gather_words();
  }
  const Batch& predicted = s_.cbow ? own_ : batch_;
  if (s_.noise != nullptr)
    learn_by_sampling(predicted, rate);
  else
    learn_by_tree(predicted, rate);
  if (s_.cbow)
    scatter_contexts();
  else
    scatter_words();
}

// A batch ahead: by the time that a row is worked on it has come from memory.
void BatchTrainer::prefetch_after(std::size_t begin) const {
  const std::size_t next = begin + s_.batch;
  const std::size_t ahead = s_.window.radius;
  for (std::size_t i = 0; i < s_.batch; ++i) {
    const std::size_t own = next + i, context = own + ahead;
    const std::size_t in = s_.cbow ? context : own, out = s_.cbow ? own : context;
    if (in < windows_.size()) {
      const std::uint32_t word = windows_.words[in];
      if (s_.rows->plain())
        s_.input->prefetch(word);
      else
        for (const std::uint32_t row : s_.rows->of(word)) s_.input->prefetch(row);
    }
    if (s_.noise != nullptr && out < windows_.size()) s_.output->prefetch(windows_.words[out]);
  }
}

void BatchTrainer::sum_rows(std::uint32_t word, float* out) const {
  static constexpr float kOne = 1.0F;
  std::fill_n(out, width_, 0.0F);
  for (const std::uint32_t row : s_.rows->of(word)) {
    const float* values = s_.input->row(row);
    kernel_.add_products({&kOne, 0, 0}, {&values, 1}, &out, 1, width_);
  }
}

void BatchTrainer::add_to_rows(std::uint32_t word, const float* gradient) {
  static constexpr float kOne = 1.0F;
  const auto add = [&](std::uint32_t row) {
    float* values = s_.input->row(row);
    kernel_.add_products({&kOne, 0, 0}, {&gradient, 1}, &values, 1, width_);
  };
  if (s_.rows->plain()) {
    add(word);
  } else {
    for (const std::uint32_t row : s_.rows->of(word)) add(row);
  }
}

void BatchTrainer::gather_words() {
  const std::size_t n = batch_.inputs();
  std::fill_n(gradients_.data(), n * width_, 0.0F);
  input_.clear();
  gradient_.clear();
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint32_t word = windows_.words[batch_.begin + i];
    gradient_.push_back(gradients_.row(i));
    if (s_.rows->plain()) {
      input_.push_back(s_.input->row(word));
      continue;
    }
    float* mean = inputs_.row(i);
    sum_rows(word, mean);
    const float share = 1.0F / static_cast<float>(s_.rows->of(word).size());
    for (std::size_t k = 0; k < width_; ++k) mean[k] *= share;
    input_.push_back(mean);
  }
}

// fastText and word2vec add the whole gradient of the mean to each of its rows.
void BatchTrainer::scatter_words() {
  for (std::size_t i = 0; i < batch_.inputs(); ++i)
    if (batch_.pair_begin[i] < batch_.pair_begin[i + 1])
      add_to_rows(windows_.words[batch_.begin + i], gradient_[i]);
}

void BatchTrainer::gather_contexts() {
  const std::size_t n = batch_.inputs();
  std::fill_n(gradients_.data(), n * width_, 0.0F);
  std::fill_n(inputs_.data(), n * width_, 0.0F);
  slot_.clear();
  slot_rows_.clear();
  for (std::size_t s = 0; s < batch_.slots(); ++s) {
    const std::uint32_t word = batch_.slot_word[s];
    slot_rows_.push_back(s_.rows->plain() ? 1.0F : static_cast<float>(s_.rows->of(word).size()));
    slot_.push_back(s_.rows->plain() ? s_.input->row(word) : slots_.row(s));
    if (!s_.rows->plain()) sum_rows(word, slot_.back());
  }
  pair_row_.clear();
  for (const std::uint32_t slot : batch_.pair_slot) pair_row_.push_back(slot_[slot]);
  input_.clear();
  gradient_.clear();
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint32_t begin = batch_.pair_begin[i], end = batch_.pair_begin[i + 1];
    input_.push_back(inputs_.row(i));
    gradient_.push_back(gradients_.row(i));
    float count = 0.0F;
    for (std::uint32_t p = begin; p < end; ++p) count += slot_rows_[batch_.pair_slot[p]];
    const float share = 1.0F / std::max(1.0F, count);
    kernel_.add_products({&share, 0, 0}, rows(pair_row_, begin, end), &input_[i], 1, width_);
  }
}

void BatchTrainer::scatter_contexts() {
  static constexpr float kOne = 1.0F;
  list_entries(batch_);
  for (std::size_t s = 0; s < batch_.slots(); ++s) {
    const std::uint32_t begin = batch_.slot_begin[s], end = batch_.slot_begin[s + 1];
    if (begin == end) continue;
    float* to = slot_[s];
    if (!s_.rows->plain()) std::fill_n(to, width_, 0.0F);
    kernel_.add_products({&kOne, 0, 0}, rows(entry_gradient_, begin, end), &to, 1, width_);
    if (!s_.rows->plain()) add_to_rows(batch_.slot_word[s], to);
  }
}

// What CBOW predicts: each input its own word, where it has a window.
void BatchTrainer::predict_own_words() {
  const std::size_t n = batch_.inputs();
  own_.begin = batch_.begin;
  own_.slot_word.assign(windows_.words.begin() + batch_.begin,
                        windows_.words.begin() + batch_.begin + static_cast<std::ptrdiff_t>(n));
  own_.pair_begin.assign(1, 0);
  own_.slot_begin.assign(1, 0);
  own_.pair_slot.clear();
  own_.slot_pair.clear();
  for (std::uint32_t i = 0; i < n; ++i) {
    if (batch_.pair_begin[i] < batch_.pair_begin[i + 1]) {
      own_.slot_pair.push_back(static_cast<std::uint32_t>(own_.pairs()));
      own_.pair_slot.push_back(i);
    }
    own_.pair_begin.push_back(static_cast<std::uint32_t>(own_.pairs()));
    own_.slot_begin.push_back(static_cast<std::uint32_t>(own_.pairs()));
  }
  own_.pair_input = own_.pair_slot;
}

void BatchTrainer::list_entries(const Batch& predicted) {
  entry_row_.clear();
  entry_gradient_.clear();
  for (const std::uint32_t pair : predicted.slot_pair) {
    entry_row_.push_back(input_[predicted.pair_input[pair]]);
    entry_gradient_.push_back(gradient_[predicted.pair_input[pair]]);
  }
}

void BatchTrainer::draw_negatives() {
  if (s_.noise == nullptr) return;
  std::fill(drawn_.begin(), drawn_.end(), 0);
  for (std::size_t m = 0; m < negatives_.size(); ++m) {
    const std::uint32_t word = s_.noise->draw(random_);
    negatives_[m] = word;
    negative_[m] = s_.output->row(word);
    s_.output->prefetch(word);
    drawn_[word % kFilterBits / 64] |= std::uint64_t{1} << (word % 64);
  }
}

// A noise word stands for negatives / shared of every pair, but not for a pair that predicts it.
void BatchTrainer::weigh_negatives(const Batch& predicted, float rate) {
  const std::size_t shared = negatives_.size();
  const float each = rate * static_cast<float>(s_.negatives) / static_cast<float>(shared);
  weights_.resize(predicted.inputs() * shared);
  for (std::size_t i = 0; i < predicted.inputs(); ++i)
    std::fill_n(weights_.data() + i * shared, shared,
                each * static_cast<float>(predicted.pair_begin[i + 1] - predicted.pair_begin[i]));
  for (std::size_t s = 0; s < predicted.slots(); ++s) {
    const std::uint32_t word = predicted.slot_word[s];
    if ((drawn_[word % kFilterBits / 64] >> (word % 64) & 1U) == 0) continue;
    for (std::size_t m = 0; m < shared; ++m) {
      if (negatives_[m] != word) continue;
      for (std::uint32_t e = predicted.slot_begin[s]; e < predicted.slot_begin[s + 1]; ++e)
        weights_[predicted.pair_input[predicted.slot_pair[e]] * shared + m] -= each;
    }
  }
}

void BatchTrainer::learn_by_sampling(const Batch& predicted, float rate) {
  const std::size_t n = predicted.inputs(), shared = negatives_.size();
  target_.clear();
  for (const std::uint32_t word : predicted.slot_word) target_.push_back(s_.output->row(word));
  pair_row_.clear();
  for (const std::uint32_t slot : predicted.pair_slot) pair_row_.push_back(target_[slot]);
  positive_.resize(predicted.pairs());
  scores_.resize(n * shared);
  const auto pairs_of = [&](std::size_t i) {
    return rows(pair_row_, predicted.pair_begin[i], predicted.pair_begin[i + 1]);
  };
  for (std::size_t i = 0; i < n; ++i)
    kernel_.dots({&input_[i], 1}, pairs_of(i), width_, positive_.data() + predicted.pair_begin[i],
                 0);
  kernel_.dots({input_.data(), n}, {negative_.data(), shared}, width_, scores_.data(), shared);

  weigh_negatives(predicted, rate);
  factors_.assign(predicted.pairs(), rate);
  if (measured_ != nullptr) {
    measured_->measured += static_cast<double>(predicted.pairs());
    for (const float score : positive_) measured_->loss += softplus(-score);
    for (std::size_t k = 0; k < scores_.size(); ++k)
      measured_->loss += softplus(scores_[k]) * weights_[k] / rate;
  }
  kernel_.sigmoid_residuals(positive_.data(), factors_.data(), 1.0F, positive_.size());
  kernel_.sigmoid_residuals(scores_.data(), weights_.data(), 0.0F, scores_.size());

  // Every gradient is that of the rows as they were: those of the inputs wait in a buffer, and the
  // inputs are read before they change.
  for (std::size_t i = 0; i < n; ++i)
    kernel_.add_products({positive_.data() + predicted.pair_begin[i], 0, 1}, pairs_of(i),
                         &gradient_[i], 1, width_);
  kernel_.add_products({scores_.data(), shared, 1}, {negative_.data(), shared}, gradient_.data(), n,
                       width_);
  kernel_.add_products({scores_.data(), 1, shared}, {input_.data(), n}, negative_.data(), shared,
                       width_);
  list_entries(predicted);
  factors_.clear();
  for (const std::uint32_t pair : predicted.slot_pair) factors_.push_back(positive_[pair]);
  for (std::size_t s = 0; s < predicted.slots(); ++s) {
    const std::uint32_t begin = predicted.slot_begin[s], end = predicted.slot_begin[s + 1];
    if (begin < end)
      kernel_.add_products({factors_.data() + begin, 0, 1}, rows(entry_row_, begin, end),
                           &target_[s], 1, width_);
  }
  draw_negatives();
}

void BatchTrainer::learn_by_tree(const Batch& predicted, float rate) {
  list_entries(predicted);
  if (measured_ != nullptr) measured_->measured += static_cast<double>(predicted.pairs());
  for (std::size_t s = 0; s < predicted.slots(); ++s) {
    const std::uint32_t begin = predicted.slot_begin[s], end = predicted.slot_begin[s + 1];
    if (begin == end) continue;
    const std::size_t n = end - begin;
    const auto path = s_.tree->path(predicted.slot_word[s]);
    const auto code = s_.tree->code(predicted.slot_word[s]);
    target_.clear();
    for (const std::uint32_t node : path) target_.push_back(s_.output->row(node));
    const std::size_t nodes = path.size();
    scores_.resize(n * nodes);
    kernel_.dots(rows(entry_row_, begin, end), {target_.data(), nodes}, width_, scores_.data(),
                 nodes);
    if (measured_ != nullptr)
      for (std::size_t k = 0; k < scores_.size(); ++k)
        measured_->loss += softplus(code[k % nodes] != 0 ? -scores_[k] : scores_[k]);
    weights_.assign(scores_.size(), rate);
    kernel_.sigmoid_residuals(scores_.data(), weights_.data(), 0.0F, scores_.size());
    for (std::size_t k = 0; k < scores_.size(); ++k)
      if (code[k % nodes] != 0) scores_[k] += rate;
    kernel_.add_products({scores_.data(), nodes, 1}, {target_.data(), nodes},
                         entry_gradient_.data() + begin, n, width_);
    kernel_.add_products({scores_.data(), 1, nodes}, rows(entry_row_, begin, end), target_.data(),
                         nodes, width_);
  }
}

}  // namespace kindred::static_vectors
