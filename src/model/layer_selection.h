// Which layers give the token vectors, and which see in both directions. Tested by
// layer_selection_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kindred::model {

/// Hidden states as `transformers` numbers them: 0 is the embeddings' output, l that of layer l.
struct LayerSelection {
  enum class Combine { average, concat };
  Combine combine = Combine::average;
  std::vector<std::uint32_t> states;  ///< ascending, none twice; one at least
};

/// "" or "last"; "16,24" (averaged); "0.5,0.75" (fractions of the depth, with a point: rounded to
/// the nearest layer); "last4" (the last four averaged); "first-last" (layer 1 and the last; write
/// "0,12" to begin with the embeddings); ":concat" or ":average" behind any of them. `layers` is
/// the model's depth. Errors: bad_input.
LayerSelection parse_layers(std::string_view text, std::size_t layers);
std::string to_string(const LayerSelection& selection);

/// "" (as the model is), "all", "none", "0-11,20": 1 for each layer, counted from 0, that sees in
/// both directions. Empty for "". Errors: bad_input.
std::vector<std::uint8_t> parse_bidirectional(std::string_view text, std::size_t layers);

}  // namespace kindred::model
