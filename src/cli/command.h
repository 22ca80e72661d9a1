// A command as a table: arguments, flags and examples, from which parsing, --help, shell completion
// and man pages all follow. Tested by command_test.cc and cli_test.cc.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace kindred::cli {

/// What a shell should offer for a value.
enum class Completes { nothing, file, directory, model };

/// One flag or positional argument. Made by `flag`, `toggle` and `argument` below.
struct Parameter {
  std::string names;     ///< "-o,--output", or "MODEL" for an argument
  std::string value;     ///< what a value is called in help, "FILE"; empty: a switch without value
  std::string help;      ///< one or two sentences, no full stop needed
  std::string fallback;  ///< the default as shown in help, empty: none
  std::vector<std::string> choices;  ///< the only values allowed, empty: any
  Completes completes = Completes::nothing;
  bool required = false;
  bool repeats = false;
  bool writes = false;                ///< its value is a path that the command writes
  std::vector<std::string> excluded;  ///< keys of flags that contradict it
  std::function<void(const std::string&)>
      set;  ///< parses one value ("" for a switch). Errors: bad_input

  Parameter& one_of(std::vector<std::string> allowed);
  Parameter& completed_by(Completes what);
  /// The path is written: a file that another parameter names to be read is never replaced.
  Parameter& written();
  /// Contradicts the flags of these keys, either way round. `--x` and `--no-x` do so by their
  /// names.
  Parameter& not_with(std::vector<std::string> keys);
  Parameter& must_be_given();
  Parameter& shown_default(std::string text);

  /// The name without dashes, the longest one: "output".
  std::string key() const;
  bool is_switch() const { return value.empty(); }
};

/// A heading in --help with the flags below it.
struct Group {
  std::string title;
  std::vector<Parameter> flags;
};

struct Example {
  std::string says;
  std::string line;
};

struct Command {
  std::string name;         ///< one word, or two: "index build"
  std::string summary;      ///< one line without full stop
  std::string description;  ///< paragraphs separated by blank lines
  std::vector<Parameter> arguments;
  std::vector<Group> groups;
  std::vector<Example> examples;
  std::function<void()> run;

  std::string dashed() const;              ///< "index-build"
  Group& group(const std::string& title);  ///< the group of that title, made when there is none
};

/// A positional argument.
Parameter argument(const std::string& name, std::string help, std::string* target);
Parameter argument(const std::string& name, std::string help, std::vector<std::string>* target);

/// A flag with a value; the target's present value is its default.
Parameter flag(std::string names, std::string value, std::string help, std::string* target);
Parameter flag(std::string names, std::string value, std::string help, int* target);
Parameter flag(std::string names, std::string value, std::string help, std::size_t* target);
Parameter flag(std::string names, std::string value, std::string help, double* target);
Parameter flag(std::string names, std::string value, std::string help,
               std::optional<std::string>* target);
Parameter flag(std::string names, std::string value, std::string help,
               std::optional<std::size_t>* target);
Parameter flag(std::string names, std::string value, std::string help,
               std::vector<std::string>* target);
Parameter flag(std::string names, std::string value, std::string help,
               std::vector<std::size_t>* target);

/// A switch: sets the target to `to`.
Parameter toggle(std::string names, std::string help, bool* target, bool to = true);
Parameter toggle(std::string names, std::string help, std::optional<bool>* target, bool to);

/// All commands of the program, in the order of --help.
std::vector<Command> all_commands();

/// The text of `kindred --help` and of `kindred COMMAND --help`.
std::string program_help(const std::vector<Command>& commands);
std::string command_help(const Command& command);
/// A parameter's help with its choices and default.
std::string explained(const Parameter& parameter);
/// "kindred embed MODEL [FILE] -o OUT [options]".
std::string usage(const Command& command);

/// Parses `argc` and `argv` and runs the command. Errors: bad_input for a wrong command line.
void dispatch(std::vector<Command>& commands, int argc, const char* const* argv);

}  // namespace kindred::cli
