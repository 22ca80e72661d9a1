#include "recipe/recipe_check.h"

#include <algorithm>
#include <set>

#include "base/error.h"

namespace kindred::recipe {

bool uses(const std::vector<LossTerm>& losses, LossKind kind) noexcept {
  return std::any_of(losses.begin(), losses.end(),
                     [&](const LossTerm& term) { return term.loss == kind; });
}

bool Recipe::uses(LossKind kind) const noexcept {
  return std::any_of(data.begin(), data.end(),
                     [&](const DataRecipe& set) { return recipe::uses(losses_of(set), kind); });
}

namespace {

void check_prompt(const std::string& where, const char* role, const std::string& text,
                  const std::string& name) {
  if (text.empty() || name.empty()) return;
  fail(ErrorKind::bad_input,
       "{}: {}_prompt are the words themselves and {}_prompt_name is the name of a prompt of the "
       "model; give one of the two",
       where, role, role);
}

void check_losses(const Recipe& recipe, const DataRecipe& data, const std::string& where) {
  const std::vector<LossTerm>& losses = recipe.losses_of(data);
  if (losses.empty()) fail(ErrorKind::bad_input, "{}: no loss; set loss.losses", where);
  if (uses(losses, LossKind::coles) && data.slices < 2) {
    fail(ErrorKind::bad_input,
         "{}: coles compares slices of one sequence; set data.slices to 2 or more", where);
  }
  if (uses(losses, LossKind::next_event) && data.slices == 0) {
    fail(ErrorKind::bad_input,
         "{}: next_event guesses what comes after a slice of a sequence; set data.slices to 1 or "
         "more",
         where);
  }
  if (data.slices > 0 && data.slice_min > data.slice_max)
    fail(ErrorKind::bad_input, "{}: slice_min is {} and slice_max {}", where, data.slice_min,
         data.slice_max);
  if (uses(losses, LossKind::distill_vectors) && data.teacher.empty()) {
    fail(ErrorKind::bad_input,
         "{}: distill_vectors learns from a model's vectors; set data.teacher to its directory",
         where);
  }
  if (recipe.loss.guide_margin && data.teacher.empty()) {
    fail(ErrorKind::bad_input,
         "{}: guide_margin goes by the scores of a guide; set data.teacher to its directory (the "
         "base model is a good one)",
         where);
  }
  if (uses(losses, LossKind::compatible) && recipe.loss.old_model.empty()) {
    fail(ErrorKind::bad_input,
         "{}: compatible needs the model whose vectors stay; set loss.old_model to its directory",
         where);
  }
}

// At every moment of the run there is a set to train on.
void check_stages(const Recipe& recipe, const std::string& name) {
  double covered = 0.0;
  for (bool more = true; more && covered < 1.0;) {
    more = false;
    for (const DataRecipe& data : recipe.data) {
      if (data.from > covered || data.until <= covered) continue;
      covered = data.until;
      more = true;
    }
  }
  if (covered < 1.0) {
    fail(ErrorKind::bad_input,
         "{}: no data set is used after {} of the run; set data.from and data.until so that they "
         "follow each other",
         name, covered);
  }
}

void check_data(const Recipe& recipe, const std::string& name) {
  if (recipe.data.empty()) {
    fail(ErrorKind::bad_input,
         "{}: nothing to train on; add a section [[data]] with paths = [\"pairs.jsonl\"]", name);
  }
  check_stages(recipe, name);
  std::set<std::string> names;
  for (const DataRecipe& data : recipe.data) {
    const std::string where = fmt::format("{}: data set '{}'", name, data.name);
    if (data.paths.empty()) fail(ErrorKind::bad_input, "{}: no paths", where);
    if (!names.insert(data.name).second)
      fail(ErrorKind::bad_input, "{}: another set has that name too", where);
    if (!recipe.batch.one_task && !data.losses.empty()) {
      fail(ErrorKind::bad_input,
           "{}: has losses of its own, and batch.one_task is false, so that a step mixes sets; "
           "set one of the two otherwise",
           where);
    }
    if (data.event_separator.empty()) fail(ErrorKind::bad_input, "{}: no event_separator", where);
    check_prompt(where, "anchor", data.anchor_prompt, data.anchor_prompt_name);
    check_prompt(where, "passage", data.passage_prompt, data.passage_prompt_name);
    if (!(data.lowest_score < data.highest_score)) {
      fail(ErrorKind::bad_input, "{}: scores from {} to {}: the first must be less than the second",
           where, data.lowest_score, data.highest_score);
    }
    check_losses(recipe, data, where);
  }
}

void check_matryoshka(const Recipe& recipe, const std::string& name) {
  const LossRecipe& loss = recipe.loss;
  if (!loss.matryoshka_weights.empty() && loss.matryoshka_weights.size() != loss.matryoshka.size())
    fail(ErrorKind::bad_input, "{}: loss.matryoshka has {} dimensions and {} weights", name,
         loss.matryoshka.size(), loss.matryoshka_weights.size());
  for (std::size_t i = 0; i < loss.matryoshka.size(); ++i) {
    const std::size_t dimensions = loss.matryoshka[i];
    if (std::find(loss.matryoshka.begin(), loss.matryoshka.begin() + static_cast<std::ptrdiff_t>(i),
                  dimensions) != loss.matryoshka.begin() + static_cast<std::ptrdiff_t>(i))
      fail(ErrorKind::bad_input, "{}: loss.matryoshka has {} dimensions twice", name, dimensions);
    if (recipe.model.dimensions > 0 && dimensions > recipe.model.dimensions) {
      fail(ErrorKind::bad_input, "{}: loss.matryoshka asks for {} dimensions of vectors with {}",
           name, dimensions, recipe.model.dimensions);
    }
  }
}

}  // namespace

void check_recipe(const Recipe& recipe, const std::string& name) {
  if (recipe.model.base.empty())
    fail(ErrorKind::bad_input, "{}: no model to begin with; set model.base to its directory", name);
  if (recipe.model.prefix && recipe.model.bidirectional.empty()) {
    fail(ErrorKind::bad_input, "{}: model.prefix is about layers of model.bidirectional; set it",
         name);
  }
  if (recipe.tuning.mode == TuningMode::lora && recipe.tuning.targets.empty())
    fail(ErrorKind::bad_input, "{}: lora without tuning.targets changes nothing", name);
  check_data(recipe, name);
  check_matryoshka(recipe, name);
  if (recipe.negatives.rank_from > recipe.negatives.rank_to)
    fail(ErrorKind::bad_input, "{}: negatives.rank_from is {} and rank_to {}", name,
         recipe.negatives.rank_from, recipe.negatives.rank_to);
  if (!recipe.eval.paths.empty() && recipe.eval.dev_share > 0.0) {
    fail(ErrorKind::bad_input,
         "{}: eval.paths is data of its own and eval.dev_share a part of the training data; give "
         "one of the two",
         name);
  }
}

}  // namespace kindred::recipe
