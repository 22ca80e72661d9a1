// Rotary position frequencies from a configuration, scaling folded in. Tested by rope_test.cc.
#pragma once

#include <cstddef>
#include <optional>

#include "model/config.h"
#include "model/spec.h"

namespace kindred::model {

/// What a configuration says of one set of rotary frequencies.
struct RopeParameters {
  enum class Kind {
    plain,   ///< RoFormer's: theta^(-2i/d)
    linear,  ///< all divided by `factor`
    llama3,  ///< long waves divided by `factor`, short ones kept, a ramp between (Llama 3.1)
    yarn,    ///< YaRN (arXiv 2309.00071): a ramp over the dimensions, and an attention factor
  };
  Kind kind = Kind::plain;
  double theta = 10000.0;
  double factor = 1.0;
  double original_max_positions = 0.0;  ///< llama3, yarn
  double low_frequency_factor = 1.0;    ///< llama3
  double high_frequency_factor = 4.0;   ///< llama3
  double beta_fast = 32.0;              ///< yarn
  double beta_slow = 1.0;               ///< yarn
  bool truncate = true;                 ///< yarn: whole numbers as the ramp's ends
  double attention_factor = 1.0;        ///< yarn
};

/// Reads a `rope_parameters` (transformers 5) or `rope_scaling` (4) object, which may be empty.
/// "dynamic" scaling changes nothing up to `max_positions`, which is where Kindred ends a sequence:
/// it reads as plain. Errors: unsupported for longrope, partial rotation and anything unknown, by
/// name; corrupt.
RopeParameters read_rope(const Config& section, double default_theta, std::size_t max_positions);

/// The flat layout: `rope_parameters`, or `rope_theta` with `rope_scaling`.
RopeParameters read_rope_of(const Config& config, double default_theta, std::size_t max_positions);

/// YaRN's attention factor for a scaling by `factor`.
double yarn_attention_factor(double factor, double scale = 1.0);

/// `rotary_dim` / 2 frequencies, computed in float32 as `transformers` does.
RopeSpec make_rope(const RopeParameters& parameters, std::size_t rotary_dim);

}  // namespace kindred::model
