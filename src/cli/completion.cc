// kindred completion: scripts for bash, zsh and fish, written from the table of commands.
#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/console.h"

namespace kindred::cli {
namespace {

std::vector<std::string> split_names(const Parameter& p) {
  std::vector<std::string> names;
  std::stringstream stream(p.names);
  for (std::string name; std::getline(stream, name, ',');) names.push_back(name);
  return names;
}

std::vector<Parameter> flags_of(const Command& command) {
  std::vector<Parameter> flags;
  for (const Group& g : command.groups) flags.insert(flags.end(), g.flags.begin(), g.flags.end());
  return flags;
}

// The first words of commands of two words, each with its second words.
std::map<std::string, std::vector<std::string>> families(const std::vector<Command>& commands) {
  std::map<std::string, std::vector<std::string>> result;
  for (const Command& c : commands) {
    const std::size_t space = c.name.find(' ');
    if (space != std::string::npos)
      result[c.name.substr(0, space)].push_back(c.name.substr(space + 1));
  }
  return result;
}

// What may stand first.
std::vector<std::string> first_words(const std::vector<Command>& commands) {
  std::vector<std::string> words;
  for (const Command& c : commands) {
    const std::string word = c.name.substr(0, c.name.find(' '));
    if (words.empty() || words.back() != word) words.push_back(word);
  }
  return words;
}

std::string joined(const std::vector<std::string>& words, const char* between) {
  return fmt::format("{}", fmt::join(words, between));
}

// Inside single quotes of a shell.
std::string quoted(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  }
  return out;
}

std::string bash_values(const Parameter& p) {
  if (!p.choices.empty())
    return fmt::format("COMPREPLY=($(compgen -W '{}' -- \"$word\"))", joined(p.choices, " "));
  switch (p.completes) {
    case Completes::directory:
      return "COMPREPLY=($(compgen -d -- \"$word\"))";
    case Completes::file:
    case Completes::model:
      return "COMPREPLY=($(compgen -f -- \"$word\"))";
    case Completes::nothing:
      break;
  }
  return "COMPREPLY=()";
}

std::string bash_script(const std::vector<Command>& commands) {
  std::string out = fmt::format(
      "# bash completion for kindred; load with: source <(kindred completion bash)\n"
      "_kindred() {{\n"
      "  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} flags=\n"
      "  COMPREPLY=()\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
      "    COMPREPLY=($(compgen -W '{} --help' -- \"$word\"))\n"
      "    return\n"
      "  fi\n"
      "  local name=${{COMP_WORDS[1]}}\n",
      joined(first_words(commands), " "));
  for (const auto& [first, seconds] : families(commands))
    out += fmt::format(
        "  if [ \"$name\" = {} ]; then\n"
        "    if [ \"$COMP_CWORD\" -eq 2 ]; then\n"
        "      COMPREPLY=($(compgen -W '{}' -- \"$word\"))\n"
        "      return\n"
        "    fi\n"
        "    name=\"$name ${{COMP_WORDS[2]}}\"\n"
        "  fi\n",
        first, joined(seconds, " "));
  out += "  case $name in\n";
  for (const Command& c : commands) {
    std::vector<std::string> all{"--help"};
    out += fmt::format("    '{}')\n      case $before in\n", c.name);
    for (const Parameter& p : flags_of(c)) {
      const std::vector<std::string> spellings = split_names(p);
      all.insert(all.end(), spellings.begin(), spellings.end());
      if (!p.is_switch())
        out += fmt::format("        {}) {}; return ;;\n", joined(spellings, "|"), bash_values(p));
    }
    out += fmt::format("      esac\n      flags='{}'\n", joined(all, " "));
    if (c.arguments.size() == 1 && !c.arguments[0].choices.empty())
      out += fmt::format("      flags=\"$flags {}\"\n", joined(c.arguments[0].choices, " "));
    out += "      ;;\n";
  }
  out +=
      "  esac\n"
      "  COMPREPLY=($(compgen -W \"$flags\" -- \"$word\"))\n"
      "  case $word in\n"
      "    -*) ;;\n"
      "    *) COMPREPLY+=($(compgen -f -- \"$word\")) ;;\n"
      "  esac\n"
      "}\n"
      "complete -o filenames -F _kindred kindred\n";
  return out;
}

std::string zsh_escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return quoted(out);
}

std::string zsh_values(const Parameter& p) {
  if (!p.choices.empty()) return "(" + joined(p.choices, " ") + ")";
  switch (p.completes) {
    case Completes::directory:
      return "_files -/";
    case Completes::file:
    case Completes::model:
      return "_files";
    case Completes::nothing:
      break;
  }
  return " ";
}

