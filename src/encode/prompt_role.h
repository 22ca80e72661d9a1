// Which of a model's prompts stands before queries, and which before passages. Tested by
// prompt_role_test.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "kindred/model.h"

namespace kindred::encode {

enum class TextRole : std::uint8_t { query, passage };

/// The text of the prompt named `asked`; unset: of "query", or of "passage", "document" or
/// "corpus", where the model has it, else of its default one, else nothing. Errors: not_found, with
/// the names that there are.
std::string prompt_text(const ModelInfo& info, TextRole role,
                        const std::optional<std::string>& asked = std::nullopt);

}  // namespace kindred::encode
