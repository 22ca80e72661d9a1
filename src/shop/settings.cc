#include "shop/settings.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace kindred::shop {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFormat = "kindred shop";
constexpr int kVersion = 2;
constexpr int kFirstVersion = 1;  // written where it says all, so that older programs read it
constexpr std::array kPrecisions = {Precision::fp32, Precision::bf16, Precision::int8};
constexpr std::array kMethods = {search::FusionMethod::reciprocal_rank,
                                 search::FusionMethod::weighted_scores,
                                 search::FusionMethod::bounded_scores};

template <typename T>
void put(Json& json, const char* key, const std::optional<T>& value) {
  if (value) json[key] = *value;
}
void put(Json& json, const char* key, const std::string& value) {
  if (!value.empty()) json[key] = value;
}

template <typename T>
void take(const Json& json, const char* key, std::optional<T>& value) {
  if (json.contains(key)) value = json.at(key).get<T>();
}
void take(const Json& json, const char* key, std::string& value) {
  if (json.contains(key)) json.at(key).get_to(value);
}

/// One of `all` by its name. Throws what a wrong type throws, so that one message serves both.
template <typename Values, typename Name>
auto named(const Values& all, const std::string& text, const Name& name) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](auto value) { return name(value) == text; });
  if (found == all.end()) {
    fail(ErrorKind::corrupt, "'{}' is not known", text);
  }
  return *found;
}

Json json_of(const ModelSettings& model) {
  Json json{{"path", model.path}, {"precision", name_of(model.precision)}};
  put(json, "pooling", model.pooling);
  put(json, "max_length", model.max_length);
  put(json, "dimensions", model.dimensions);
  put(json, "passage_prompt", model.passage_prompt);
  put(json, "query_prompt", model.query_prompt);
  return json;
}

ModelSettings model_of(const Json& json) {
  ModelSettings model;
  json.at("path").get_to(model.path);
  model.precision = named(kPrecisions, json.at("precision").get<std::string>(), name_of);
  take(json, "pooling", model.pooling);
  take(json, "max_length", model.max_length);
  take(json, "dimensions", model.dimensions);
  take(json, "passage_prompt", model.passage_prompt);
  take(json, "query_prompt", model.query_prompt);
  return model;
}

Json json_of(const VersionSettings& version) {
  Json place = Json::object();
  put(place, "directory", version.place.directory);
  put(place, "postgres", version.place.url);
  put(place, "schema", version.place.schema);
  if (!version.place.partitions.empty()) place["partitions"] = version.place.partitions;
  Json json{{"number", version.number}};
  if (version.has_vectors()) {
    json["model"] = json_of(version.model);
    json["fingerprint"] = version.fingerprint;
    json["dimension"] = version.dimension;
  }
  json["prompt"] = Json::parse(version.prompt.to_json());
  json["prompt_version"] = version.prompt.version();
  json["place"] = std::move(place);
  json["fusion"] = {{"method", search::to_string(version.fusion.method)},
                    {"vector_weight", version.fusion.vector_weight},
                    {"rank_constant", version.fusion.rank_constant}};
  if (version.calibration) json["calibration"] = Json::parse(version.calibration->to_json());
  return json;
}

VersionSettings version_of(const Json& json, const std::string& origin) {
  VersionSettings version;
  json.at("number").get_to(version.number);
  if (json.contains("model")) {
    version.model = model_of(json.at("model"));
    json.at("fingerprint").get_to(version.fingerprint);
    json.at("dimension").get_to(version.dimension);
    if (!version.has_vectors())
      fail(ErrorKind::corrupt, "version {} has a model and no dimension", version.number);
  }
  version.prompt = catalog::Prompt::from_json(json.at("prompt").dump(), origin);
  if (version.prompt.version() != json.at("prompt_version").get<std::string>()) {
    fail(ErrorKind::corrupt,
         "version {}: the prompt was changed by hand, but its items were made by the old one; "
         "change it by 'kindred reindex'",
         version.number);
  }
  const Json& place = json.at("place");
  take(place, "directory", version.place.directory);
  take(place, "postgres", version.place.url);
  take(place, "schema", version.place.schema);
  if (place.contains("partitions")) place.at("partitions").get_to(version.place.partitions);
  const Json& fusion = json.at("fusion");
  version.fusion.method = named(kMethods, fusion.at("method").get<std::string>(),
                                [](search::FusionMethod method) { return to_string(method); });
  fusion.at("vector_weight").get_to(version.fusion.vector_weight);
  fusion.at("rank_constant").get_to(version.fusion.rank_constant);
  version.fusion.validate();
  if (json.contains("calibration"))
    version.calibration =
        estimators::ScoreCalibration::from_json(json.at("calibration").dump(), origin);
  return version;
}

