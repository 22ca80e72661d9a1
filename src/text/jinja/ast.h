// A parsed chat template. Tested by template_test.cc.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "text/jinja/value.h"

namespace kindred::text::jinja {

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;

struct Argument {
  std::string name;  ///< empty: by position
  ExpressionPtr value;
};

struct Expression {
  enum class Kind {
    constant,     // value
    name,         // text
    list,         // parts
    tuple,        // parts
    dict,         // keys, parts
    attribute,    // parts[0].text
    item,         // parts[0][parts[1]]
    slice,        // parts[0][parts[1]:parts[2]:parts[3]], each of the three may be null
    call,         // parts[0](arguments)
    filter,       // parts[0]|text(arguments)
    test,         // parts[0] is text(arguments)
    unary,        // text parts[0]
    binary,       // parts[0] text parts[1]
    comparison,   // parts[0] operators[0] parts[1] operators[1] parts[2] …
    conditional,  // parts[0] if parts[1] else parts[2], which may be null
  };
  Kind kind = Kind::constant;
  std::size_t line = 1;
  std::string text;
  Value value;
  std::vector<ExpressionPtr> parts;
  std::vector<ExpressionPtr> keys;
  std::vector<std::string> operators;
  std::vector<Argument> arguments;
};

struct Statement;
using Block = std::vector<std::unique_ptr<Statement>>;

struct Macro {
  std::string name;
  std::vector<std::pair<std::string, ExpressionPtr>>
      parameters;  ///< with defaults, which may be null
  Block body;
};

struct Statement {
  enum class Kind {
    text,    // text
    print,   // value
    branch,  // if value: body, else: other
    loop,    // for targets in value [if condition]: body, else: other
    assign,  // targets = value; or target.attribute = value; or targets = body
    macro,   // macro
    group,   // body in a scope of its own
    break_loop,
    next_loop,
  };
  Kind kind = Kind::text;
  std::size_t line = 1;
  std::string text;
  std::string attribute;  ///< of a namespace that is assigned to
  std::vector<std::string> targets;
  ExpressionPtr value;
  ExpressionPtr condition;
  Block body;
  Block other;
  Macro macro;
};

/// Errors: corrupt for what is no Jinja; unsupported for what Kindred does not have, by name; each
/// with its line.
Block parse(std::string_view source);

}  // namespace kindred::text::jinja
