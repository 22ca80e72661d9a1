#include "shop/item_vectors.h"

#include <algorithm>
#include <cmath>

#include "base/cpu.h"
#include "base/error.h"
#include "base/thread_pool.h"
#include "kernels/distance.h"
#include "static_vectors/read.h"
#include "static_vectors/word_space.h"

namespace kindred::shop {
namespace {

using static_vectors::StaticModel;
using static_vectors::TrainingFacts;

constexpr std::size_t kItemsAPart = 4096;

// Scales to length 1; false for zeros.
bool normalise(float* x, std::size_t d) {
  const float length = std::sqrt(kernels::dot(x, x, d));
  if (!(length > 0.0F)) return false;
  for (std::size_t i = 0; i < d; ++i) x[i] /= length;
  return true;
}

// Whether each item has a row of its own in the output matrix.
bool has_outputs(const StaticModel& model) {
  return model.output != nullptr && model.output->rows() == model.size() &&
         (!model.facts || model.facts->loss == TrainingFacts::Loss::negative_sampling);
}

class LearnedVectors final : public search::ItemVectors {
 public:
  LearnedVectors(std::string path, StaticModel model, int threads)
      : path_(std::move(path)),
        model_(std::move(model)),
        by_outputs_(has_outputs(model_)),
        pool_(threads > 0 ? threads : available_cores()),
        targets_(size() * dimension()) {
    pool_.run((size() + kItemsAPart - 1) / kItemsAPart, [&](std::size_t part, int) {
      const std::size_t end = std::min(size(), (part + 1) * kItemsAPart);
      for (std::size_t id = part * kItemsAPart; id < end; ++id) {
        float* target = targets_.data() + id * dimension();
        if (by_outputs_) {
          model_.output->read_row(id, target);
        } else {
          model_.vector_of(static_cast<std::uint32_t>(id), target);
          normalise(target, dimension());
        }
      }
    });
  }

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
  float score_of(std::size_t id, std::span<const float> history) const {
    return kernels::dot(targets_.data() + id * dimension(), history.data(), dimension());
  }
  // From a product to what is given: by inputs, a cosine.
  double scale(std::span<const float> history) const {
    if (by_outputs_) return 1.0;
    return 1.0 / std::sqrt(kernels::dot(history.data(), history.data(), history.size()));
  }

  std::string path_;
  StaticModel model_;
  bool by_outputs_;
  mutable ThreadPool pool_;
  std::vector<float> targets_;  // [size, d]: outputs, or unit inputs
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
