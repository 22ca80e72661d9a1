// A made-up click log of a made-up catalogue. Tested by click_log_generator_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "catalog/generator.h"
#include "prepare/click_simulator.h"

namespace kindred::prepare {

struct ClickLogGeneratorOptions {
  catalog::GeneratorOptions products;
  SimulatedClicks model = SimulatedClicks::dbn;
  std::size_t searches = 10'000;  ///< by people; bots come on top
  std::size_t days = 30;
  bool events = false;  ///< an event a line, else a list of results a line
};

/// Calls `line` with each line of the log, by time: JSON with its line end. People search in four
/// languages for categories of the catalogue, alone or with a brand; what is relevant is drawn
/// independently of the ranking; who clicks stays the longer and buys the likelier the better the
/// item is. One session in 200 is a bot's, half of them by their agent's name. `truth` gets the
/// judgements that the people click by: query, id, grade from 0 to 4, language.
void generate_click_log(const ClickLogGeneratorOptions& options,
                        const std::function<void(std::string_view line)>& line,
                        const std::function<void(std::string_view query, std::uint64_t id,
                                                 int grade, std::string_view language)>& truth);

}  // namespace kindred::prepare
