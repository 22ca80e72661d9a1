// The expressions of a chat template, read from its tokens. Internal; tested by template_test.cc.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "text/jinja/ast.h"
#include "text/jinja/lexer.h"

namespace kindred::text::jinja {

/// Of nested expressions and blocks, and of operators in a row: a recursive reader needs stack for
/// each.
inline constexpr int kMaxDepth = 64;

/// A recursive reader; who reads statements derives from it. Errors: corrupt for what is no Jinja;
/// unsupported for what Kindred does not have; both with the line.
class ExpressionParser {
 protected:
  explicit ExpressionParser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  // Counts how deep the reader is.
  class Level {
   public:
    explicit Level(ExpressionParser& parser) : parser_(parser) {
      if (++parser_.depth_ > kMaxDepth) parser_.wrong("it is nested too deeply");
    }
    ~Level() { --parser_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    ExpressionParser& parser_;
  };

  [[noreturn]] void wrong(std::string_view what) const {
    fail(ErrorKind::corrupt, "chat template, line {}: {}", peek().line, what);
  }
  [[noreturn]] void refuse(std::string_view what) const {
    fail(ErrorKind::unsupported, "chat template, line {}: Kindred does not have {}", peek().line,
         what);
  }

  const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  const Token& take() {
    const Token& token = peek();
    if (at_ + 1 < tokens_.size()) ++at_;
    return token;
  }
  bool is(std::string_view value) const {
    return (peek().kind == Token::Kind::symbol || peek().kind == Token::Kind::name) &&
           peek().value == value;
  }
  bool skip(std::string_view value) {
    if (!is(value)) return false;
    take();
    return true;
  }
  void expect(std::string_view value) {
    if (!skip(value)) wrong(fmt::format("'{}' is expected before '{}'", value, peek().value));
  }
  void expect(Token::Kind kind, const char* what) {
    if (peek().kind != kind) wrong(fmt::format("{} is expected", what));
    take();
  }
  std::string name() {
    if (peek().kind != Token::Kind::name) wrong("a name is expected");
    return take().value;
  }

  /// An expression, or several with commas; without `conditions`, none that has an `if` outside of
  /// brackets.
  ExpressionPtr tuple(bool conditions = true);
  ExpressionPtr expression();

 private:
  using Rule = ExpressionPtr (ExpressionParser::*)();

  ExpressionPtr binaries(Rule rule, std::initializer_list<std::string_view> symbols);
  ExpressionPtr disjunction();
  ExpressionPtr conjunction();
  ExpressionPtr negation();
  ExpressionPtr comparison();
  ExpressionPtr sum();
  ExpressionPtr concatenation();
  ExpressionPtr product();
  ExpressionPtr signed_value();
  ExpressionPtr bare_signed();
  ExpressionPtr primary();
  Value number(const Token& token) const;
  static ExpressionPtr named(const std::string& word, std::size_t line);
  ExpressionPtr list(std::size_t line);
  ExpressionPtr dict(std::size_t line);
  std::vector<Argument> arguments();
  ExpressionPtr postfix(ExpressionPtr node);
  ExpressionPtr subscript(ExpressionPtr object);
  ExpressionPtr filtered(ExpressionPtr node);
  ExpressionPtr test(ExpressionPtr node);

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace kindred::text::jinja
