#include "recipe/dev_split.h"

#include <algorithm>

#include "base/error.h"
#include "prepare/split.h"
#include "recipe/training_source.h"

namespace kindred::recipe {

std::vector<std::uint8_t> held_out(const Recipe& recipe, Progress& progress) {
  const double share = recipe.eval.dev_share;
  require(share > 0.0 && share < 1.0, "a share that holds out nothing or all");
  prepare::SplitOptions options;
  options.shares = {{"train", 1.0 - share}, {"dev", share}};
  options.leaks.anchors_only = true;
  options.leaks.kinds = {prepare::LeakKind::id, prepare::LeakKind::group, prepare::LeakKind::text};
  options.seed = recipe.batch.seed;
  const prepare::SplitPlan plan = prepare::plan_split(
      [&] { return std::make_unique<TrainingSource>(recipe.data); }, options, progress);
  const auto held = static_cast<double>(std::count(plan.split_of.begin(), plan.split_of.end(), 1));
  const double all = static_cast<double>(plan.split_of.size());
  if (held == 0.0 || held == all || held > 3.0 * share * all + 1.0) {
    fail(ErrorKind::bad_input,
         "eval.dev_share: {} of {} examples hang together by the texts, ids or groups of their "
         "anchors, so that {} of them would be held out; set eval.paths to data of its own",
         plan.largest, plan.split_of.size(), held);
  }
  return plan.split_of;
}

}  // namespace kindred::recipe
