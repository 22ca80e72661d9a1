// How 'kindred search' shows what it found.
#pragma once

#include <string>

#include "search/engine.h"

namespace kindred::cli {

struct SearchOutput {
  bool json = false;
  std::string language;  ///< of titles and categories; empty: each seller's

  void print(const std::string& query, const search::SearchResponse& response, double encode_ms,
             double search_ms) const;
};

}  // namespace kindred::cli
