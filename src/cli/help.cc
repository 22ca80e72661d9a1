// The text of --help, from the table of a command.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/command.h"

namespace kindred::cli {
namespace {

constexpr std::size_t kWidth = 96;
constexpr std::size_t kIndent = 27;  // where the explanations begin

// Wraps `text` at word ends; lines after the first are indented.
std::string wrap(const std::string& text, std::size_t indent) {
  std::string out;
  std::size_t column = indent;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t end = text.find(' ', at);
    if (end == std::string::npos) end = text.size();
    if (column > indent && column + 1 + (end - at) > kWidth) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out.append(text, at, end - at);
    column += end - at;
    at = end + 1;
  }
  return out;
}

std::string paragraphs(const std::string& text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t end = text.find("\n\n", at);
    if (end == std::string::npos) end = text.size();
    out += wrap(text.substr(at, end - at), 0) + "\n\n";
    at = end + 2;
  }
  return out;
}

std::string left_column(const Parameter& p) {
  std::string names = p.names;
  const std::size_t comma = names.find(',');
  if (comma != std::string::npos) names.insert(comma + 1, " ");
  const bool is_flag = names.front() == '-';
  if (is_flag && comma == std::string::npos) names = "    " + names;
  if (is_flag && !p.is_switch()) names += ' ' + p.value;
  return "  " + names;
}

std::string entry(const Parameter& p) {
  std::string line = left_column(p);
  if (line.size() + 2 > kIndent)
    line += '\n' + std::string(kIndent, ' ');
  else
    line.resize(kIndent, ' ');
  return line + wrap(explained(p), kIndent) + '\n';
}

}  // namespace

std::string explained(const Parameter& p) {
  std::string help = p.help;
  if (!p.choices.empty()) help += fmt::format(" ({})", fmt::join(p.choices, ", "));
  if (!p.fallback.empty()) help += fmt::format(" [default: {}]", p.fallback);
  return help;
}

std::string usage(const Command& command) {
  std::string line = "kindred " + command.name;
  for (const Parameter& p : command.arguments) {
    const std::string shown = p.names + (p.repeats ? "..." : "");
    line += p.required ? ' ' + shown : " [" + shown + ']';
  }
  bool optional = false;
  for (const Group& g : command.groups)
    for (const Parameter& p : g.flags) {
      if (!p.required) {
        optional = true;
        continue;
      }
      line += ' ' + p.names.substr(0, p.names.find(',')) + ' ' + p.value;
    }
  return line + (optional ? " [options]" : "");
}

std::string command_help(const Command& command) {
  std::string out = fmt::format("kindred {}: {}\n\nUsage: {}\n\n{}", command.name, command.summary,
                                usage(command), paragraphs(command.description));
  if (!command.arguments.empty()) {
    out += "Arguments:\n";
    for (const Parameter& p : command.arguments) out += entry(p);
    out += '\n';
  }
  for (const Group& g : command.groups) {
    out += g.title + ":\n";
    for (const Parameter& p : g.flags) out += entry(p);
    out += '\n';
  }
  if (!command.examples.empty()) out += "Examples:\n";
  for (const Example& e : command.examples) out += fmt::format("  # {}\n  {}\n", e.says, e.line);
  return out;
}

std::string program_help(const std::vector<Command>& commands) {
  std::string out =
      "kindred: texts to vectors in which kindred things lie close together\n\n"
      "Usage: kindred COMMAND [arguments] [options]\n\n"
      "Commands:\n";
  std::size_t width = 0;
  for (const Command& c : commands) width = std::max(width, c.name.size());
  for (const Command& c : commands)
    out += fmt::format("  {:<{}}  {}\n", c.name, width, c.summary);
  out +=
      "\n'kindred COMMAND --help' explains a command and shows examples.\n\n"
      "Environment:\n"
      "  KINDRED_THREADS  threads when --threads is not given\n"
      "  KINDRED_ISA      highest instruction set to use: scalar, avx2, avx512, avx512bf16, amx\n\n"
      "A failure prints one line, 'kindred: KIND: MESSAGE', and ends with the status of its kind:\n"
      "2 bad input, 3 not found, 4 corrupt, 5 unsupported, 6 exhausted, 70 internal, 130 "
      "interrupted.\n";
  return out;
}

}  // namespace kindred::cli
