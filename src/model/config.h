// A JSON configuration file read with checks of types and ranges. Tested by config_test.cc.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace kindred::model {

/// One JSON object. A key whose value is null counts as absent, as it does in `transformers`.
///
/// Errors of every getter: corrupt when the value has another type or lies outside its range,
/// naming the file, the key and the value.
class Config {
 public:
  /// An empty object: every getter gives its fallback.
  explicit Config(std::string origin = "") : origin_(std::move(origin)) {}

  /// Errors: not_found, corrupt (no JSON object).
  static Config read(const std::string& path);
  /// As `read`, or an empty object where there is no such file.
  static Config read_optional(const std::string& path);
  /// `origin` names the text in messages.
  static Config parse(std::string_view text, std::string origin);

  /// A JSON list of objects; the messages of the i-th say "<origin>[i]".
  static std::vector<Config> parse_list(std::string_view text, const std::string& origin);

  const std::string& origin() const noexcept { return origin_; }
  const nlohmann::json& json() const noexcept { return json_; }
  bool has(std::string_view key) const;

  /// Integers in [least, most]. Without a fallback the key is required.
  std::size_t count(std::string_view key, std::size_t least, std::size_t most) const;
  std::size_t count(std::string_view key, std::size_t least, std::size_t most,
                    std::size_t fallback) const;
  std::optional<std::size_t> find_count(std::string_view key, std::size_t least,
                                        std::size_t most) const;

  /// Finite numbers in [least, most].
  double number(std::string_view key, double least, double most) const;
  double number(std::string_view key, double least, double most, double fallback) const;
  std::optional<double> find_number(std::string_view key, double least, double most) const;

  bool flag(std::string_view key, bool fallback) const;
  std::string text(std::string_view key, const std::string& fallback) const;
  std::vector<std::string> texts(std::string_view key) const;  ///< [] when absent

  /// The object under `key`; an empty one when absent. Its messages say "<file>: <key>".
  Config object(std::string_view key) const;

  /// Throws unsupported: `"<origin>": "<key>" is <value>: <why>`.
  [[noreturn]] void refuse(std::string_view key, std::string_view why) const;
  /// Throws corrupt in the same form.
  [[noreturn]] void reject(std::string_view key, std::string_view why) const;
  /// Refuses keys outside `known`, for objects where an unknown key would change the numbers.
  void allow_only(std::initializer_list<std::string_view> known, std::string_view why) const;

 private:
  const nlohmann::json* find(std::string_view key) const;
  const nlohmann::json& require(std::string_view key) const;
  std::size_t to_count(std::string_view key, const nlohmann::json& value, std::size_t least,
                       std::size_t most) const;
  double to_number(std::string_view key, const nlohmann::json& value, double least,
                   double most) const;
  std::string value_text(std::string_view key) const;

  std::string origin_;
  nlohmann::json json_ = nlohmann::json::object();
};

}  // namespace kindred::model
