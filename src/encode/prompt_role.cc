#include "encode/prompt_role.h"

#include <string_view>
#include <vector>

#include "base/error.h"

namespace kindred::encode {

std::string prompt_text(const ModelInfo& info, TextRole role,
                        const std::optional<std::string>& asked) {
  const auto& prompts = info.prompts;
  if (asked) {
    const auto found = prompts.find(*asked);
    if (found != prompts.end()) return found->second;
    std::vector<std::string> names;
    names.reserve(prompts.size());
    for (const auto& [name, text] : prompts) names.push_back(name);
    fail(ErrorKind::not_found, "{} has no prompt named '{}'; it has: {}", info.path, *asked,
         names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
  }
  const std::vector<std::string_view> usual =
      role == TextRole::query ? std::vector<std::string_view>{"query"}
                              : std::vector<std::string_view>{"passage", "document", "corpus"};
  for (const std::string_view name : usual) {
    const auto found = prompts.find(std::string(name));
    if (found != prompts.end()) return found->second;
  }
  const auto found = prompts.find(info.default_prompt);
  return found == prompts.end() ? std::string() : found->second;
}

}  // namespace kindred::encode
