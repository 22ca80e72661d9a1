#include "static_vectors/held_out.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "io/table.h"
#include "kernels/distance.h"
#include "static_vectors/alias_table.h"

namespace kindred::static_vectors {
namespace {

using Architecture = TrainingFacts::Architecture;

constexpr std::size_t kLongestSentence = 1000;  // word2vec's
constexpr std::size_t kSentencesAPart = 64;

bool has_counts(const Vocabulary& vocabulary) {
  return std::any_of(vocabulary.counts().begin(), vocabulary.counts().end(),
                     [](std::uint64_t count) { return count > 0; });
}

std::uint64_t count_of(const Vocabulary& vocabulary, std::string_view word) {
  const std::optional<std::uint32_t> id = vocabulary.find(word);
  return id ? vocabulary.count(*id) : 0;
}

// -ln σ(x), without overflow.
double loss_of(double x) {
  return x > 0.0 ? std::log1p(std::exp(-x)) : std::log1p(std::exp(x)) - x;
}

// Sums of one part of the sentences. For the standard error: of pairs and losses of sentences.
struct Sums {
  double pairs = 0.0, loss = 0.0, pairs_pairs = 0.0, pairs_loss = 0.0, loss_loss = 0.0;

  void add_sentence(double n, double l) {
    pairs += n;
    loss += l;
    pairs_pairs += n * n;
    pairs_loss += n * l;
    loss_loss += l * l;
  }
  void add(const Sums& o) {
    pairs += o.pairs;
    loss += o.loss;
    pairs_pairs += o.pairs_pairs;
    pairs_loss += o.pairs_loss;
    loss_loss += o.loss_loss;
  }
  HeldOutResult result() const {
    HeldOutResult r;
    r.pairs = static_cast<std::uint64_t>(pairs);
    if (pairs == 0.0) return r;
    r.loss = loss / pairs;
    // Of a ratio of two sums, by its residuals (Cochran, Sampling Techniques, 6.3).
    const double squares = loss_loss - 2.0 * r.loss * pairs_loss + r.loss * r.loss * pairs_pairs;
    r.standard_error = std::sqrt(std::max(squares, 0.0)) / pairs;
    return r;
  }
};

}  // namespace

void HeldOutOptions::validate() const {
  constexpr std::size_t kMost = 1000;
  if (window == 0 || window > kMost)
    fail(ErrorKind::bad_input, "a window of {} words: choose 1 to {}", window, kMost);
  if (negatives > kMost)
    fail(ErrorKind::bad_input, "{} words of noise: choose 0 to {}", negatives, kMost);
  if (!(power >= 0.0 && power <= 2.0))
    fail(ErrorKind::bad_input, "counts to the power of {}: choose 0 to 2", power);
  if (architecture == Architecture::supervised)
    fail(ErrorKind::bad_input, "held-out loss is of skip-gram or CBOW");
}

HeldOutText HeldOutText::read(const std::string& path,
                              const std::vector<const StaticModel*>& models,
                              const Vocabulary* counts, const HeldOutOptions& options) {
  require(!models.empty(), "HeldOutText: no model");
  options.validate();
  for (const StaticModel* model : models)
    if (counts == nullptr && has_counts(model->vocabulary)) counts = &model->vocabulary;
  const Vocabulary& words = models.front()->vocabulary;
  HeldOutText text;
  text.vocabulary_.reserve(words.size());
  for (std::uint32_t id = 0; id < words.size(); ++id) {
    const std::string_view word = words.word(id);
    const std::uint64_t count = counts != nullptr ? count_of(*counts, word) : 0;
    if (counts != nullptr && count == 0) continue;
    if (std::all_of(models.begin() + 1, models.end(), [&](const StaticModel* model) {
          return model->vocabulary.find(word).has_value();
        }))
      text.vocabulary_.add(word, count);
  }
  text.read_lines(path, options);
  if (counts == nullptr) text.count_words();
  const auto& seen = text.vocabulary_.counts();
  // Noise that is not the target must be there to be drawn.
  if (text.ids_.empty() || std::count(seen.begin(), seen.end(), 0U) + 2 > std::ssize(seen))
    fail(ErrorKind::bad_input,
         "{}: {} of its words are known, of {} that the models have in common; is it text of the "
         "same language, split and cased as the models' was (--words, --lower)?",
         path, text.ids_.size(), text.vocabulary_.size());
  return text;
}

void HeldOutText::read_lines(const std::string& path, const HeldOutOptions& options) {
  io::TableOptions lines;
  lines.format = io::TableFormat::lines;
  io::TableReader reader = io::TableReader::open(path, lines);
  WordSplitter splitter(options.words, options.lower);
  std::vector<std::string_view> words;
  for (io::TableRow row; reader.next(row);) {
    words.clear();
    splitter.split(row.values[0], words);
    for (const std::string_view word : words) {
      const auto id = vocabulary_.find(word);
      if (!id) {
        ++unknown_;
        continue;
      }
      ids_.push_back(*id);
      if (ids_.size() - offsets_.back() == kLongestSentence) offsets_.push_back(ids_.size());
    }
    if (ids_.size() > offsets_.back()) offsets_.push_back(ids_.size());
  }
}

void HeldOutText::count_words() {
  for (const std::uint32_t id : ids_) vocabulary_.add(vocabulary_.word(id));
}

class HeldOutEvaluator {
 public:
  HeldOutEvaluator(const HeldOutText& text, const StaticModel& model, const StaticModel* output,
                   const HeldOutOptions& options)
      : text_(text),
        model_(model),
        output_(output != nullptr ? *output->input : *model.output),
        options_(options),
        noise_(weights(text, options.power)) {
    const Vocabulary& targets = output != nullptr ? output->vocabulary : model.vocabulary;
    for (std::uint32_t id = 0; id < text.vocabulary().size(); ++id) {
      const std::string_view word = text.vocabulary().word(id);
      const auto target = targets.find(word);
      if (!target)
        fail(ErrorKind::bad_input, "{} has no output vector of the word '{}', which {} has",
             output->origin, word, model.origin);
      output_rows_.push_back(*target);
    }
  }

