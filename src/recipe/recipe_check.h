// What the sections of a recipe must be to each other. Tested by recipe_test.cc.
#pragma once

#include <string>

#include "recipe/recipe.h"

namespace kindred::recipe {

/// Errors: bad_input, beginning with `name`, for what is missing or contradicts itself.
void check_recipe(const Recipe& recipe, const std::string& name);

}  // namespace kindred::recipe
