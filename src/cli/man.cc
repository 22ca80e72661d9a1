// kindred man: manual pages in roff, written from the table of commands.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "io/file.h"

namespace kindred::cli {
namespace {

// Text of a roff page: backslashes, dashes and leading control characters are made literal.
std::string roff(const std::string& text) {
  std::string out;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
    line_start = c == '\n';
  }
  return out;
}

std::string paragraphs(const std::string& text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t end = text.find("\n\n", at);
    if (end == std::string::npos) end = text.size();
    out += ".PP\n" + roff(text.substr(at, end - at)) + '\n';
    at = end + 2;
  }
  return out;
}

std::string entry(const Parameter& p) {
  std::string names = p.names;
  const std::size_t comma = names.find(',');
  if (comma != std::string::npos) names.insert(comma + 1, " ");
  std::string out = ".TP\n\\fB" + roff(names) + "\\fR";
  if (names.front() == '-' && !p.is_switch()) out += " \\fI" + roff(p.value) + "\\fR";
  return out + '\n' + roff(explained(p)) + '\n';
}

std::string heading(const std::string& name, const std::string& summary) {
  std::string upper = name;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return fmt::format(".TH {} 1 \"\" \"kindred {}\" \"Kindred\"\n.SH NAME\n{} \\- {}\n", upper,
                     KINDRED_VERSION, roff(name), roff(summary));
}

std::string exit_status() {
  return ".SH EXIT STATUS\n"
         "0 when all went well; 2 bad input, 3 not found, 4 corrupt, 5 unsupported, 6 exhausted, "
         "70 internal, 130 interrupted. One line on standard error says what, where and what to "
         "do.\n";
}

std::string command_page(const Command& c) {
  std::string out = heading("kindred-" + c.dashed(), c.summary);
  out += ".SH SYNOPSIS\n" + roff(usage(c)) + "\n.SH DESCRIPTION\n" + paragraphs(c.description);
  if (!c.arguments.empty()) out += ".SH ARGUMENTS\n";
  for (const Parameter& p : c.arguments) out += entry(p);
  if (!c.groups.empty()) out += ".SH OPTIONS\n";
  for (const Group& g : c.groups) {
    out += ".SS " + roff(g.title) + '\n';
    for (const Parameter& p : g.flags) out += entry(p);
  }
  if (!c.examples.empty()) out += ".SH EXAMPLES\n";
  for (const Example& e : c.examples)
    out += ".PP\n" + roff(e.says) + ":\n.PP\n.nf\n.RS\n" + roff(e.line) + "\n.RE\n.fi\n";
  return out + exit_status() + ".SH SEE ALSO\n\\fBkindred\\fR(1)\n";
}

std::string program_page(const std::vector<Command>& commands) {
  std::string out =
      heading("kindred", "texts to vectors in which kindred things lie close together");
  out += ".SH SYNOPSIS\nkindred COMMAND [arguments] [options]\n.SH COMMANDS\n";
  for (const Command& c : commands)
    out += fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff(c.name), roff(c.summary));
  out +=
      ".SH ENVIRONMENT\n"
      ".TP\n\\fBKINDRED_THREADS\\fR\nthreads when \\-\\-threads is not given\n"
      ".TP\n\\fBKINDRED_ISA\\fR\n"
      "highest instruction set to use: scalar, avx2, avx512, avx512bf16, amx\n";
  out += exit_status() + ".SH SEE ALSO\n";
  for (const Command& c : commands)
    out += fmt::format("\\fBkindred\\-{}\\fR(1){}\n", roff(c.dashed()),
                       &c == &commands.back() ? "" : ",");
  return out;
}

// ---- the same as one Markdown page, docs/cli.md ----

// A cell of a table: a bar would end it.
std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '|' ? "\\|" : std::string(1, c);
  return out;
}

std::string markdown_row(const Parameter& p) {
  std::string names = p.names;
  if (names.front() == '-' && !p.is_switch()) names += ' ' + p.value;
  return fmt::format("| `{}` | {} |\n", cell(names), cell(explained(p)));
}

std::string markdown_section(const Command& c) {
  std::string out = fmt::format("\n## kindred {}\n\n{}.\n\n    {}\n\n{}\n", c.name, c.summary,
                                usage(c), c.description);
  const auto table = [&](const std::string& title, const std::vector<Parameter>& rows) {
    if (rows.empty()) return;
    out += fmt::format("\n| {} | |\n|---|---|\n", title);
    for (const Parameter& p : rows) out += markdown_row(p);
  };
  table("Arguments", c.arguments);
  for (const Group& g : c.groups) table(g.title, g.flags);
  for (const Example& e : c.examples) out += fmt::format("\n{}:\n\n    {}\n", e.says, e.line);
  return out;
}

std::string markdown_page(const std::vector<Command>& commands) {
  std::string out =
      "# The command line\n\n"
      "Written by `kindred man --markdown` from the table of flags in the program; a test compares "
      "the two.\n\n";
  for (const Command& c : commands)
    out += fmt::format("- [{}](#kindred-{}): {}\n", c.name, c.dashed(), c.summary);
  out +=
      "\nA failure prints one line, `kindred: KIND: MESSAGE`, on standard error and ends with the "
      "status of its kind: 2 bad input, 3 not found, 4 corrupt, 5 unsupported, 6 exhausted, 70 "
      "internal, 130 interrupted. `KINDRED_THREADS` stands for `--threads` where that is not "
      "given; "
      "`KINDRED_ISA` names the highest instruction set to use (scalar, avx2, avx512, avx512bf16, "
      "amx).\n";
  for (const Command& c : commands) out += markdown_section(c);
  return out;
}

void write_all(const std::vector<Command>& commands, const std::string& folder) {
  io::write_text_file(io::join_path(folder, "kindred.1"), program_page(commands));
  for (const Command& c : commands)
    io::write_text_file(io::join_path(folder, "kindred-" + c.dashed() + ".1"), command_page(c));
}

const Command& find(const std::vector<Command>& commands, const std::string& name) {
  const auto it = std::find_if(commands.begin(), commands.end(), [&](const Command& command) {
    return command.name == name || command.dashed() == name;
  });
  if (it == commands.end())
    fail(ErrorKind::not_found, "there is no command '{}'; 'kindred --help' lists them all", name);
  return *it;
}

}  // namespace

Command man_command() {
  struct State {
    std::string command;
    std::string folder;
    bool markdown = false;
  };
  auto s = std::make_shared<State>();
  Command c;
  c.name = "man";
  c.summary = "the manual pages, in roff or Markdown";
  c.description =
      "Prints a manual page in roff: of the program without an argument, else of the command "
      "named. "
      "Packages install all of them; view one at once with man -l.";
  c.arguments = {argument("COMMAND",
                          "which command, such as embed or index-build; none: the program itself",
                          &s->command)};
  auto& flags = c.group("Output").flags;
  flags.push_back(
      flag("-o,--output", "FOLDER", "write every page to this folder instead", &s->folder)
          .completed_by(Completes::directory)
          .written());
  flags.push_back(toggle("--markdown", "print all of it as one Markdown page", &s->markdown));
  c.examples = {{"read about embed", "kindred man embed | man -l -"}};
  c.run = [s] {
    const std::vector<Command> commands = all_commands();
    if (!s->folder.empty())
      write_all(commands, s->folder);
    else if (s->markdown)
      write_out(markdown_page(commands));
    else if (s->command.empty())
      write_out(program_page(commands));
    else
      write_out(command_page(find(commands, s->command)));
  };
  return c;
}

}  // namespace kindred::cli