std::string zsh_script(const std::vector<Command>& commands) {
  std::string out =
      "#compdef kindred\n"
      "# zsh completion for kindred; save as _kindred in a folder of $fpath\n"
      "_kindred() {\n"
      "  local -a commands\n"
      "  commands=(\n";
  for (const std::string& word : first_words(commands)) {
    const auto command = std::find_if(commands.begin(), commands.end(),
                                      [&](const Command& c) { return c.name == word; });
    out += fmt::format("    '{}:{}'\n", word,
                       command != commands.end() ? zsh_escaped(command->summary)
                                                 : "what can be done with " + word);
  }
  out +=
      "  )\n"
      "  if (( CURRENT == 2 )); then\n"
      "    _describe command commands\n"
      "    return\n"
      "  fi\n"
      "  local name=$words[2]\n"
      "  shift words\n"
      "  (( CURRENT-- ))\n";
  for (const auto& [first, seconds] : families(commands))
    out += fmt::format(
        "  if [[ $name == {} ]]; then\n"
        "    if (( CURRENT == 2 )); then\n"
        "      compadd {}\n"
        "      return\n"
        "    fi\n"
        "    name=\"$name $words[2]\"\n"
        "    shift words\n"
        "    (( CURRENT-- ))\n"
        "  fi\n",
        first, joined(seconds, " "));
  out += "  case $name in\n";
  for (const Command& c : commands) {
    out += fmt::format("    '{}')\n      _arguments '--help[explains the command]'", c.name);
    for (const Parameter& p : flags_of(c))
      for (const std::string& name : split_names(p)) {
        out +=
            fmt::format(" \\\n        '{}{}[{}]", p.repeats ? "*" : "", name, zsh_escaped(p.help));
        out += p.is_switch() ? "'" : fmt::format(":{}:{}'", p.value, zsh_values(p));
      }
    for (const Parameter& p : c.arguments) {
      const char* places = p.repeats ? "*" : "";
      out += fmt::format(" \\\n        '{}:{}:{}'", places, p.names, zsh_values(p));
    }
    out += "\n      ;;\n";
  }
  out += "  esac\n}\n_kindred \"$@\"\n";
  return out;
}

std::string fish_script(const std::vector<Command>& commands) {
  std::string out =
      "# fish completion for kindred; save as kindred.fish in ~/.config/fish/completions\n";
  for (const std::string& word : first_words(commands))
    out += fmt::format("complete -c kindred -n __fish_use_subcommand -f -a {}\n", word);
  for (const auto& [first, seconds] : families(commands))
    out += fmt::format("complete -c kindred -n '__fish_seen_subcommand_from {}' -f -a '{}'\n",
                       first, joined(seconds, " "));
  for (const Command& c : commands)
    for (const Parameter& p : flags_of(c)) {
      std::string seen = "__fish_seen_subcommand_from " + c.name;
      if (const std::size_t space = seen.rfind(' '); c.name.find(' ') != std::string::npos)
        seen.replace(space, 1, "; and __fish_seen_subcommand_from ");
      out += fmt::format("complete -c kindred -n '{}'", seen);
      for (const std::string& name : split_names(p))
        out += name.rfind("--", 0) == 0 ? " -l " + name.substr(2) : " -s " + name.substr(1);
      if (!p.choices.empty())
        out += fmt::format(" -x -a '{}'", joined(p.choices, " "));
      else if (!p.is_switch() && p.completes == Completes::nothing)
        out += " -x";
      else if (!p.is_switch())
        out += " -r";
      out += fmt::format(" -d '{}'\n", quoted(p.help));
    }
  return out;
}

}  // namespace

Command completion_command() {
  auto shell = std::make_shared<std::string>();
  Command c;
  c.name = "completion";
  c.summary = "a completion script for your shell";
  c.description =
      "Prints a script that completes commands, flags and their values. Packages install it; to "
      "try "
      "it at once, load it into the running shell.";
  c.arguments = {argument("SHELL", "for which shell", shell.get())
                     .one_of({"bash", "zsh", "fish"})
                     .must_be_given()};
  c.examples = {{"bash, for this session", "source <(kindred completion bash)"},
                {"zsh, for good", "kindred completion zsh > ~/.zfunc/_kindred"}};
  c.run = [shell] {
    const std::vector<Command> commands = all_commands();
    write_out(*shell == "bash"  ? bash_script(commands)
              : *shell == "zsh" ? zsh_script(commands)
                                : fish_script(commands));
  };
  return c;
}

}  // namespace kindred::cli
