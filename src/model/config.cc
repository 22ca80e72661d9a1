// Checked access to JSON configuration files.
#include "model/config.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "io/file.h"
#include "io/lfs_pointer.h"

namespace kindred::model {
namespace {

/// Configurations are a few kilobytes; vocabularies do not lie in them.
constexpr std::size_t kMaxBytes = std::size_t{16} << 20;
/// Copying and printing a JSON value go down by recursion.
constexpr int kMaxDepth = 64;

nlohmann::json parse_json(std::string_view text, const std::string& origin) {
  const auto check_depth = [&](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    if (depth > kMaxDepth) {
      fail(ErrorKind::corrupt, "{}: lists or objects nested deeper than {}", origin, kMaxDepth);
    }
    return true;
  };
  try {
    return nlohmann::json::parse(text, check_depth);
  } catch (const nlohmann::json::exception& error) {
    fail(ErrorKind::corrupt, "{}: not JSON ({}); the file is damaged, copy it again", origin,
         error.what());
  }
}

}  // namespace

Config Config::parse(std::string_view text, std::string origin) {
  Config config(std::move(origin));
  config.json_ = parse_json(text, config.origin_);
  if (!config.json_.is_object()) {
    fail(ErrorKind::corrupt, "{}: holds {} where a JSON object is expected", config.origin_,
         config.json_.type_name());
  }
  return config;
}

std::vector<Config> Config::parse_list(std::string_view text, const std::string& origin) {
  const nlohmann::json list = parse_json(text, origin);
  if (!list.is_array()) {
    fail(ErrorKind::corrupt, "{}: holds {} where a JSON list is expected", origin,
         list.type_name());
  }
  std::vector<Config> result;
  for (const nlohmann::json& item : list) {
    Config& config = result.emplace_back(fmt::format("{}[{}]", origin, result.size()));
    if (!item.is_object()) {
      fail(ErrorKind::corrupt, "{}: holds {} where a JSON object is expected", config.origin_,
           item.type_name());
    }
    config.json_ = item;
  }
  return result;
}

Config Config::read(const std::string& path) {
  const std::string text = io::read_text_file(path, kMaxBytes);
  io::refuse_lfs_pointer(text, path);
  return parse(text, path);
}

Config Config::read_optional(const std::string& path) {
  return io::is_file(path) ? read(path) : Config(path);
}

const nlohmann::json* Config::find(std::string_view key) const {
  const auto found = json_.find(key);
  return found == json_.end() || found->is_null() ? nullptr : &*found;
}

const nlohmann::json& Config::require(std::string_view key) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr) {
    fail(ErrorKind::corrupt, "{}: \"{}\" is missing; is this the configuration of a model?",
         origin_, key);
  }
  return *value;
}

bool Config::has(std::string_view key) const {
  return find(key) != nullptr;
}

std::string Config::value_text(std::string_view key) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return "absent";
  std::string text = value->dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  if (text.size() > 80) text = text.substr(0, 77) + "...";
  return text;
}

void Config::refuse(std::string_view key, std::string_view why) const {
  fail(ErrorKind::unsupported, "{}: \"{}\" is {}: {}", origin_, key, value_text(key), why);
}

void Config::reject(std::string_view key, std::string_view why) const {
  fail(ErrorKind::corrupt, "{}: \"{}\" is {}: {}", origin_, key, value_text(key), why);
}

void Config::allow_only(std::initializer_list<std::string_view> known, std::string_view why) const {
  for (const auto& item : json_.items()) {
    if (item.value().is_null()) continue;
    if (std::find(known.begin(), known.end(), item.key()) == known.end()) refuse(item.key(), why);
  }
}

std::size_t Config::to_count(std::string_view key, const nlohmann::json& value, std::size_t least,
                             std::size_t most) const {
  // Some writers store integers as 1e5 or 512.0.
  double number = -1.0;
  if (value.is_number()) number = value.get<double>();
  const bool whole = number >= 0.0 && number < 0x1p53 && number == std::floor(number);
  const auto result = whole ? static_cast<std::size_t>(number) : 0;
  if (!whole || result < least || result > most) {
    reject(key, fmt::format("an integer from {} to {} is expected", least, most));
  }
  return result;
}

double Config::to_number(std::string_view key, const nlohmann::json& value, double least,
                         double most) const {
  const double number = value.is_number() ? value.get<double>() : std::nan("");
  if (!(number >= least && number <= most)) {
    reject(key, fmt::format("a number from {} to {} is expected", least, most));
  }
  return number;
}

std::size_t Config::count(std::string_view key, std::size_t least, std::size_t most) const {
  return to_count(key, require(key), least, most);
}

std::size_t Config::count(std::string_view key, std::size_t least, std::size_t most,
                          std::size_t fallback) const {
  return find_count(key, least, most).value_or(fallback);
}

std::optional<std::size_t> Config::find_count(std::string_view key, std::size_t least,
                                              std::size_t most) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return std::nullopt;
  return to_count(key, *value, least, most);
}

double Config::number(std::string_view key, double least, double most) const {
  return to_number(key, require(key), least, most);
}

double Config::number(std::string_view key, double least, double most, double fallback) const {
  return find_number(key, least, most).value_or(fallback);
}

std::optional<double> Config::find_number(std::string_view key, double least, double most) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return std::nullopt;
  return to_number(key, *value, least, most);
}

bool Config::flag(std::string_view key, bool fallback) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return fallback;
  if (!value->is_boolean()) reject(key, "true or false is expected");
  return value->get<bool>();
}

std::string Config::text(std::string_view key, const std::string& fallback) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return fallback;
  if (!value->is_string()) reject(key, "a string is expected");
  return value->get<std::string>();
}

std::vector<std::string> Config::texts(std::string_view key) const {
  std::vector<std::string> result;
  const nlohmann::json* value = find(key);
  if (value == nullptr) return result;
  if (!value->is_array()) reject(key, "a list of strings is expected");
  for (const nlohmann::json& item : *value) {
    if (!item.is_string()) reject(key, "a list of strings is expected");
    result.push_back(item.get<std::string>());
  }
  return result;
}

Config Config::object(std::string_view key) const {
  Config result(fmt::format("{}: {}", origin_, key));
  const nlohmann::json* value = find(key);
  if (value == nullptr) return result;
  if (!value->is_object()) reject(key, "an object is expected");
  result.json_ = *value;
  return result;
}

}  // namespace kindred::model
