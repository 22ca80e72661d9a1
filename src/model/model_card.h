// README.md of a trained model, as hubs show it. Tested by model_card_test.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kindred/model.h"

namespace kindred::model {

struct CardData {
  std::string name;
  std::optional<std::uint64_t> rows;  ///< pairs, texts …
  std::string about;                  ///< a sentence; may be empty
};

struct CardMetric {
  std::string name;                     ///< "recall@1", with the set that it is of
  std::optional<double> before, after;  ///< of the model that training began with, and of this one
};

/// What is said of a model; what is empty is left out, and nothing is said that does not stand
/// here.
struct ModelCard {
  std::string name;     ///< the title
  std::string base;     ///< the model that training began with: a hub's "owner/name" or a path
  std::string licence;  ///< the hub's word for it ("apache-2.0"); empty: not said
  std::vector<std::string> languages;  ///< codes: "en", "zh"
  std::vector<CardData> data;
  std::string recipe;  ///< as text, in TOML
  std::vector<CardMetric> metrics;
  std::vector<std::string> notes;  ///< sentences that a user should know
  ModelInfo info;                  ///< of the model as written
  std::string bidirectional;       ///< ModelDirectory::bidirectional, of the model as written
};

/// The card in Markdown behind YAML that a hub accepts: names of hubs are written there as such,
/// paths of this machine are not.
std::string to_markdown(const ModelCard& card);

}  // namespace kindred::model
