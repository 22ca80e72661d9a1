#include "shop/item_vectors.h"

#include <algorithm>

#include "base/cpu.h"
#include "base/error.h"
#include "base/thread_pool.h"
#include "static_vectors/read.h"
#include "static_vectors/word_space.h"

namespace kindred::shop {
namespace {

class LearnedVectors final : public search::ItemVectors {
 public:
  LearnedVectors(std::string path, std::shared_ptr<const static_vectors::StaticModel> model,
                 int threads)
      : path_(std::move(path)),
        model_(std::move(model)),
        pool_(threads > 0 ? threads : available_cores()),
        space_(model_, pool_) {}

  std::size_t dimension() const noexcept override { return space_.dimensions(); }
  std::size_t size() const noexcept override { return space_.size(); }
  const std::string& name() const noexcept override { return path_; }

  bool unit_vector(const std::string& id, float* out) const override {
    const auto at = model_->vocabulary.find(id);
    if (!at || space_.inverse_norm(*at) == 0.0F) return false;
    space_.unit_vector(*at, out);
    return true;
  }

  std::vector<std::pair<std::string, double>> nearest(std::span<const float> vector,
                                                      std::size_t k) const override {
    std::vector<std::pair<std::string, double>> found;
    for (const auto& [id, score] : space_.nearest(vector.data(), k, 0, {}, pool_))
      found.emplace_back(model_->vocabulary.word(id), score);
    return found;
  }

 private:
  std::string path_;
  std::shared_ptr<const static_vectors::StaticModel> model_;
  mutable ThreadPool pool_;
  static_vectors::WordSpace space_;
};

}  // namespace

std::shared_ptr<const search::ItemVectors> open_item_vectors(const std::string& path, int threads) {
  static_vectors::ReadOptions options;
  options.threads = threads;
  options.output = false;
  auto model = std::make_shared<static_vectors::StaticModel>(
      static_vectors::read_static_model(path, options));
  if (model->facts &&
      model->facts->architecture == static_vectors::TrainingFacts::Architecture::supervised) {
    fail(ErrorKind::bad_input,
         "{} classifies texts and has no vectors of items; make some by kindred vectors train "
         "--items",
         path);
  }
  if (model->size() == 0) fail(ErrorKind::bad_input, "{} has no items", path);
  return std::make_shared<LearnedVectors>(path, std::move(model), threads);
}

}  // namespace kindred::shop
