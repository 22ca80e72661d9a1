// Rotary frequencies: plain, linear, llama3 and YaRN scaling.
#include "model/rope.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"

namespace kindred::model {
namespace {

constexpr double kMaxTheta = 1e15;
constexpr double kMaxFactor = 1e6;
constexpr double kMaxPositions = 1e9;

void read_llama3(const Config& section, RopeParameters& rope) {
  rope.kind = RopeParameters::Kind::llama3;
  rope.low_frequency_factor = section.number("low_freq_factor", 1e-3, kMaxFactor);
  rope.high_frequency_factor = section.number("high_freq_factor", 1e-3, kMaxFactor);
  if (rope.high_frequency_factor <= rope.low_frequency_factor) {
    section.reject("high_freq_factor", "it must be larger than \"low_freq_factor\"");
  }
}

void read_yarn(const Config& section, RopeParameters& rope) {
  rope.kind = RopeParameters::Kind::yarn;
  rope.beta_fast = section.number("beta_fast", 1e-3, kMaxFactor, 32.0);
  rope.beta_slow = section.number("beta_slow", 1e-3, kMaxFactor, 1.0);
  rope.truncate = section.flag("truncate", true);
  const double mscale = section.number("mscale", 0.0, kMaxFactor, 0.0);
  const double mscale_all_dim = section.number("mscale_all_dim", 0.0, kMaxFactor, 0.0);
  const double inferred = mscale > 0.0 && mscale_all_dim > 0.0
                              ? yarn_attention_factor(rope.factor, mscale) /
                                    yarn_attention_factor(rope.factor, mscale_all_dim)
                              : yarn_attention_factor(rope.factor);
  rope.attention_factor = section.number("attention_factor", 0.0, kMaxFactor, inferred);
}

void scale_llama3(const RopeParameters& p, std::vector<float>& frequencies) {
  const double low_wavelength = p.original_max_positions / p.low_frequency_factor;
  const double high_wavelength = p.original_max_positions / p.high_frequency_factor;
  for (float& frequency : frequencies) {
    const double wavelength = 2.0 * std::numbers::pi / static_cast<double>(frequency);
    if (wavelength < high_wavelength) continue;
    double scaled = static_cast<double>(frequency) / p.factor;
    if (wavelength <= low_wavelength) {
      const double smooth = (p.original_max_positions / wavelength - p.low_frequency_factor) /
                            (p.high_frequency_factor - p.low_frequency_factor);
      scaled = (1.0 - smooth) * scaled + smooth * static_cast<double>(frequency);
    }
    frequency = static_cast<float>(scaled);
  }
}

void scale_yarn(const RopeParameters& p, std::size_t rotary_dim, std::vector<float>& frequencies) {
  const auto dim = static_cast<double>(rotary_dim);
  // The dimension whose wave turns `rotations` times over the original context.
  const auto dimension_of = [&](double rotations) {
    return dim * std::log(p.original_max_positions / (rotations * 2.0 * std::numbers::pi)) /
           (2.0 * std::log(p.theta));
  };
  double low = dimension_of(p.beta_fast);
  double high = dimension_of(p.beta_slow);
  if (p.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, dim - 1.0);
  if (low == high) high += 0.001;
  for (std::size_t i = 0; i < frequencies.size(); ++i) {
    const double ramp = std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0);
    const auto plain = static_cast<double>(frequencies[i]);
    frequencies[i] = static_cast<float>(plain / p.factor * ramp + plain * (1.0 - ramp));
  }
}

}  // namespace

double yarn_attention_factor(double factor, double scale) {
  return factor <= 1.0 ? 1.0 : 0.1 * scale * std::log(factor) + 1.0;
}

RopeParameters read_rope(const Config& section, double default_theta, std::size_t max_positions) {
  section.allow_only({"rope_type", "type", "rope_theta", "factor",
                      "original_max_position_embeddings", "attention_factor", "beta_fast",
                      "beta_slow", "mscale", "mscale_all_dim", "truncate", "low_freq_factor",
                      "high_freq_factor", "short_factor", "long_factor", "partial_rotary_factor"},
                     "Kindred does not know this rotary setting and will not guess");
  RopeParameters rope;
  rope.theta = section.number("rope_theta", 1.0001, kMaxTheta, default_theta);
  const char* type_key = section.has("rope_type") ? "rope_type" : "type";
  const std::string type = section.text(type_key, "default");
  if (section.number("partial_rotary_factor", 0.0, 1.0, 1.0) != 1.0) {
    section.refuse("partial_rotary_factor", "this family rotates whole heads only");
  }
  if (type == "default") return rope;
  const bool scaled = type == "linear" || type == "llama3" || type == "yarn";
  if (!scaled && type != "dynamic") {
    section.refuse(type_key,
                   "of the rotary scalings Kindred does default, linear, llama3, yarn and dynamic");
  }
  const double factor = section.number("factor", 1e-3, kMaxFactor);
  if (type == "dynamic") return rope;
  rope.factor = factor;
  rope.original_max_positions =
      section.number("original_max_position_embeddings", 1.0, kMaxPositions,
                     static_cast<double>(std::max<std::size_t>(max_positions, 1)));
  if (type == "linear") rope.kind = RopeParameters::Kind::linear;
  if (type == "llama3") read_llama3(section, rope);
  if (type == "yarn") read_yarn(section, rope);
  return rope;
}

RopeParameters read_rope_of(const Config& config, double default_theta, std::size_t max_positions) {
  if (config.number("partial_rotary_factor", 0.0, 1.0, 1.0) != 1.0) {
    config.refuse("partial_rotary_factor", "this family rotates whole heads only");
  }
  const double theta = config.number("rope_theta", 1.0001, kMaxTheta, default_theta);
  const std::size_t original =
      config.count("original_max_position_embeddings", 1, std::size_t{1} << 30, max_positions);
  const char* key = config.has("rope_scaling") ? "rope_scaling" : "rope_parameters";
  return read_rope(config.object(key), theta, original);
}

RopeSpec make_rope(const RopeParameters& parameters, std::size_t rotary_dim) {
  require(rotary_dim > 0 && rotary_dim % 2 == 0, "rotary dimension");
  RopeSpec rope;
  rope.inverse_frequencies.resize(rotary_dim / 2);
  for (std::size_t i = 0; i < rotary_dim / 2; ++i) {
    const float exponent = static_cast<float>(2 * i) / static_cast<float>(rotary_dim);
    rope.inverse_frequencies[i] = 1.0F / std::pow(static_cast<float>(parameters.theta), exponent);
  }
  switch (parameters.kind) {
    case RopeParameters::Kind::plain:
      break;
    case RopeParameters::Kind::linear:
      for (float& frequency : rope.inverse_frequencies) {
        frequency /= static_cast<float>(parameters.factor);
      }
      break;
    case RopeParameters::Kind::llama3:
      scale_llama3(parameters, rope.inverse_frequencies);
      break;
    case RopeParameters::Kind::yarn:
      scale_yarn(parameters, rotary_dim, rope.inverse_frequencies);
      rope.attention_factor = static_cast<float>(parameters.attention_factor);
      break;
  }
  return rope;
}

}  // namespace kindred::model
