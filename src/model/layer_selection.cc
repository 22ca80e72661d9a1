// Parsing --layers and --bidirectional.
#include "model/layer_selection.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/error.h"

namespace kindred::model {
namespace {

constexpr std::string_view kLayersHelp =
    "expected last, numbers (16,24), fractions of the depth (0.5,0.75), last4 or first-last, and "
    ":concat or :average behind it";
constexpr std::string_view kDirectionHelp = "expected all, none, or layers from 0 (0-11,20)";

std::optional<std::uint32_t> to_number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  for (std::size_t end = 0; end != std::string_view::npos; begin = end + 1) {
    end = text.find(separator, begin);
    parts.push_back(text.substr(begin, end - begin));
  }
  return parts;
}

[[noreturn]] void bad_layers(std::string_view text, std::string_view part, std::size_t layers) {
  fail(ErrorKind::bad_input, "layers \"{}\": \"{}\" is no layer of a model with {}; {}", text, part,
       layers, kLayersHelp);
}

std::uint32_t parse_state(std::string_view text, std::string_view part, std::size_t layers) {
  if (part.find('.') == std::string_view::npos) {
    const auto number = to_number(part);
    if (!number || *number > layers) bad_layers(text, part, layers);
    return *number;
  }
  double fraction = -1.0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), fraction);
  const bool whole = error == std::errc() && end == part.data() + part.size();
  if (!whole || !(fraction >= 0.0 && fraction <= 1.0)) bad_layers(text, part, layers);
  return static_cast<std::uint32_t>(std::lround(fraction * static_cast<double>(layers)));
}

std::vector<std::uint32_t> parse_states(std::string_view text, std::string_view list,
                                        std::size_t layers) {
  const auto last = static_cast<std::uint32_t>(layers);
  if (list.empty() || list == "last") return {last};
  if (list == "first-last") {
    if (layers < 2) return {last};
    return {1, last};
  }
  if (list.starts_with("last")) {
    const auto number = to_number(list.substr(4));
    if (!number || *number == 0 || *number > layers) bad_layers(text, list, layers);
    std::vector<std::uint32_t> states;
    for (std::uint32_t state = last - *number + 1; state <= last; ++state) states.push_back(state);
    return states;
  }
  std::vector<std::uint32_t> states;
  for (const std::string_view part : split(list, ',')) {
    states.push_back(parse_state(text, part, layers));
  }
  std::sort(states.begin(), states.end());
  if (std::adjacent_find(states.begin(), states.end()) != states.end()) {
    fail(ErrorKind::bad_input, "layers \"{}\": names a layer of this model with {} twice", text,
         layers);
  }
  return states;
}

}  // namespace

LayerSelection parse_layers(std::string_view text, std::size_t layers) {
  require(layers > 0, "a model without layers");
  LayerSelection selection;
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos) {
    const std::string_view combine = text.substr(colon + 1);
    if (combine == "concat") {
      selection.combine = LayerSelection::Combine::concat;
    } else if (combine != "average") {
      fail(ErrorKind::bad_input, "layers \"{}\": \"{}\" is no way to combine them; {}", text,
           combine, kLayersHelp);
    }
  }
  selection.states = parse_states(text, text.substr(0, colon), layers);
  return selection;
}

std::string to_string(const LayerSelection& selection) {
  const bool concat = selection.combine == LayerSelection::Combine::concat;
  return fmt::format("{}{}", fmt::join(selection.states, ","), concat ? ":concat" : "");
}

std::vector<std::uint8_t> parse_bidirectional(std::string_view text, std::size_t layers) {
  if (text.empty()) return {};
  if (text == "all") return std::vector<std::uint8_t>(layers, 1);
  std::vector<std::uint8_t> both(layers, 0);
  if (text == "none") return both;
  for (const std::string_view part : split(text, ',')) {
    const std::size_t dash = part.find('-');
    const auto first = to_number(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : to_number(part.substr(dash + 1));
    if (!first || !last || *first > *last || *last >= layers) {
      fail(ErrorKind::bad_input, "bidirectional \"{}\": \"{}\" is no range of layers 0 to {}; {}",
           text, part, layers - 1, kDirectionHelp);
    }
    std::fill(both.begin() + *first, both.begin() + *last + 1, std::uint8_t{1});
  }
  return both;
}

}  // namespace kindred::model
