// Items and backends for tests. For tests only.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "io/temp_directory.h"
#include "search/embedded_backend.h"

namespace kindred::search {

inline Item make_item(std::string id, std::string title, std::vector<float> vector,
                      index::FieldValues fields = {}, std::string language = "en") {
  std::string payload = "payload of " + id;
  return {std::move(id),
          {{TextField::title, std::move(language), std::move(title)}},
          std::move(fields),
          std::move(payload),
          std::move(vector)};
}

inline std::vector<std::string> ids_of(const auto& hits) {
  std::vector<std::string> ids;
  for (const auto& hit : hits) ids.push_back(hit.item.id);
  return ids;
}

/// The same vectors by cosine in each backend.
inline std::unique_ptr<EmbeddedBackend> make_embedded(const std::string& directory,
                                                      std::size_t dimension) {
  EmbeddedOptions options;
  options.vectors.dimension = dimension;
  return EmbeddedBackend::create(directory, options);
}

}  // namespace kindred::search
