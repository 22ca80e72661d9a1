// How 'kindred search' shows what it found.
#pragma once

#include <optional>
#include <string>

#include "estimators/score_calibration.h"
#include "search/engine.h"

namespace kindred::cli {

struct SearchOutput {
  bool json = false;
  std::string language;  ///< of titles and categories; empty: each seller's

  bool explain = false;
  /// Of what vectors found; null: there are no probabilities.
  const estimators::ScoreCalibration* calibration = nullptr;

  /// Unset for a hit without a score of its vector, too.
  std::optional<double> probability(const search::SearchHit& hit) const;
  void print(const std::string& query, const search::SearchResponse& response, double encode_ms,
             double search_ms) const;
};

}  // namespace kindred::cli
