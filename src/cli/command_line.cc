#include "cli/command_line.h"

#include <getopt.h>

#include <algorithm>
#include <deque>
#include <string_view>

#include "base/error.h"
#include "io/same_file.h"

namespace kindred::cli {
namespace {

// The longest of its names, as it is written on a command line.
std::string shown(const Parameter& p) {
  return p.names.front() == '-' ? "--" + p.key() : p.names;
}

// What getopt_long returns for the first flag with a long name; short ones give their letter.
constexpr int kFirstLong = 256;

/// A command's flags as getopt_long wants them.
class Options {
 public:
  explicit Options(const Command& command) {
    add("h,help", nullptr, no_argument);
    for (const Group& group : command.groups)
      for (const Parameter& p : group.flags)
        add(p.names, &p, p.is_switch() ? no_argument : required_argument);
    for (const Name& name : names_)
      if (name.text.size() > 1)
        long_.push_back({name.text.c_str(), name.kind, nullptr, name.value});
    long_.push_back({});
  }

  const char* short_names() const { return short_.c_str(); }
  const option* long_names() const { return long_.data(); }
  /// Of what getopt_long returned: null for help.
  const Parameter* parameter(int value) const { return find(value).parameter; }
  /// False where a word gave only the beginning of a name, which getopt_long takes for the name.
  bool is_whole(int value, std::string_view word) const {
    const std::string& name = find(value).text;
    return name.size() == 1 || word.substr(0, word.find('=')) == "--" + name;
  }

 private:
  struct Name {
    std::string text;
    const Parameter* parameter;
    int kind;
    int value;
  };

  void add(std::string_view names, const Parameter* parameter, int kind) {
    for (std::size_t begin = 0; begin < names.size();) {
      const std::size_t end = std::min(names.find(',', begin), names.size());
      std::string text(names.substr(begin, end - begin));
      text.erase(0, text.find_first_not_of('-'));
      const bool is_short = text.size() == 1;
      if (is_short) short_ += kind == required_argument ? text + ':' : text;
      const int value = is_short ? text[0] : kFirstLong + static_cast<int>(names_.size());
      names_.push_back({std::move(text), parameter, kind, value});
      begin = end + 1;
    }
  }

  const Name& find(int value) const {
    return *std::find_if(names_.begin(), names_.end(),
                         [&](const Name& name) { return name.value == value; });
  }

  std::deque<Name> names_;  // whose texts stay where they are
  // '-': arguments are given in their place, as values of the option 1; ':': a missing value is
  // told apart from an unknown name.
  std::string short_ = "-:";
  std::vector<option> long_;
};

class Matcher {
 public:
  Matcher(const Command& command, std::span<const char* const> words)
      : command_(command), options_(command), words_(words.begin(), words.end()) {}

  std::optional<std::vector<Given>> run() {
    constexpr int kArgument = 1;
    words_.insert(words_.begin(), command_.name.c_str());
    words_.push_back(nullptr);
    char** argv = const_cast<char**>(words_.data());  // with '-' they are left as they are
    const int count = static_cast<int>(words_.size()) - 1;
    opterr = 0;
    optind = 0;  // glibc: start anew
    for (;;) {
      const std::size_t at = optind == 0 ? 1 : static_cast<std::size_t>(optind);
      const int found =
          getopt_long(count, argv, options_.short_names(), options_.long_names(), nullptr);
      if (found == -1) break;
      if (found == kArgument) {
        take_argument(optarg);
      } else if (found == '?' || found == ':') {
        refuse_word(found, words_[at]);
      } else {
        if (!options_.is_whole(found, words_[at])) refuse_unknown(words_[at]);
        const Parameter* p = options_.parameter(found);
        if (p == nullptr) return std::nullopt;
        take_flag(*p, found);
      }
    }
    for (; optind < count; ++optind) take_argument(words_[static_cast<std::size_t>(optind)]);
    check_complete();
    return std::move(given_);
  }

 private:
  template <typename... Args>
  [[noreturn]] void refuse(fmt::format_string<Args...> format, Args&&... args) const {
    fail(ErrorKind::bad_input, "{} (usage: {}; 'kindred {} --help' explains)",
         fmt::format(format, std::forward<Args>(args)...), usage(command_), command_.name);
  }

  [[noreturn]] void refuse_unknown(std::string_view word) const {
    const bool is_long = word.starts_with("--");
    refuse("there is no flag {}; a text that begins with '-' goes behind '--'",
           is_long ? std::string(word.substr(0, word.find('=')))
                   : std::string("-") + static_cast<char>(optopt));
  }

  // getopt_long leaves in optopt which one it was, 0 for a long name that it does not know.
  [[noreturn]] void refuse_word(int found, std::string_view word) const {
    const bool known = optopt >= kFirstLong || (found == ':' && optopt != 0);
    if (!known) refuse_unknown(word);
    const Parameter* p = options_.parameter(optopt);
    if (p != nullptr && found == ':') refuse("{} needs a value ({})", shown(*p), p->value);
    refuse("{} takes no value", p == nullptr ? "--help" : shown(*p));
  }

  void add(const Parameter& p, std::string_view value) {
    const bool again = std::any_of(given_.begin(), given_.end(),
                                   [&](const Given& g) { return g.parameter == &p; });
    if (again && !p.repeats && !p.is_switch()) refuse("{} is given twice", shown(p));
    given_.push_back({&p, std::string(value)});
  }

  void take_flag(const Parameter& p, int found) {
    std::string_view value = optarg == nullptr ? "" : optarg;
    // -k=b, as many write it; `-k =b` stays "=b".
    const bool in_one_word = optarg != words_[static_cast<std::size_t>(optind) - 1];
    if (found < kFirstLong && in_one_word && value.starts_with('=')) value.remove_prefix(1);
    add(p, value);
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
  const Options options_;
  std::vector<const char*> words_;
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
