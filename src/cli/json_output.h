// JSON on standard output. Tested by cli_test.cc.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "cli/console.h"

namespace kindred::cli {

/// One line; bytes of names and texts that are not UTF-8 become U+FFFD.
template <typename Json>
std::string json_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

template <typename Json>
void print_json(const Json& json) {
  write_out(json_line(json));
}

}  // namespace kindred::cli
