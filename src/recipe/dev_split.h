// The part of the training data that is held out for evaluation. Tested by dev_split_test.cc.
#pragma once

#include <cstdint>
#include <vector>

#include "base/progress.h"
#include "recipe/recipe.h"

namespace kindred::recipe {

/// For each example of the recipe's data, in order: 1 where it is held out, eval.dev_share of them.
/// Examples whose anchors share a text (as compared), an id or a group go together
/// (prepare::plan_split); passages may be on both sides, as in a catalogue that both search. Drawn
/// by batch.seed. Reads the files.
///
/// Errors: those of the files; bad_input where examples hang together so that nothing, or more than
/// three times the share, would be held out.
std::vector<std::uint8_t> held_out(const Recipe& recipe, Progress& progress);

}  // namespace kindred::recipe
