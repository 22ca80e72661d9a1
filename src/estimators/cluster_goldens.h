// What scikit-learn and umap-learn say of small data (tests/reference/make_cluster_goldens.py).
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "io/file.h"

namespace kindred::estimators {

inline nlohmann::json cluster_goldens() {
  return nlohmann::json::parse(
      io::read_text_file(std::string(KINDRED_TEST_DATA) + "/golden/clusters.json"));
}

inline std::vector<float> floats(const nlohmann::json& values) {
  return values.get<std::vector<float>>();
}

}  // namespace kindred::estimators
