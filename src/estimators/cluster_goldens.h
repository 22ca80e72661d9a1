// What scikit-learn and umap-learn say of small data (tests/reference/make_cluster_goldens.py).
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "io/file.h"

namespace kindred::estimators {

/// One for the process: a loop may run over a part of it.
inline const nlohmann::json& cluster_goldens() {
  static const nlohmann::json goldens = nlohmann::json::parse(
      io::read_text_file(std::string(KINDRED_TEST_DATA) + "/golden/clusters.json"));
  return goldens;
}

inline std::vector<float> floats(const nlohmann::json& values) {
  return values.get<std::vector<float>>();
}

}  // namespace kindred::estimators
