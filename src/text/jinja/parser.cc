// The statements of a chat template.
#include <utility>

#include "text/jinja/expression_parser.h"

namespace kindred::text::jinja {
namespace {

class Parser : private ExpressionParser {
 public:
  explicit Parser(std::string_view source) : ExpressionParser(tokenize(source)) {}

  Block run() {
    Block block = body();
    if (peek().kind != Token::Kind::end) wrong("an end without a beginning");
    return block;
  }

 private:
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

  int loops_ = 0;
};

}  // namespace

Block parse(std::string_view source) {
  return Parser(source).run();
}

}  // namespace kindred::text::jinja
