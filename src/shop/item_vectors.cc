#include "shop/item_vectors.h"

#include <algorithm>
#include <cmath>

#include "base/cpu.h"
#include "base/error.h"
#include "base/thread_pool.h"
#include "static_vectors/read.h"
#include "static_vectors/word_space.h"

namespace kindred::shop {
namespace {

using static_vectors::FloatTable;
using static_vectors::RowTable;
using static_vectors::StaticModel;
using static_vectors::TrainingFacts;

constexpr std::size_t kItemsAPart = 4096;

double length_of(const float* x, std::size_t d) {
  double squares = 0.0;
  for (std::size_t i = 0; i < d; ++i) squares += static_cast<double>(x[i]) * x[i];
  return std::sqrt(squares);
}

// Scales to length 1; false for zeros.
bool normalise(float* x, std::size_t d) {
  const double length = length_of(x, d);
  if (!(length > 0.0)) return false;
  for (std::size_t i = 0; i < d; ++i) x[i] = static_cast<float>(x[i] / length);
  return true;
}

// Whether each item has a row of its own in the output matrix, which is more than the zeros that a
// converter puts where there was none.
bool has_outputs(const StaticModel& model) {
  if (model.output == nullptr || model.output->rows() != model.size()) return false;
  if (model.facts && model.facts->loss != TrainingFacts::Loss::negative_sampling) return false;
  std::vector<float> row(model.dimensions());
  for (std::size_t id = 0; id < model.size(); ++id) {
    model.output->read_row(id, row.data());
    if (length_of(row.data(), row.size()) > 0.0) return true;
  }
  return false;
}

class LearnedVectors final : public search::ItemVectors {
 public:
  LearnedVectors(std::string path, StaticModel model, int threads)
      : path_(std::move(path)),
        model_(std::move(model)),
        by_outputs_(has_outputs(model_)),
        pool_(threads > 0 ? threads : available_cores()),
        targets_(by_outputs_ ? model_.output : unit_inputs()) {}

  std::size_t dimension() const noexcept override { return model_.dimensions(); }
  std::size_t size() const noexcept override { return model_.size(); }
  const std::string& name() const noexcept override { return path_; }

  bool unit_vector(const std::string& id, float* out) const override {
    const auto at = model_.vocabulary.find(id);
    if (!at) return false;
    model_.vector_of(*at, out);
    return normalise(out, dimension());
  }

  std::optional<double> score(const std::string& id,
                              std::span<const float> history) const override {
    const auto at = model_.vocabulary.find(id);
    if (!at) return std::nullopt;
    return score_of(*at, history) * scale(history);
  }

  std::vector<std::pair<std::string, double>> nearest(std::span<const float> history,
                                                      std::size_t k) const override {
    using static_vectors::BestWords;
    std::vector<BestWords> best(static_cast<std::size_t>(pool_.threads()), BestWords(k));
    pool_.run((size() + kItemsAPart - 1) / kItemsAPart, [&](std::size_t part, int thread) {
      BestWords& own = best[static_cast<std::size_t>(thread)];
      const std::size_t end = std::min(size(), (part + 1) * kItemsAPart);
      for (std::size_t id = part * kItemsAPart; id < end; ++id)
        own.offer(static_cast<std::uint32_t>(id), score_of(id, history));
    });
    for (std::size_t i = 1; i < best.size(); ++i) best[0].merge(best[i]);
    std::vector<std::pair<std::string, double>> found;
    for (const auto& [id, score] : best[0].sorted())
      found.emplace_back(model_.vocabulary.word(id), score * scale(history));
    return found;
  }

 private:
  std::shared_ptr<const RowTable> unit_inputs() const {
    std::vector<float> values(size() * dimension());
    pool_.run((size() + kItemsAPart - 1) / kItemsAPart, [&](std::size_t part, int) {
      const std::size_t end = std::min(size(), (part + 1) * kItemsAPart);
      for (std::size_t id = part * kItemsAPart; id < end; ++id) {
        float* unit = values.data() + id * dimension();
        model_.vector_of(static_cast<std::uint32_t>(id), unit);
        normalise(unit, dimension());
      }
    });
    return std::make_shared<FloatTable>(size(), dimension(), std::move(values));
  }
  float score_of(std::size_t id, std::span<const float> history) const {
    return targets_->dot_row(id, history.data());
  }
  // From a product to what is given: by inputs, a cosine.
  double scale(std::span<const float> history) const {
    if (by_outputs_) return 1.0;
    return 1.0 / length_of(history.data(), history.size());
  }

  std::string path_;
  StaticModel model_;
  bool by_outputs_;
  mutable ThreadPool pool_;
  std::shared_ptr<const RowTable> targets_;  // [size, d]: outputs, or unit inputs
};

}  // namespace

std::shared_ptr<const search::ItemVectors> open_item_vectors(const std::string& path, int threads) {
  static_vectors::ReadOptions options;
  options.threads = threads > 0 ? threads : available_cores();
  options.output = true;
  StaticModel model = static_vectors::read_static_model(path, options);
  if (model.facts && model.facts->architecture == TrainingFacts::Architecture::supervised) {
    fail(ErrorKind::bad_input,
         "{} classifies texts and has no vectors of items; make some by kindred vectors train",
         path);
  }
  if (model.size() == 0) fail(ErrorKind::bad_input, "{} has no items", path);
  return std::make_shared<LearnedVectors>(path, std::move(model), threads);
}

}  // namespace kindred::shop
