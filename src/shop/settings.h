// What a shop is: shop.json. Tested by settings_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/prompt.h"
#include "estimators/score_calibration.h"
#include "kindred/encoder.h"
#include "search/fusion.h"

namespace kindred::shop {

/// How texts become vectors.
struct ModelSettings {
  std::string path;  ///< absolute
  Precision precision = Precision::fp32;
  std::string pooling = {};  ///< empty: the model's own
  std::optional<std::size_t> max_length = std::nullopt;
  std::optional<std::size_t> dimensions = std::nullopt;  ///< the first of the model's (Matryoshka)
  std::string passage_prompt = {};                       ///< what the model wants before a product
  std::string query_prompt = {};                         ///< and before a query

  bool operator==(const ModelSettings&) const = default;
};

/// Where a version's items are.
struct PlaceSettings {
  std::string directory = {};  ///< absolute; empty: in the shop's own, versions/N
  std::string url = {};        ///< of a PostgreSQL database, which then holds them; no password
  std::string schema = {};     ///< there
  std::vector<std::string> partitions = {};  ///< URLs of servers that hold them instead, by hash

  bool operator==(const PlaceSettings&) const = default;
  bool is_postgres() const noexcept { return !url.empty(); }
};

/// One indexing of the catalogue: all vectors by one model, from texts by one prompt. Without a
/// model there are no vectors, and products are found by words alone.
struct VersionSettings {
  std::uint64_t number = 0;  ///< from 1
  ModelSettings model = {};
  std::string fingerprint = {};  ///< of the encoder with these settings; empty: no model
  std::size_t dimension = 0;     ///< of the vectors; 0: no model
  catalog::Prompt prompt = catalog::Prompt();
  PlaceSettings place = {};
  search::FusionOptions fusion = {};  ///< of hybrid searches that do not say otherwise
  /// From the vectors' scores to probabilities; unset: hits have none.
  std::optional<estimators::ScoreCalibration> calibration = std::nullopt;

  /// The same items would come of both, in the same place.
  bool same_index(const VersionSettings& other) const;
  bool has_vectors() const noexcept { return dimension > 0; }
  /// Errors: bad_input without vectors, which `what` needs, with the way to them.
  void check_vectors(std::string_view what) const;
  /// The model's path, or that there is none.
  std::string model_name() const;
};

struct ShopSettings {
  std::string catalogue = "catalogue.db";  ///< a file in the shop, or the URL of a database
  std::uint64_t current = 0;               ///< the version that is searched
  std::vector<VersionSettings> versions = {};

  /// Errors: not_found, with those that exist.
  const VersionSettings& version(std::uint64_t number) const;
  VersionSettings& version(std::uint64_t number);
  std::uint64_t next_number() const noexcept;
};

std::string to_json(const ShopSettings& settings);
/// Reads to_json's text. Errors: corrupt, or unsupported for a later format, naming `origin`.
ShopSettings settings_from_json(std::string_view json, const std::string& origin);

/// "fp32", "bf16", "int8".
std::string_view name_of(Precision precision) noexcept;

}  // namespace kindred::shop