/// The library would turn any number into a whole one, and fall over those that are too large.
void check_whole_numbers(const Json& json) {
  const auto whole = [](const Json& object, const char* key) {
    if (object.contains(key) && !object.at(key).is_number_unsigned())
      fail(ErrorKind::corrupt, "{} is no whole number", key);
  };
  whole(json, "current");
  for (const Json& version : json.at("versions")) {
    whole(version, "number");
    whole(version, "dimension");
    if (!version.contains("model")) continue;
    whole(version.at("model"), "max_length");
    whole(version.at("model"), "dimensions");
  }
}

void check(const ShopSettings& settings) {
  std::uint64_t before = 0;
  for (const VersionSettings& version : settings.versions) {
    if (version.number <= before) fail(ErrorKind::corrupt, "the versions' numbers do not rise");
    before = version.number;
  }
  settings.version(settings.current);
}

}  // namespace

std::string_view name_of(Precision precision) noexcept {
  return precision == Precision::fp32 ? "fp32" : precision == Precision::bf16 ? "bf16" : "int8";
}

bool VersionSettings::same_index(const VersionSettings& other) const {
  return model == other.model && fingerprint == other.fingerprint && place == other.place &&
         prompt.version() == other.prompt.version();
}

void VersionSettings::check_vectors(std::string_view what) const {
  if (has_vectors()) return;
  fail(ErrorKind::bad_input,
       "{} needs vectors, and version {} of the shop has none: it was made without a model and is "
       "searched by words; add vectors by kindred reindex SHOP --model MODEL",
       what, number);
}

std::string VersionSettings::model_name() const {
  return has_vectors() ? model.path : "no model";
}

const VersionSettings& ShopSettings::version(std::uint64_t wanted) const {
  std::vector<std::uint64_t> numbers;
  for (const VersionSettings& version : versions) {
    if (version.number == wanted) return version;
    numbers.push_back(version.number);
  }
  fail(ErrorKind::not_found, "there is no version {} of the shop; there are: {}", wanted,
       fmt::join(numbers, ", "));
}

VersionSettings& ShopSettings::version(std::uint64_t wanted) {
  return const_cast<VersionSettings&>(std::as_const(*this).version(wanted));
}

std::uint64_t ShopSettings::next_number() const noexcept {
  return versions.empty() ? 1 : versions.back().number + 1;
}

std::string to_json(const ShopSettings& settings) {
  const bool all_are_old = std::all_of(
      settings.versions.begin(), settings.versions.end(), [](const VersionSettings& version) {
        return version.has_vectors() &&
               version.fusion.method != search::FusionMethod::bounded_scores;
      });
  Json json{{"format", kFormat},
            {"version", all_are_old ? kFirstVersion : kVersion},
            {"catalogue", settings.catalogue},
            {"current", settings.current},
            {"versions", Json::array()}};
  for (const VersionSettings& version : settings.versions)
    json["versions"].push_back(json_of(version));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

ShopSettings settings_from_json(std::string_view text, const std::string& origin) {
  try {
    const Json json = Json::parse(text);
    if (json.at("format").get<std::string>() != kFormat)
      fail(ErrorKind::corrupt, "it is not that of a shop");
    const auto format = json.at("version").get<double>();  // any number is one
    if (format > kVersion) {
      fail(ErrorKind::unsupported, "version {} of the format; this program reads up to {}", format,
           kVersion);
    }
    check_whole_numbers(json);
    ShopSettings settings;
    json.at("catalogue").get_to(settings.catalogue);
    json.at("current").get_to(settings.current);
    for (const Json& version : json.at("versions"))
      settings.versions.push_back(version_of(version, origin));
    check(settings);
    return settings;
  } catch (const Json::exception& error) {
    fail(ErrorKind::corrupt, "{}: {}; restore it from a snapshot", origin, error.what());
  } catch (const Error& error) {
    const ErrorKind kind =
        error.kind() == ErrorKind::unsupported ? ErrorKind::unsupported : ErrorKind::corrupt;
    fail(kind, "{}: {}", origin, error.what());
  }
}

}  // namespace kindred::shop
