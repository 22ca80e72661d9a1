#include <algorithm>
#include <array>
#include <charconv>

#include "base/error.h"
#include "text/jinja/ast.h"
#include "text/jinja/lexer.h"

namespace kindred::text::jinja {
namespace {

using Kind = Expression::Kind;

// Of nested expressions and blocks: a recursive reader needs stack for each.
constexpr int kMaxDepth = 64;

ExpressionPtr make(Kind kind, std::size_t line, std::string text = "") {
  auto node = std::make_unique<Expression>();
  node->kind = kind;
  node->line = line;
  node->text = std::move(text);
  return node;
}

class Parser {
 public:
  explicit Parser(std::string_view source) : tokens_(tokenize(source)) {}

  Block run() {
    Block block = body();
    if (peek().kind != Token::Kind::end) wrong("an end without a beginning");
    return block;
  }

 private:
  // Counts how deep the reader is.
  class Level {
   public:
    explicit Level(Parser& parser) : parser_(parser) {
      if (++parser_.depth_ > kMaxDepth) parser_.wrong("it is nested too deeply");
    }
    ~Level() { --parser_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Parser& parser_;
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

  // --- Statements -----------------------------------------------------------------------------

  // Up to a tag that ends something, which is not taken.
  Block body() {
    const Level level(*this);
    Block block;
    while (peek().kind != Token::Kind::end) {
      if (peek().kind == Token::Kind::block_begin) {
        const std::string& word = peek(1).value;
        if (word.starts_with("end") || word == "else" || word == "elif") return block;
        take();
        block.push_back(statement());
        continue;
      }
      auto node = std::make_unique<Statement>();
      node->line = peek().line;
      if (peek().kind == Token::Kind::text) {
        node->text = take().value;
      } else {
        expect(Token::Kind::print_begin, "a tag");
        node->kind = Statement::Kind::print;
        node->value = tuple();
        expect(Token::Kind::print_end, "'}}'");
      }
      block.push_back(std::move(node));
    }
    return block;
  }

  void close_tag() { expect(Token::Kind::block_end, "'%}'"); }

  void end(std::string_view word) {
    if (peek().kind != Token::Kind::block_begin || peek(1).value != word)
      wrong(fmt::format("'{}' is missing", word));
    take();
    take();
    if (word == "endmacro" || word == "endblock")
      if (peek().kind == Token::Kind::name) take();
    close_tag();
  }

  std::unique_ptr<Statement> statement() {
    auto node = std::make_unique<Statement>();
    node->line = peek().line;
    const std::string word = name();
    if (word == "if") return branch(std::move(node));
    if (word == "for") return loop(std::move(node));
    if (word == "set") return assign(std::move(node));
    if (word == "macro") return macro(std::move(node));
    if (word == "break" || word == "continue") {
      if (loops_ == 0) wrong(fmt::format("'{}' outside of a loop", word));
      node->kind = word == "break" ? Statement::Kind::break_loop : Statement::Kind::next_loop;
      close_tag();
      return node;
    }
    // transformers' mark around what the assistant says: it changes nothing of the text.
    if (word == "generation") {
      close_tag();
      node->kind = Statement::Kind::group;
      node->body = body();
      end("endgeneration");
      return node;
    }
    refuse(fmt::format("the statement '{}'", word));
  }

  std::unique_ptr<Statement> branch(std::unique_ptr<Statement> node) {
    const Level level(*this);
    node->kind = Statement::Kind::branch;
    node->value = tuple();
    close_tag();
    node->body = body();
    if (peek().kind == Token::Kind::block_begin && peek(1).value == "elif") {
      take();
      auto next = std::make_unique<Statement>();
      next->line = peek().line;
      take();
      node->other.push_back(branch(std::move(next)));
      return node;
    }
    if (peek().kind == Token::Kind::block_begin && peek(1).value == "else") {
      take();
      take();
      close_tag();
      node->other = body();
    }
    end("endif");
    return node;
  }

  std::vector<std::string> targets() {
    std::vector<std::string> names;
    const bool bracket = skip("(");
    do {
      if (!names.empty() && peek().kind != Token::Kind::name) break;
      names.push_back(name());
    } while (skip(","));
    if (bracket) expect(")");
    return names;
  }

  std::unique_ptr<Statement> loop(std::unique_ptr<Statement> node) {
    node->kind = Statement::Kind::loop;
    node->targets = targets();
    expect("in");
    node->value = tuple(/*conditions=*/false);
    if (skip("if")) node->condition = expression();
    if (is("recursive")) refuse("recursive loops");
    close_tag();
    ++loops_;
    node->body = body();
    --loops_;
    if (peek().kind == Token::Kind::block_begin && peek(1).value == "else") {
      take();
      take();
      close_tag();
      node->other = body();
    }
    end("endfor");
    return node;
  }

  std::unique_ptr<Statement> assign(std::unique_ptr<Statement> node) {
    node->kind = Statement::Kind::assign;
    if (peek(1).value == "." && peek(1).kind == Token::Kind::symbol) {
      node->targets = {name()};
      take();
      node->attribute = name();
    } else {
      node->targets = targets();
    }
    if (skip("=")) {
      node->value = tuple();
      close_tag();
      return node;
    }
    if (is("|")) refuse("filters on a block that is set");
    close_tag();
    node->body = body();
    end("endset");
    return node;
  }

  std::unique_ptr<Statement> macro(std::unique_ptr<Statement> node) {
    node->kind = Statement::Kind::macro;
    node->macro.name = name();
    expect("(");
    while (!is(")")) {
      std::string parameter = name();
      node->macro.parameters.emplace_back(std::move(parameter), skip("=") ? expression() : nullptr);
      if (!skip(",")) break;
    }
    expect(")");
    close_tag();
    const int outside = std::exchange(loops_, 0);
    node->macro.body = body();
    loops_ = outside;
    end("endmacro");
    return node;
  }

  // --- Expressions ----------------------------------------------------------------------------

  // An expression, or several with commas.
  ExpressionPtr tuple(bool conditions = true) {
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

  ExpressionPtr expression() {
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

  using Rule = ExpressionPtr (Parser::*)();

  ExpressionPtr binaries(Rule rule, std::initializer_list<std::string_view> symbols) {
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

  ExpressionPtr disjunction() { return binaries(&Parser::conjunction, {"or"}); }
  ExpressionPtr conjunction() { return binaries(&Parser::negation, {"and"}); }
  ExpressionPtr negation() {
    if (!is("not")) return comparison();
    const Level level(*this);
    ExpressionPtr node = make(Kind::unary, peek().line, take().value);
    node->parts.push_back(negation());
    return node;
  }

  ExpressionPtr comparison() {
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

  ExpressionPtr sum() { return binaries(&Parser::concatenation, {"+", "-"}); }
  ExpressionPtr concatenation() { return binaries(&Parser::product, {"~"}); }
  ExpressionPtr product() { return binaries(&Parser::signed_value, {"*", "/", "//", "%"}); }

  // Filters bind weaker than a sign, attributes stronger.
  ExpressionPtr signed_value() { return filtered(bare_signed()); }

  ExpressionPtr bare_signed() {
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

  ExpressionPtr primary() {
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

  Value number(const Token& token) const {
    if (token.kind == Token::Kind::integer) {
      std::int64_t value = 0;
      std::from_chars(token.value.data(), token.value.data() + token.value.size(), value);
      return value;
    }
    double value = 0;
    std::from_chars(token.value.data(), token.value.data() + token.value.size(), value);
    return value;
  }

  static ExpressionPtr named(const std::string& word, std::size_t line) {
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

  ExpressionPtr list(std::size_t line) {
    const Level level(*this);
    ExpressionPtr node = make(Kind::list, line);
    while (!is("]")) {
      node->parts.push_back(expression());
      if (!skip(",")) break;
    }
    expect("]");
    return node;
  }

  ExpressionPtr dict(std::size_t line) {
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

  std::vector<Argument> arguments() {
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

  ExpressionPtr postfix(ExpressionPtr node) {
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

  ExpressionPtr subscript(ExpressionPtr object) {
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

  ExpressionPtr filtered(ExpressionPtr node) {
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

  ExpressionPtr test(ExpressionPtr node) {
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

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  int loops_ = 0;
};

}  // namespace

Block parse(std::string_view source) {
  return Parser(source).run();
}

}  // namespace kindred::text::jinja
