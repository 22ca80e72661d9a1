// fastText's language identifier where a shop has its file. Tested by language_model_test.cc.
#pragma once

#include <string>

#include "catalog/language.h"

namespace kindred::shop {

/// Tells languages by a supervised fastText model, such as lid.176.ftz, whose labels are their
/// codes. What it gives may be called from any threads. Errors: not_found, bad_input, corrupt.
catalog::LanguageIdentifier open_language_model(const std::string& path);

}  // namespace kindred::shop
