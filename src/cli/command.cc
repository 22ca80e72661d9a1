#include "cli/command.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <span>
#include <string_view>

#include "base/error.h"
#include "cli/command_line.h"
#include "cli/console.h"

namespace kindred::cli {
namespace {

template <typename Number>
Number parse_number(const std::string& names, const std::string& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    fail(ErrorKind::bad_input, "{}: '{}' is not a {}number{}", names, text,
         std::is_integral_v<Number> ? "whole " : "",
         std::is_unsigned_v<Number> ? " of 0 or more" : "");
  return number;
}

template <typename Target, typename Parse>
Parameter value_flag(std::string names, std::string value, std::string help, Target* target,
                     const Parse& parse) {
  Parameter p;
  p.names = std::move(names);
  p.value = std::move(value);
  p.help = std::move(help);
  p.set = [target, parse, shown = p.names](const std::string& text) {
    *target = parse(shown, text);
  };
  return p;
}

std::string as_text(const std::string&, const std::string& text) {
  return text;
}

void check_choice(const Parameter& p, const std::string& text) {
  if (p.choices.empty() || std::find(p.choices.begin(), p.choices.end(), text) != p.choices.end())
    return;
  fail(ErrorKind::bad_input, "{}: '{}' is not one of {}", p.names, text,
       fmt::format("{}", fmt::join(p.choices, ", ")));
}

const Command* find(const std::vector<Command>& commands, std::string_view name) {
  const auto it = std::find_if(commands.begin(), commands.end(),
                               [&](const Command& c) { return c.name == name; });
  return it == commands.end() ? nullptr : &*it;
}

// The command that argv[1], or argv[1] and argv[2] together, name.
const Command* find_named(const std::vector<Command>& commands, int argc, const char* const* argv) {
  const std::string first = std::string_view(argv[1]) == "--version" ? "version" : argv[1];
  if (argc > 2) {
    if (const Command* both = find(commands, first + ' ' + argv[2])) return both;
  }
  return find(commands, first);
}

[[noreturn]] void fail_unknown(const std::vector<Command>& commands, const std::string& name,
                               int argc, const char* const* argv) {
  std::vector<std::string> seconds;
  for (const Command& c : commands) {
    if (c.name.starts_with(name + ' ')) seconds.push_back(c.name.substr(name.size() + 1));
  }
  if (seconds.empty()) {
    fail(ErrorKind::bad_input, "there is no command '{}'; 'kindred --help' lists them all", name);
  }
  fail(ErrorKind::bad_input, "'kindred {}' {}; it is one of {}", name,
       argc > 2 ? fmt::format("does not know '{}'", argv[2]) : "needs a second word",
       fmt::format("{}", fmt::join(seconds, ", ")));
}

}  // namespace

Parameter& Parameter::one_of(std::vector<std::string> allowed) {
  choices = std::move(allowed);
  return *this;
}

Parameter& Parameter::completed_by(Completes what) {
  completes = what;
  return *this;
}

Parameter& Parameter::written() {
  writes = true;
  return *this;
}

Parameter& Parameter::not_with(std::vector<std::string> keys) {
  excluded = std::move(keys);
  return *this;
}

Parameter& Parameter::must_be_given() {
  required = true;
  return *this;
}

Parameter& Parameter::shown_default(std::string text) {
  fallback = std::move(text);
  return *this;
}

std::string Parameter::key() const {
  const std::size_t comma = names.rfind(',');
  const std::string last = comma == std::string::npos ? names : names.substr(comma + 1);
  const std::size_t begin = last.find_first_not_of('-');
  return begin == std::string::npos ? last : last.substr(begin);
}

std::string Command::dashed() const {
  std::string text = name;
  std::replace(text.begin(), text.end(), ' ', '-');
  return text;
}

Group& Command::group(const std::string& title) {
  for (Group& g : groups)
    if (g.title == title) return g;
  groups.push_back({title, {}});
  return groups.back();
}

Parameter argument(const std::string& name, std::string help, std::string* target) {
  Parameter p = flag(name, name, std::move(help), target);
  p.fallback.clear();
  return p;
}

Parameter argument(const std::string& name, std::string help, std::vector<std::string>* target) {
  return flag(name, name, std::move(help), target);
}

Parameter flag(std::string names, std::string value, std::string help, std::string* target) {
  Parameter p = value_flag(std::move(names), std::move(value), std::move(help), target, as_text);
  p.fallback = *target;
  return p;
}

Parameter flag(std::string names, std::string value, std::string help, int* target) {
  Parameter p =
      value_flag(std::move(names), std::move(value), std::move(help), target, parse_number<int>);
  p.fallback = std::to_string(*target);
  return p;
}

Parameter flag(std::string names, std::string value, std::string help, std::size_t* target) {
  Parameter p = value_flag(std::move(names), std::move(value), std::move(help), target,
                           parse_number<std::size_t>);
  p.fallback = std::to_string(*target);
  return p;
}

Parameter flag(std::string names, std::string value, std::string help, double* target) {
  Parameter p = value_flag(std::move(names), std::move(value), std::move(help), target,
                           parse_number<double>);
  p.fallback = fmt::format("{}", *target);
  return p;
}

Parameter flag(std::string names, std::string value, std::string help,
               std::optional<std::string>* target) {
  return value_flag(std::move(names), std::move(value), std::move(help), target, as_text);
}

Parameter flag(std::string names, std::string value, std::string help,
               std::optional<std::size_t>* target) {
  return value_flag(std::move(names), std::move(value), std::move(help), target,
                    parse_number<std::size_t>);
}

Parameter flag(std::string names, std::string value, std::string help,
               std::vector<std::string>* target) {
  Parameter p;
  p.names = std::move(names);
  p.value = std::move(value);
  p.help = std::move(help);
  p.repeats = true;
  p.set = [target](const std::string& text) { target->push_back(text); };
  return p;
}

Parameter flag(std::string names, std::string value, std::string help,
               std::vector<std::size_t>* target) {
  Parameter p;
  p.names = std::move(names);
  p.value = std::move(value);
  p.help = std::move(help);
  p.repeats = true;
  p.set = [target, shown = p.names](const std::string& text) {
    target->push_back(parse_number<std::size_t>(shown, text));
  };
  return p;
}

Parameter toggle(std::string names, std::string help, bool* target, bool to) {
  Parameter p;
  p.names = std::move(names);
  p.help = std::move(help);
  p.set = [target, to](const std::string&) { *target = to; };
  return p;
}

Parameter toggle(std::string names, std::string help, std::optional<bool>* target, bool to) {
  Parameter p;
  p.names = std::move(names);
  p.help = std::move(help);
  p.set = [target, to](const std::string&) { *target = to; };
  return p;
}

void dispatch(std::vector<Command>& commands, int argc, const char* const* argv) {
  const std::string name = argc > 1 ? argv[1] : "--help";
  if (name == "--help" || name == "-h" || name == "help") {
    const Command* about = argc > 2 ? find_named(commands, argc - 1, argv + 1) : nullptr;
    print("{}", about ? command_help(*about) : program_help(commands));
    return;
  }
  const Command* command = find_named(commands, argc, argv);
  if (!command) fail_unknown(commands, name, argc, argv);
  const int words = command->name.find(' ') == std::string::npos ? 1 : 2;
  argc -= words;
  argv += words;
  const auto given =
      parse_command_line(*command, std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
  if (!given) {
    print("{}", command_help(*command));
    return;
  }
  for (const Given& g : *given) {
    check_choice(*g.parameter, g.value);
    g.parameter->set(g.value);
  }
  check_together(*given);
  command->run();
}

}  // namespace kindred::cli
