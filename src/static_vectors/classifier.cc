#include "static_vectors/classifier.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace kindred::static_vectors {
namespace {

using Loss = TrainingFacts::Loss;

constexpr std::string_view kLabelPrefix = "__label__";
constexpr std::string_view kBlanks(" \n\r\t\v\f\0", 7);

// fastText adds this before it takes a logarithm.
float shifted_log(float x) {
  return static_cast<float>(std::log(static_cast<double>(x) + 1e-5));
}

// Its table of 512 steps from -8 to 8, whose steps show in what one-against-all predicts.
float stepped_sigmoid(float x) {
  constexpr float kMost = 8.0F;
  constexpr float kSteps = 512.0F;
  if (x < -kMost) return 0.0F;
  if (x > kMost) return 1.0F;
  const auto step = static_cast<std::int64_t>((x + kMost) * kSteps / kMost / 2.0F);
  const float at = static_cast<float>(step) * 2.0F * kMost / kSteps - kMost;
  return static_cast<float>(1.0 / (1.0 + std::exp(-static_cast<double>(at))));
}

void softmax(std::vector<float>& scores) {
  const float most = *std::max_element(scores.begin(), scores.end());
  float sum = 0.0F;
  for (float& score : scores) sum += score = std::exp(score - most);
  for (float& score : scores) score /= sum;
}

}  // namespace

/// The best few, as the same heap as fastText's gives them: of equal ones the same are kept, and in
/// the same order. Probabilities are logarithms until `take`.
class TextClassifier::BestLabels {
 public:
  explicit BestLabels(std::size_t most) : most_(most) {}

  bool takes(float score) const {
    return found_.size() < most_ || !(score < found_.front().probability);
  }
  void add(Prediction prediction) {
    found_.push_back(prediction);
    std::push_heap(found_.begin(), found_.end(), higher);
    if (found_.size() <= most_) return;
    std::pop_heap(found_.begin(), found_.end(), higher);
    found_.pop_back();
  }
  std::vector<Prediction> take() {
    std::sort_heap(found_.begin(), found_.end(), higher);
    for (Prediction& prediction : found_) prediction.probability = std::exp(prediction.probability);
    return std::move(found_);
  }

 private:
  static bool higher(const Prediction& a, const Prediction& b) {
    return a.probability > b.probability;
  }

  std::size_t most_;
  std::vector<Prediction> found_;
};

TextClassifier::TextClassifier(std::shared_ptr<const StaticModel> model)
    : model_(std::move(model)) {
  if (model_->labels.empty() || !model_->facts || model_->output == nullptr)
    fail(ErrorKind::bad_input,
         "{} has no labels to predict; give a model of 'fasttext supervised', such as lid.176.ftz",
         model_->origin);
  require(model_->output->rows() == model_->labels.size(), "TextClassifier: a row a label");
  if (model_->facts->loss == Loss::hierarchical_softmax) build_tree();
}

// Huffman's tree by two queues, over labels sorted by falling count, as fastText builds it: an
// unsorted or uncounted list gives another tree there, and so it must here.
void TextClassifier::build_tree() {
  constexpr std::int64_t kUnset = 1'000'000'000'000'000;
  const auto labels = static_cast<std::int32_t>(model_->labels.size());
  tree_.assign(2 * model_->labels.size() - 1, {-1, -1, kUnset});
  for (std::int32_t i = 0; i < labels; ++i)
    tree_[i].count = static_cast<std::int64_t>(
        std::min<std::uint64_t>(model_->labels.count(static_cast<std::uint32_t>(i)), kUnset));
  std::int32_t leaf = labels - 1;
  std::int32_t node = labels;
  for (std::int32_t i = labels; i < 2 * labels - 1; ++i) {
    std::int32_t least[2];
    for (std::int32_t& smallest : least) {
      const bool take_leaf = leaf >= 0 && (node >= i || tree_[leaf].count < tree_[node].count);
      smallest = take_leaf ? leaf-- : node++;
    }
    tree_[i] = {least[0], least[1],
                std::min(tree_[least[0]].count + tree_[least[1]].count, kUnset)};
  }
}

