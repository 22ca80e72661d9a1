// What a collection should hold, kept in the simplest way, and the comparison. For tests only.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "index/collection.h"

namespace kindred::index {

struct ModelRow {
  std::string id;
  std::string payload;
  std::vector<float> vector;
  bool operator==(const ModelRow&) const = default;
};

/// Live rows by key.
using Model = std::map<std::uint64_t, ModelRow>;

inline void model_put(Model& model, std::uint64_t key, ModelRow row) {
  if (!row.id.empty()) std::erase_if(model, [&](const auto& r) { return r.second.id == row.id; });
  model[key] = std::move(row);
}

/// Vectors that float16 holds exactly, so that a copy in any segment compares equal. For the
/// inner product and the Euclidean distance.
inline std::vector<float> exact_vector(Random& random, std::size_t dimension) {
  std::vector<float> vector(dimension);
  for (float& v : vector) v = static_cast<float>(static_cast<int>(random.below(257)) - 128) / 64.0F;
  return vector;
}

inline ModelRow read_row(const CollectionView& view, const Location& at) {
  const Part& part = view.part(at.part);
  ModelRow row{std::string(part.rows().id(at.row)), std::string(part.rows().payload(at.row)),
               std::vector<float>(view.dimension())};
  part.read_vectors(std::span(&at.row, 1), view.dimension(), row.vector.data());
  return row;
}

/// All live rows of a collection.
inline Model contents(const Collection& collection) {
  Model model;
  const auto view = collection.view();
  collection.for_each_by_key(
      [&](std::uint64_t key, const Location& at) {
        EXPECT_TRUE(model.emplace(key, read_row(*view, at)).second) << "key " << key << " twice";
      },
      *view);
  EXPECT_EQ(view->live_rows(), model.size());
  return model;
}

/// Exact nearest keys by squared Euclidean distance.
inline std::vector<std::uint64_t> nearest_keys(const Model& model, const std::vector<float>& query,
                                               std::size_t k) {
  std::vector<std::pair<double, std::uint64_t>> all;
  for (const auto& [key, row] : model) {
    double sum = 0.0;
    for (std::size_t d = 0; d < query.size(); ++d) {
      const double difference = static_cast<double>(query[d]) - row.vector[d];
      sum += difference * difference;
    }
    all.emplace_back(sum, key);
  }
  std::sort(all.begin(), all.end());
  std::vector<std::uint64_t> keys;
  for (std::size_t i = 0; i < std::min(k, all.size()); ++i) keys.push_back(all[i].second);
  return keys;
}

}  // namespace kindred::index
