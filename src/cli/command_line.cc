#include "cli/command_line.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "base/error.h"
#include "io/same_file.h"

namespace kindred::cli {
namespace {

bool has_name(const Parameter& p, std::string_view name) {
  std::string_view names = p.names;
  while (!names.empty()) {
    const std::size_t comma = std::min(names.find(','), names.size());
    if (names.substr(0, comma) == name) return true;
    names.remove_prefix(std::min(comma + 1, names.size()));
  }
  return false;
}

// The longest of its names, as it is written on a command line.
std::string shown(const Parameter& p) {
  return p.names.front() == '-' ? "--" + p.key() : p.names;
}

class Matcher {
 public:
  Matcher(const Command& command, std::span<const char* const> words)
      : command_(command), words_(words) {}

  std::optional<std::vector<Given>> run() {
    bool flags_end = false;
    while (at_ < words_.size()) {
      const std::string_view word = words_[at_++];
      if (flags_end || word.size() < 2 || word[0] != '-') {
        take_argument(word);
      } else if (word == "--") {
        flags_end = true;
      } else if (word == "--help" || word == "-h") {
        return std::nullopt;
      } else if (word[1] == '-') {
        take_long(word);
      } else {
        take_short(word);
      }
    }
    check_complete();
    return std::move(given_);
  }

 private:
  template <typename... Args>
  [[noreturn]] void refuse(fmt::format_string<Args...> format, Args&&... args) const {
    fail(ErrorKind::bad_input, "{} (usage: {}; 'kindred {} --help' explains)",
         fmt::format(format, std::forward<Args>(args)...), usage(command_), command_.name);
  }

  const Parameter& flag_named(std::string_view name) const {
    for (const Group& group : command_.groups)
      for (const Parameter& p : group.flags)
        if (has_name(p, name)) return p;
    refuse("there is no flag {}; a text that begins with '-' goes behind '--'", name);
  }

  void add(const Parameter& p, std::string_view value) {
    const bool again = std::any_of(given_.begin(), given_.end(),
                                   [&](const Given& g) { return g.parameter == &p; });
    if (again && !p.repeats && !p.is_switch()) refuse("{} is given twice", shown(p));
    given_.push_back({&p, std::string(value)});
  }

  std::string_view next_word(const Parameter& p) {
    if (at_ == words_.size()) refuse("{} needs a value ({})", shown(p), p.value);
    return words_[at_++];
  }

  void take_long(std::string_view word) {
    const std::size_t equals = word.find('=');
    const Parameter& p = flag_named(word.substr(0, equals));
    if (equals == std::string_view::npos) return add(p, p.is_switch() ? "" : next_word(p));
    if (p.is_switch()) refuse("{} takes no value", shown(p));
    add(p, word.substr(equals + 1));
  }

  // -k 5, -k5, -k=5, and switches in one word: -qk5.
  void take_short(std::string_view word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      const Parameter& p = flag_named(std::string("-") + word[i]);
      if (p.is_switch()) {
        add(p, "");
        continue;
      }
      std::string_view value = word.substr(i + 1);
      if (value.starts_with('=')) value.remove_prefix(1);
      return add(p, i + 1 == word.size() ? next_word(p) : value);
    }
  }

  void take_argument(std::string_view word) {
    if (argument_ == command_.arguments.size()) {
      refuse("'{}' is one argument too many{}", word,
             command_.arguments.empty() ? "" : "; a text with blanks stands in quotes");
    }
    const Parameter& p = command_.arguments[argument_];
    add(p, word);
    if (!p.repeats) ++argument_;
  }

  void check_given(const Parameter& p) const {
    const auto same = [&](const Given& g) { return g.parameter == &p; };
    if (p.required && std::none_of(given_.begin(), given_.end(), same))
      refuse("{} is required", p.names.front() == '-' ? shown(p) + ' ' + p.value : p.names);
  }

  void check_complete() const {
    for (const Parameter& p : command_.arguments) check_given(p);
    for (const Group& group : command_.groups)
      for (const Parameter& p : group.flags) check_given(p);
  }

  const Command& command_;
  std::span<const char* const> words_;
  std::size_t at_ = 0;
  std::size_t argument_ = 0;
  std::vector<Given> given_;
};

bool excludes(const Parameter& a, const Parameter& b) {
  return std::find(a.excluded.begin(), a.excluded.end(), b.key()) != a.excluded.end() ||
         (a.is_switch() && b.key() == "no-" + a.key());
}

// Standard input where it is a file that was redirected.
constexpr const char* kStandardInput = "/dev/stdin";

void check_write(const Given& out, const Given& other) {
  if (other.parameter->completes == Completes::nothing) return;
  if (other.parameter->writes) {
    if (out.parameter < other.parameter && io::is_same_place(out.value, other.value))
      fail(ErrorKind::bad_input, "{} and {} are the same file, {}; name two", shown(*out.parameter),
           shown(*other.parameter), out.value);
    return;
  }
  io::refuse_overwriting(out.value, other.value == "-" ? kStandardInput : other.value,
                         other.parameter->completes == Completes::model ? io::DirectoryHolds::model
                                                                        : io::DirectoryHolds::data);
}

}  // namespace

std::optional<std::vector<Given>> parse_command_line(const Command& command,
                                                     std::span<const char* const> words) {
  return Matcher(command, words).run();
}

void check_together(const std::vector<Given>& given) {
  for (const Given& a : given)
    for (const Given& b : given)
      if (excludes(*a.parameter, *b.parameter))
        fail(ErrorKind::bad_input, "{} and {} exclude each other; give one of them",
             shown(*a.parameter), shown(*b.parameter));
  for (const Given& out : given) {
    if (!out.parameter->writes) continue;
    for (const Given& other : given) check_write(out, other);
    io::refuse_overwriting(out.value, kStandardInput);
  }
}

}  // namespace kindred::cli