  Sums sums_of(std::size_t begin, std::size_t end) const {
    Sums sums;
    Scratch scratch;
    scratch.hidden.resize(model_.dimensions());
    scratch.output.resize(model_.dimensions());
    for (std::size_t s = begin; s < end; ++s) {
      Random random = Random(options_.seed).split(s);
      const auto ids = std::span(text_.ids_)
                           .subspan(text_.offsets_[s], text_.offsets_[s + 1] - text_.offsets_[s]);
      double pairs = 0.0;
      const double loss = options_.architecture == Architecture::cbow
                              ? cbow(ids, random, scratch, pairs)
                              : skip_gram(ids, random, scratch, pairs);
      sums.add_sentence(pairs, loss);
    }
    return sums;
  }

 private:
  struct Scratch {
    std::vector<float> hidden, output;
    std::vector<std::uint32_t> rows;
  };

  static std::vector<double> weights(const HeldOutText& text, double power) {
    std::vector<double> weights;
    for (const std::uint64_t count : text.vocabulary().counts())
      weights.push_back(count == 0 ? 0.0 : std::pow(static_cast<double>(count), power));
    return weights;
  }

  void mean_of_rows(Scratch& s) const {
    std::fill(s.hidden.begin(), s.hidden.end(), 0.0F);
    if (s.rows.empty()) return;
    const float share = 1.0F / static_cast<float>(s.rows.size());
    for (const std::uint32_t row : s.rows) model_.input->add_row(row, share, s.hidden.data());
  }

  double pair_loss(std::uint32_t target, Random& random, const Scratch& s) const {
    double loss = loss_of(output_.dot_row(output_rows_[target], s.hidden.data()));
    for (std::size_t n = 0; n < options_.negatives; ++n) {
      std::uint32_t drawn = noise_.draw(random);
      while (drawn == target) drawn = noise_.draw(random);
      loss += loss_of(-output_.dot_row(output_rows_[drawn], s.hidden.data()));
    }
    return loss;
  }

  double skip_gram(std::span<const std::uint32_t> ids, Random& random, Scratch& s,
                   double& pairs) const {
    double loss = 0.0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      s.rows.clear();
      model_.append_rows(text_.vocabulary().word(ids[i]), s.rows);
      mean_of_rows(s);
      const auto [begin, end] = window(i, ids.size());
      for (std::size_t j = begin; j < end; ++j) {
        if (j == i) continue;
        loss += pair_loss(ids[j], random, s);
        pairs += 1.0;
      }
    }
    return loss;
  }

  double cbow(std::span<const std::uint32_t> ids, Random& random, Scratch& s, double& pairs) const {
    double loss = 0.0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto [begin, end] = window(i, ids.size());
      s.rows.clear();
      for (std::size_t j = begin; j < end; ++j)
        if (j != i) model_.append_rows(text_.vocabulary().word(ids[j]), s.rows);
      if (s.rows.empty()) continue;
      mean_of_rows(s);
      loss += pair_loss(ids[i], random, s);
      pairs += 1.0;
    }
    return loss;
  }

  std::pair<std::size_t, std::size_t> window(std::size_t i, std::size_t size) const {
    return {i - std::min(i, options_.window), std::min(size, i + options_.window + 1)};
  }

  const HeldOutText& text_;
  const StaticModel& model_;
  const RowTable& output_;
  const HeldOutOptions& options_;
  AliasTable noise_;
  std::vector<std::uint32_t> output_rows_;  // by id of the text's vocabulary
};

HeldOutResult held_out_loss(const HeldOutText& text, const StaticModel& model,
                            const StaticModel* output, const HeldOutOptions& options,
                            ThreadPool& pool) {
  options.validate();
  const bool own = model.output && model.labels.empty() && model.output->rows() == model.size() &&
                   (!model.facts || model.facts->loss == TrainingFacts::Loss::negative_sampling);
  if (output == nullptr && !own)
    fail(ErrorKind::bad_input,
         "{} has no output vectors of negative sampling in it; name a file of them by "
         "--output-vectors (gensim: save syn1neg as KeyedVectors in word2vec's format)",
         model.origin);
  if (output != nullptr && output->dimensions() != model.dimensions())
    fail(ErrorKind::bad_input, "{} has vectors of {} dimensions, {} of {}", output->origin,
         output->dimensions(), model.origin, model.dimensions());
  const HeldOutEvaluator evaluator(text, model, output, options);
  const std::size_t parts = (text.sentences() + kSentencesAPart - 1) / kSentencesAPart;
  std::vector<Sums> sums(parts);
  pool.run(parts, [&](std::size_t part, int) {
    const std::size_t begin = part * kSentencesAPart;
    sums[part] = evaluator.sums_of(begin, std::min(begin + kSentencesAPart, text.sentences()));
  });
  Sums all;
  for (const Sums& s : sums) all.add(s);
  return all.result();
}

}  // namespace kindred::static_vectors
