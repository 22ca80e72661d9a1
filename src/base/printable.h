// Bytes of others, as a terminal and a log can show them. Tested by printable_test.cc.
#pragma once

#include <string>
#include <string_view>

namespace kindred {

/// `text` with what would not show, or would steer a terminal, written as an escape: bytes that are
/// not UTF-8 and control characters as \xNN (\n, \r and \t by their letters), C1 controls, line
/// separators and marks that turn the direction of writing as \u{NNNN}. `kept` are control
/// characters to leave as they are. What it returns is UTF-8.
std::string printable(std::string_view text, std::string_view kept = {});

}  // namespace kindred
