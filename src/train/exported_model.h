// A trained encoder as a model directory. Tested by trainer_test.cc.
#pragma once

#include <map>
#include <string>

#include "train/trained_encoder.h"

namespace kindred::train {

/// Errors: unsupported where no model directory could say how the vectors are made: layers other
/// than the last, a prompt that sees both directions.
void require_exportable(const TrainedEncoder& encoder);

/// Writes the directory, which appears whole. Low-rank changes are merged. `prompts`: recorded for
/// inference beside the model's own. Errors: bad_input where it exists; unsupported for adapters,
/// which no other program could open, and for what the layout cannot say.
void export_model(const TrainedEncoder& encoder, const std::map<std::string, std::string>& prompts,
                  const std::string& card, const std::string& output);

}  // namespace kindred::train
