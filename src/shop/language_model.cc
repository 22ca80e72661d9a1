#include "shop/language_model.h"

#include <memory>

#include "static_vectors/language_identifier.h"

namespace kindred::shop {

catalog::LanguageIdentifier open_language_model(const std::string& path) {
  const auto model = std::make_shared<const static_vectors::LanguageIdentifier>(path);
  return [model](std::string_view text) {
    auto answer = model->identify(text);
    return catalog::IdentifiedLanguage{std::move(answer.language), answer.confidence};
  };
}

}  // namespace kindred::shop
