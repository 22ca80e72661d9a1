// Jinja's operators between two values, as Python computes them. Tested by template_test.cc.
#pragma once

#include <cstddef>
#include <string>

#include "text/jinja/value.h"

namespace kindred::text::jinja {

/// `left` `sign` `right` for + - * / // % ~; `line` is for messages. Errors: bad_input where Python
/// has no such operation or a number would not fit in 64 bits; unsupported for formatting by %.
Value combine(const std::string& sign, Value left, Value right, std::size_t line, Budget& budget);

}  // namespace kindred::text::jinja
