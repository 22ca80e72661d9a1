#include "encode/calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "io/file.h"

namespace kindred::encode {
namespace {

constexpr int kVersion = 1;
constexpr std::uint64_t kFewRows = 100;  // as sentence-transformers warns
constexpr std::size_t kLargestFile = std::size_t{64} << 20;

std::vector<float> numbers(const nlohmann::json& object, const char* field,
                           const std::string& path) {
  const auto it = object.find(field);
  if (it == object.end() || !it->is_array())
    fail(ErrorKind::corrupt, "{}: '{}' must be an array of numbers", path, field);
  std::vector<float> values;
  values.reserve(it->size());
  for (const nlohmann::json& value : *it) {
    if (!value.is_number() || !std::isfinite(value.get<float>()))
      fail(ErrorKind::corrupt, "{}: '{}' holds something that is not a finite number", path, field);
    values.push_back(value.get<float>());
  }
  return values;
}

}  // namespace

void Calibration::observe(std::span<const float> values, std::size_t dimensions) {
  auto& [min, max] = ranges;
  if (min.empty()) {
    min.assign(dimensions, std::numeric_limits<float>::infinity());
    max.assign(dimensions, -std::numeric_limits<float>::infinity());
  }
  require(dimensions == this->dimensions() && values.size() % dimensions == 0,
          "calibration: row length");
  for (std::size_t at = 0; at < values.size(); at += dimensions, ++rows)
    for (std::size_t d = 0; d < dimensions; ++d) {
      min[d] = std::min(min[d], values[at + d]);
      max[d] = std::max(max[d], values[at + d]);
    }
}

std::vector<std::string> Calibration::doubts() const {
  std::vector<std::string> all;
  if (rows < kFewRows)
    all.push_back(fmt::format(
        "the ranges come from {} text{}, and values of other texts outside of them are cut off; "
        "calibrate with {} or more texts, better 1,000, that are like those to embed",
        rows, rows == 1 ? "" : "s", kFewRows));
  const auto& [min, max] = ranges;
  std::size_t constant = 0, first = 0;
  for (std::size_t d = min.size(); d-- > 0;) {
    if (min[d] != max[d]) continue;
    first = d;
    ++constant;
  }
  if (constant > 0 && rows > 1)
    all.push_back(fmt::format(
        "{} of {} dimensions have one value in all {} texts (the first is {}), so that nothing is "
        "left of them; are the texts all alike?",
        constant, min.size(), rows, first));
  return all;
}

Calibration Calibration::load(const std::string& path) {
  const nlohmann::json object =
      nlohmann::json::parse(io::read_text_file(path, kLargestFile), nullptr, /*exceptions=*/false);
  if (!object.is_object() || !object.contains("kindred_calibration") ||
      !object["kindred_calibration"].is_number_integer())
    fail(ErrorKind::corrupt,
         "{}: not a calibration file; make one with 'kindred embed MODEL SAMPLE --calibrate {}'",
         path, path);
  if (object["kindred_calibration"].get<int>() != kVersion)
    fail(ErrorKind::unsupported, "{}: calibration of version {}, this program reads version {}",
         path, object["kindred_calibration"].dump(), kVersion);
  Calibration c;
  auto& [min, max] = c.ranges;
  min = numbers(object, "min", path);
  max = numbers(object, "max", path);
  if (min.empty() || min.size() != max.size())
    fail(ErrorKind::corrupt, "{}: 'min' has {} numbers and 'max' {}", path, min.size(), max.size());
  for (std::size_t d = 0; d < min.size(); ++d)
    if (min[d] > max[d]) fail(ErrorKind::corrupt, "{}: min is above max in dimension {}", path, d);
  if (const auto it = object.find("fingerprint"); it != object.end() && it->is_string())
    c.fingerprint = it->get<std::string>();
  if (const auto it = object.find("rows"); it != object.end() && it->is_number_unsigned())
    c.rows = it->get<std::uint64_t>();
  return c;
}

void Calibration::save(const std::string& path) const {
  if (rows == 0)
    fail(ErrorKind::bad_input, "{}: a calibration needs at least one text, the input has none",
         path);
  const nlohmann::ordered_json object = {{"kindred_calibration", kVersion},
                                         {"fingerprint", fingerprint},
                                         {"rows", rows},
                                         {"min", ranges.minimum},
                                         {"max", ranges.maximum}};
  io::write_text_file(path, object.dump() + "\n");
}

void Calibration::check_maker(const std::string& encoder_fingerprint,
                              const std::string& path) const {
  if (!fingerprint.empty() && fingerprint != encoder_fingerprint)
    fail(ErrorKind::bad_input,
         "{}: made with another encoder (fingerprint {}) than this one ({}); calibrate again with "
         "the same model, pooling, prompt and dimensions",
         path, fingerprint, encoder_fingerprint);
}

}  // namespace kindred::encode
