#include <algorithm>

#include <fmt/format.h>

#include "recipe/preflight.h"

namespace kindred::recipe {
namespace {

struct RateRange {
  double least, most;
};

// What published recipes use, with room: full 1e-6 to 1e-4 (BERT kin 2e-5, billions 5e-6), LoRA
// 1e-5 to 1e-3 (usually 1e-4 to 2e-4), adapters alike, heads up to 1e-1.
RateRange usual_rates(TuningMode mode) {
  switch (mode) {
    case TuningMode::full:
      return {1e-7, 2e-4};
    case TuningMode::last_layers:
      return {1e-7, 5e-4};
    case TuningMode::lora:
      return {5e-6, 2e-3};
    case TuningMode::adapters:
      return {5e-6, 5e-3};
    case TuningMode::head:
      return {1e-5, 1e-1};
  }
  return {0.0, 1.0};
}

class SettingsCheck {
 public:
  SettingsCheck(const Recipe& recipe, const ModelFacts& model) : recipe_(recipe), model_(model) {}

  std::vector<Finding> run() {
    check_margin();
    check_negatives();
    check_temperature();
    check_rate();
    return std::move(findings_);
  }

 private:
  void find(Severity severity, std::string what, std::string advice) {
    findings_.push_back({severity, std::move(what), std::move(advice)});
  }

  void check_margin() {
    if (!recipe_.uses(LossKind::triplet)) return;
    const bool cosine = recipe_.loss.triplet_metric == TripletMetric::cosine;
    if (!cosine && !model_.unit_length) return;
    const double margin = recipe_.loss.triplet_margin;
    const char* why =
        cosine ? "cosine distances are 0 to 2" : "vectors of length 1 are 0 to 2 from each other";
    if (margin >= 2.0) {
      find(Severity::error,
           fmt::format("the triplet margin of {} can never close: {}", margin, why),
           "set loss.triplet_margin to 0.1 to 0.3");
    } else if (margin > 1.0) {
      find(Severity::warning,
           fmt::format("the triplet margin of {} hardly closes: {}", margin, why),
           "set loss.triplet_margin to 0.1 to 0.3");
    }
  }

  void check_negatives() {
    const NegativesRecipe& negatives = recipe_.negatives;
    const bool contrastive = recipe_.uses(LossKind::infonce) || recipe_.uses(LossKind::triplet);
    if (contrastive && recipe_.batch.size < 2 && !negatives.chosen()) {
      find(Severity::error, "a batch of one anchor has no other passages: the loss is 0",
           "set batch.size to 16 or more");
    } else if (contrastive && !negatives.in_batch && !negatives.chosen() && negatives.given == 0) {
      find(Severity::error,
           "negatives.in_batch is false, no source has a quota and negatives.given is 0: the loss "
           "is 0",
           "set negatives.in_batch = true, or a quota");
    }
    if (recipe_.uses(LossKind::infonce) && recipe_.batch.size >= 2 && recipe_.batch.size < 8 &&
        !negatives.chosen()) {
      find(Severity::warning,
           fmt::format("a batch of {} anchors has few negatives", recipe_.batch.size),
           "memory does not grow with batch.size beyond batch.tokens: set it to 64 or more");
    }
    if (negatives.category_other_language > 0 && negatives.category == 0) {
      find(Severity::warning,
           "negatives of the category are all in other languages than the positive: language alone "
           "tells them apart",
           "set negatives.category to as many");
    }
    if (recipe_.loss.mask_margin && *recipe_.loss.mask_margin < 0.0) {
      find(Severity::warning,
           fmt::format("loss.mask_margin of {} leaves out negatives that score less than the "
                       "positive, the ones that teach most",
                       *recipe_.loss.mask_margin),
           "set it to 0.1");
    }
  }

  void check_temperature() {
    if (!(recipe_.uses(LossKind::infonce) || recipe_.uses(LossKind::simcse) ||
          recipe_.uses(LossKind::coles)))
      return;
    const double temperature = recipe_.loss.temperature;
    if (temperature >= 0.005 && temperature <= 0.2) return;
    find(Severity::warning,
         fmt::format("a temperature of {}: {}", temperature,
                     temperature > 0.2 ? "scores hardly differ, and nor does the gradient"
                                       : "the hardest negative is all that counts"),
         "0.01 to 0.1 is usual");
  }

  void check_rate() {
    const TuningMode mode = recipe_.tuning.mode;
    const RateRange usual = usual_rates(mode);
    const double rate = recipe_.optimizer.learning_rate;
    if (rate >= usual.least && rate <= usual.most) return;
    find(Severity::warning,
         fmt::format(
             "a learning rate of {} is out of the usual range of tuning.mode = \"{}\", {} to "
             "{}",
             rate, to_string(mode), usual.least, usual.most),
         mode == TuningMode::full && rate > usual.most
             ? "right for a table of static vectors; a transformer forgets what it knows"
             : "see docs/recipes.md");
  }

  const Recipe& recipe_;
  const ModelFacts& model_;
  std::vector<Finding> findings_;
};

}  // namespace

std::string_view to_string(Severity severity) noexcept {
  switch (severity) {
    case Severity::note:
      return "note";
    case Severity::warning:
      return "warning";
    case Severity::error:
      return "error";
  }
  return "";
}

std::vector<Finding> check_settings(const Recipe& recipe, const ModelFacts& model) {
  return SettingsCheck(recipe, model).run();
}

}  // namespace kindred::recipe
