#include "text/jinja/expression_parser.h"

#include <array>
#include <charconv>

namespace kindred::text::jinja {
namespace {

using Kind = Expression::Kind;

ExpressionPtr make(Kind kind, std::size_t line, std::string text = "") {
  auto node = std::make_unique<Expression>();
  node->kind = kind;
  node->line = line;
  node->text = std::move(text);
  return node;
}

}  // namespace

// An expression, or several with commas.
ExpressionPtr ExpressionParser::tuple(bool conditions) {
  const std::size_t line = peek().line;
  ExpressionPtr first = conditions ? expression() : disjunction();
  if (!is(",")) return first;
  ExpressionPtr node = make(Kind::tuple, line);
  node->parts.push_back(std::move(first));
  while (skip(",")) {
    if (peek().kind == Token::Kind::print_end || peek().kind == Token::Kind::block_end || is(")"))
      break;
    node->parts.push_back(conditions ? expression() : disjunction());
  }
  return node;
}

ExpressionPtr ExpressionParser::expression() {
  const Level level(*this);
  ExpressionPtr node = disjunction();
  while (is("if")) {
    ExpressionPtr whole = make(Kind::conditional, take().line);
    whole->parts.push_back(std::move(node));
    whole->parts.push_back(disjunction());
    whole->parts.push_back(skip("else") ? expression() : nullptr);
    node = std::move(whole);
  }
  return node;
}

ExpressionPtr ExpressionParser::binaries(Rule rule,
                                         std::initializer_list<std::string_view> symbols) {
  ExpressionPtr left = (this->*rule)();
  for (int count = 0;; ++count) {
    const bool found = std::any_of(symbols.begin(), symbols.end(),
                                   [&](std::string_view symbol) { return is(symbol); });
    if (!found) return left;
    if (count > kMaxDepth) wrong("an expression is too long");
    ExpressionPtr node = make(Kind::binary, peek().line, take().value);
    node->parts.push_back(std::move(left));
    node->parts.push_back((this->*rule)());
    left = std::move(node);
  }
}

ExpressionPtr ExpressionParser::disjunction() {
  return binaries(&ExpressionParser::conjunction, {"or"});
}
ExpressionPtr ExpressionParser::conjunction() {
  return binaries(&ExpressionParser::negation, {"and"});
}
ExpressionPtr ExpressionParser::negation() {
  if (!is("not")) return comparison();
  const Level level(*this);
  ExpressionPtr node = make(Kind::unary, peek().line, take().value);
  node->parts.push_back(negation());
  return node;
}

ExpressionPtr ExpressionParser::comparison() {
  ExpressionPtr left = sum();
  ExpressionPtr node;
  while (true) {
    std::string sign;
    if (is("not") && peek(1).value == "in" && peek(1).kind == Token::Kind::name) {
      take();
      take();
      sign = "not in";
    } else if (is("in") || is("==") || is("!=") || is("<") || is(">") || is("<=") || is(">=")) {
      sign = take().value;
    } else {
      break;
    }
    if (!node) {
      node = make(Kind::comparison, peek().line);
      node->parts.push_back(std::move(left));
    }
    node->operators.push_back(sign);
    node->parts.push_back(sum());
  }
  return node ? std::move(node) : std::move(left);
}

ExpressionPtr ExpressionParser::sum() {
  return binaries(&ExpressionParser::concatenation, {"+", "-"});
}
ExpressionPtr ExpressionParser::concatenation() {
  return binaries(&ExpressionParser::product, {"~"});
}
ExpressionPtr ExpressionParser::product() {
  return binaries(&ExpressionParser::signed_value, {"*", "/", "//", "%"});
}

// Filters bind weaker than a sign, attributes stronger.
ExpressionPtr ExpressionParser::signed_value() {
  return filtered(bare_signed());
}

ExpressionPtr ExpressionParser::bare_signed() {
  if (is("-") || is("+")) {
    const Level level(*this);
    ExpressionPtr node = make(Kind::unary, peek().line, take().value);
    node->parts.push_back(bare_signed());
    return node;
  }
  ExpressionPtr node = postfix(primary());
  if (is("**")) refuse("powers");
  return node;
}

ExpressionPtr ExpressionParser::primary() {
  const Token& token = peek();
  const std::size_t line = token.line;
  switch (token.kind) {
    case Token::Kind::name:
      return named(take().value, line);
    case Token::Kind::string: {
      std::string text;
      while (peek().kind == Token::Kind::string) text += take().value;
      ExpressionPtr node = make(Kind::constant, line);
      node->value = std::move(text);
      return node;
    }
    case Token::Kind::integer:
    case Token::Kind::real: {
      ExpressionPtr node = make(Kind::constant, line);
      node->value = number(token);
      take();
      return node;
    }
    default:
      break;
  }
  if (skip("(")) {
    const Level level(*this);
    if (skip(")")) return make(Kind::tuple, line);
    ExpressionPtr node = tuple();
    expect(")");
    return node;
  }
  if (skip("[")) return list(line);
  if (skip("{")) return dict(line);
  wrong(fmt::format("a value is expected before '{}'", token.value));
}

Value ExpressionParser::number(const Token& token) const {
  if (token.kind == Token::Kind::integer) {
    std::int64_t value = 0;
    std::from_chars(token.value.data(), token.value.data() + token.value.size(), value);
    return value;
  }
  double value = 0;
  std::from_chars(token.value.data(), token.value.data() + token.value.size(), value);
  return value;
}

ExpressionPtr ExpressionParser::named(const std::string& word, std::size_t line) {
  ExpressionPtr node = make(Kind::constant, line);
  if (word == "true" || word == "True") {
    node->value = true;
  } else if (word == "false" || word == "False") {
    node->value = false;
  } else if (word != "none" && word != "None") {
    node->kind = Kind::name;
    node->text = word;
  }
  return node;
}

ExpressionPtr ExpressionParser::list(std::size_t line) {
  const Level level(*this);
  ExpressionPtr node = make(Kind::list, line);
  while (!is("]")) {
    node->parts.push_back(expression());
    if (!skip(",")) break;
  }
  expect("]");
  return node;
}

ExpressionPtr ExpressionParser::dict(std::size_t line) {
  const Level level(*this);
  ExpressionPtr node = make(Kind::dict, line);
  while (!is("}")) {
    node->keys.push_back(expression());
    expect(":");
    node->parts.push_back(expression());
    if (!skip(",")) break;
  }
  expect("}");
  return node;
}

std::vector<Argument> ExpressionParser::arguments() {
  const Level level(*this);
  std::vector<Argument> list;
  while (!is(")")) {
    if (is("*") || is("**")) refuse("arguments with stars");
    Argument argument;
    if (peek().kind == Token::Kind::name && peek(1).value == "=" &&
        peek(1).kind == Token::Kind::symbol) {
      argument.name = take().value;
      take();
    } else if (!list.empty() && !list.back().name.empty()) {
      wrong("an argument by position follows one by name");
    }
    argument.value = expression();
    list.push_back(std::move(argument));
    if (!skip(",")) break;
  }
  expect(")");
  return list;
}

ExpressionPtr ExpressionParser::postfix(ExpressionPtr node) {
  for (int count = 0;; ++count) {
    if (count > kMaxDepth) wrong("an expression is too long");
    if (skip(".")) {
      if (peek().kind == Token::Kind::integer) {
        ExpressionPtr item = make(Kind::item, peek().line);
        item->parts.push_back(std::move(node));
        item->parts.push_back(primary());
        node = std::move(item);
        continue;
      }
      ExpressionPtr attribute = make(Kind::attribute, peek().line, name());
      attribute->parts.push_back(std::move(node));
      node = std::move(attribute);
    } else if (skip("[")) {
      node = subscript(std::move(node));
    } else if (skip("(")) {
      ExpressionPtr call = make(Kind::call, peek().line);
      call->parts.push_back(std::move(node));
      call->arguments = arguments();
      node = std::move(call);
    } else {
      return node;
    }
  }
}

ExpressionPtr ExpressionParser::subscript(ExpressionPtr object) {
  const Level level(*this);
  ExpressionPtr node = make(Kind::item, peek().line);
  node->parts.push_back(std::move(object));
  ExpressionPtr first = is(":") ? nullptr : expression();
  if (!is(":")) {
    node->parts.push_back(std::move(first));
    if (is(",")) refuse("several subscripts");
    expect("]");
    return node;
  }
  node->kind = Kind::slice;
  node->parts.push_back(std::move(first));
  for (int i = 0; i < 2; ++i) {
    const bool more = skip(":");
    node->parts.push_back(more && !is(":") && !is("]") ? expression() : nullptr);
  }
  expect("]");
  return node;
}

ExpressionPtr ExpressionParser::filtered(ExpressionPtr node) {
  for (int count = 0;; ++count) {
    if (count > kMaxDepth) wrong("an expression is too long");
    if (skip("|")) {
      ExpressionPtr filter = make(Kind::filter, peek().line, name());
      filter->parts.push_back(std::move(node));
      if (skip("(")) filter->arguments = arguments();
      node = std::move(filter);
    } else if (is("is")) {
      node = test(std::move(node));
    } else if (is("(")) {
      ExpressionPtr call = make(Kind::call, peek().line);
      take();
      call->parts.push_back(std::move(node));
      call->arguments = arguments();
      node = std::move(call);
    } else {
      return node;
    }
  }
}

ExpressionPtr ExpressionParser::test(ExpressionPtr node) {
  const std::size_t line = take().line;
  const bool negated = skip("not");
  ExpressionPtr test = make(Kind::test, line, name());
  test->parts.push_back(std::move(node));
  const Token& next = peek();
  constexpr std::array<std::string_view, 6> kWords = {"else", "or", "and", "is", "in", "if"};
  const bool word = next.kind == Token::Kind::name && next.value != "not" &&
                    std::find(kWords.begin(), kWords.end(), next.value) == kWords.end();
  if (skip("(")) {
    test->arguments = arguments();
  } else if (word || next.kind == Token::Kind::string || next.kind == Token::Kind::integer ||
             next.kind == Token::Kind::real || is("[") || is("{")) {
    Argument argument;
    argument.value = postfix(primary());
    test->arguments.push_back(std::move(argument));
  }
  if (!negated) return test;
  ExpressionPtr inverse = make(Kind::unary, line, "not");
  inverse->parts.push_back(std::move(test));
  return inverse;
}

}  // namespace kindred::text::jinja
