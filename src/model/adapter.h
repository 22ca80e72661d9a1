// PEFT's LoRA adapters: read and merged into the model that they were trained on. Tested by
// adapter_test.cc. Layout: https://huggingface.co/docs/peft (adapter_config.json, adapter_model).
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/architecture.h"
#include "model/config.h"
#include "model/directory.h"
#include "model/weights.h"

namespace kindred::model {

constexpr const char* kAdapterConfig = "adapter_config.json";

/// What adapter_config.json says of a merge. Keys of the patterns are regular expressions that
/// match a module's name or the end of it behind a point.
struct AdapterConfig {
  std::string origin;
  std::string base;          ///< base_model_name_or_path, as it stands
  std::size_t rank = 8;      ///< r
  double alpha = 8.0;        ///< lora_alpha
  bool root_scaled = false;  ///< use_rslora: alpha / sqrt(r) rather than alpha / r
  std::vector<std::pair<std::string, std::size_t>> ranks;  ///< rank_pattern
  std::vector<std::pair<std::string, double>> alphas;      ///< alpha_pattern
  std::vector<std::string> targets;  ///< a list of target_modules; empty for an expression
};

/// Reads adapter_config.json. Errors: unsupported for every kind but LoRA and for what changes its
/// mathematics (DoRA, LoRA with biases, parameters, replicated layers …), by name; corrupt.
AdapterConfig read_adapter_config(const std::string& path);

/// Weights with an adapter in them.
struct MergedAdapter {
  TensorSet tensors;               ///< the base's, those that the adapter changes as float32
  std::vector<std::string> paths;  ///< the adapter's weight files
  std::string description;         ///< each changed tensor and its scale, for the fingerprint
  std::size_t changed = 0;         ///< tensors
};

/// Merges the adapter of the directory `folder` into `base`, as peft's merge_and_unload does:
/// W + scale · B A, computed in float32 and summed in float64; biases and modules saved whole take
/// the place of the base's. Memory: a float32 copy of each changed tensor. Errors: not_found;
/// corrupt for shapes that contradict the base or the configured rank, naming the tensor, and for
/// an adapter that changes nothing; bad_input for modules that the base does not have; unsupported.
MergedAdapter merge_adapter(const std::string& folder, const Architecture& architecture,
                            const TensorSet& base);

/// A linear layer's low-rank change: scale · b a is added to its matrix.
struct AdaptedLinear {
  const LinearWeights* target = nullptr;  ///< of the base's `weights`
  io::TensorView a;                       ///< [rank, in], in memory
  io::TensorView b;                       ///< [out, rank]
  double scale = 1.0;
};

/// Writes the changes as a PEFT directory, which appears whole or not at all: adapter_config.json,
/// with `base_name` as the base's, and adapter_model.safetensors, whose names are those of the
/// model that AutoModel opens. The parts of a fused matrix become one change of their ranks' sum.
/// Errors: unsupported for the base in a GGUF file, whose names are others; bad_input where
/// `output` exists, or for no change at all; corrupt for values that are not finite.
void write_adapter(const ModelDirectory& base, const std::vector<AdaptedLinear>& changes,
                   const std::string& base_name, const std::string& output);

/// The directory of an adapter's base model: `given` where it is not empty, else what the
/// configuration names, as a path or one beside the adapter. Errors: not_found, saying how to give
/// it.
std::string resolve_base(const std::string& folder, const std::string& given);

}  // namespace kindred::model