void TextClassifier::append_text(std::string_view text, std::vector<std::uint32_t>& rows) const {
  std::vector<std::uint32_t> hashes;
  const auto take = [&](std::string_view word) {
    const bool known = model_->vocabulary.find(word).has_value();
    if (!known && (word.starts_with(kLabelPrefix) || model_->labels.find(word))) return;
    model_->append_rows(word, rows);
    hashes.push_back(fasttext_hash(word));
  };
  while (true) {
    const std::size_t begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin);
    const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
    text.remove_prefix(word.size());
    if (word == kEndOfSentence) break;
    take(word);
  }
  take(kEndOfSentence);
  append_word_ngrams(hashes, rows);
}

void TextClassifier::append_word_ngrams(const std::vector<std::uint32_t>& hashes,
                                        std::vector<std::uint32_t>& rows) const {
  const std::size_t most = model_->facts->word_ngrams;
  if (most < 2 || !model_->subwords) return;
  const auto words = static_cast<std::uint32_t>(model_->size());
  // fastText keeps hashes as signed numbers, which become 64 bits wide by their sign.
  const auto wide = [&](std::size_t i) {
    return static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(hashes[i])});
  };
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    std::uint64_t hash = wide(i);
    for (std::size_t j = i + 1; j < hashes.size() && j < i + most; ++j) {
      hash = hash * 116'049'371U + wide(j);
      const auto bucket = static_cast<std::uint32_t>(hash % model_->subwords->buckets);
      if (const auto row = model_->bucket_row(bucket)) rows.push_back(words + *row);
    }
  }
}

std::vector<float> TextClassifier::probabilities(const std::vector<float>& hidden) const {
  std::vector<float> scores(model_->labels.size());
  for (std::size_t i = 0; i < scores.size(); ++i)
    scores[i] = model_->output->dot_row(i, hidden.data());
  if (model_->facts->loss == Loss::softmax)
    softmax(scores);
  else
    std::transform(scores.begin(), scores.end(), scores.begin(), stepped_sigmoid);
  return scores;
}

// A stack in place of fastText's recursion: a tree may be as deep as there are labels.
void TextClassifier::descend(const std::vector<float>& hidden, float threshold,
                             BestLabels& best) const {
  struct Visit {
    std::int32_t node;
    float score;
  };
  const float least = shifted_log(threshold);
  const auto labels = static_cast<std::int32_t>(model_->labels.size());
  std::vector<Visit> stack = {{static_cast<std::int32_t>(tree_.size()) - 1, 0.0F}};
  while (!stack.empty()) {
    const auto [node, score] = stack.back();
    stack.pop_back();
    if (score < least || std::isnan(score) || !best.takes(score)) continue;
    if (node < labels) {
      best.add({static_cast<std::uint32_t>(node), score});
      continue;
    }
    const float dot =
        model_->output->dot_row(static_cast<std::size_t>(node - labels), hidden.data());
    const auto right = static_cast<float>(1.0 / (1.0 + std::exp(-static_cast<double>(dot))));
    stack.push_back({tree_[node].right, score + shifted_log(right)});
    stack.push_back({tree_[node].left, score + shifted_log(1.0F - right)});
  }
}

std::vector<Prediction> TextClassifier::predict(std::string_view text, std::size_t k,
                                                float threshold) const {
  std::vector<std::uint32_t> rows;
  append_text(text, rows);
  if (rows.empty()) return {};
  std::vector<float> hidden(model_->dimensions());
  for (const std::uint32_t row : rows) model_->input->add_row(row, 1.0F, hidden.data());
  const float share = 1.0F / static_cast<float>(rows.size());
  for (float& value : hidden) value *= share;
  const std::size_t labels = model_->labels.size();
  BestLabels best(k == 0 ? labels : std::min(k, labels));
  if (model_->facts->loss == Loss::hierarchical_softmax) {
    descend(hidden, threshold, best);
  } else {
    const std::vector<float> all = probabilities(hidden);
    for (std::uint32_t i = 0; i < all.size(); ++i)
      if (const float score = shifted_log(all[i]); all[i] >= threshold && best.takes(score))
        best.add({i, score});
  }
  return best.take();
}

}  // namespace kindred::static_vectors
