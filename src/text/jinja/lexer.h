// A chat template cut into tokens, with Jinja's rules for white space. Tested by template_test.cc.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kindred::text::jinja {

struct Token {
  enum class Kind {
    text,         ///< outside of any tag
    print_begin,  ///< {{
    print_end,    ///< }}
    block_begin,  ///< {%
    block_end,    ///< %}
    name,
    string,
    integer,
    real,
    symbol,  ///< an operator or a bracket
    end,
  };
  Kind kind = Kind::end;
  std::string value;
  std::size_t line = 1;
};

/// With trim_blocks and lstrip_blocks set, as transformers sets them, and the template's last
/// newline dropped. Errors: corrupt, with the line.
std::vector<Token> tokenize(std::string_view source);

}  // namespace kindred::text::jinja
