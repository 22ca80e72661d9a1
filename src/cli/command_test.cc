// The table of flags: what it parses, refuses and prints.
#include "cli/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "io/temp_directory.h"
#include "kindred/error.h"

namespace kindred::cli {
namespace {

struct Parsed {
  std::string file;
  std::string kind = "a";
  int threads = 1;
  std::vector<std::string> texts;
  std::optional<bool> normalize;
  std::string one, output, report;
  bool ran = false;
};

std::vector<Command> sample(Parsed& p) {
  Command c;
  c.name = "do";
  c.summary = "does it";
  c.description = "At length.";
  c.arguments = {argument("FILE", "a file", &p.file).must_be_given().completed_by(Completes::file)};
  auto& flags = c.group("Flags").flags;
  flags.push_back(flag("-k,--kind", "KIND", "which", &p.kind).one_of({"a", "b"}));
  flags.push_back(flag("--threads", "N", "how many", &p.threads));
  flags.push_back(flag("--text", "TEXT", "several", &p.texts));
  flags.push_back(toggle("--normalize", "yes", &p.normalize, true));
  flags.push_back(toggle("--no-normalize", "no", &p.normalize, false));
  flags.push_back(flag("--one", "X", "without a kind", &p.one).not_with({"kind"}));
  flags.push_back(
      flag("-o,--output", "OUT", "writes", &p.output).completed_by(Completes::file).written());
  flags.push_back(
      flag("--report", "OUT", "writes", &p.report).completed_by(Completes::file).written());
  c.run = [&p] { p.ran = true; };
  return {c};
}

Parsed parse(std::vector<const char*> words) {
  Parsed p;
  std::vector<Command> commands = sample(p);
  words.insert(words.begin(), {"kindred", "do"});
  dispatch(commands, static_cast<int>(words.size()), words.data());
  return p;
}

/// The one line with which a command line is refused, or "accepted".
std::string message(std::vector<const char*> words) {
  try {
    parse(std::move(words));
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::bad_input);
    EXPECT_EQ(std::string(e.what()).find('\n'), std::string::npos);
    return e.what();
  }
  return "accepted";
}

TEST(Command, ParsesFlagsAnywhere) {
  const Parsed p = parse(
      {"--text", "x y", "-k", "b", "in.txt", "--threads=4", "--text", "-z", "--no-normalize"});
  EXPECT_TRUE(p.ran);
  EXPECT_EQ(p.file, "in.txt");
  EXPECT_EQ(p.kind, "b");
  EXPECT_EQ(p.threads, 4);
  EXPECT_THAT(p.texts, testing::ElementsAre("x y", "-z"));
  EXPECT_EQ(p.normalize, false);
  EXPECT_EQ(parse({"-"}).file, "-");
}

TEST(Command, RefusesWithOneLineThatNamesTheFlag) {
  EXPECT_THAT(message({"in", "--kind", "c"}), testing::HasSubstr("--kind: 'c' is not one of a, b"));
  EXPECT_THAT(message({"in", "--threads", "two"}),
              testing::HasSubstr("'two' is not a whole number"));
  EXPECT_THAT(message({"in", "--colour"}), testing::HasSubstr("--colour"));
  EXPECT_THAT(message({}), testing::HasSubstr("FILE"));
  EXPECT_THAT(message({"in", "out"}), testing::HasSubstr("out"));
  EXPECT_THAT(message({"in", "--kind"}), testing::HasSubstr("--kind needs a value"));
  EXPECT_THAT(message({"in", "-k", "a", "--kind=b"}), testing::HasSubstr("--kind is given twice"));
  EXPECT_THAT(message({"in", "--normalize=no"}), testing::HasSubstr("takes no value"));
  EXPECT_THAT(message({"in", "--threads", ""}), testing::HasSubstr("not a whole number"));
  EXPECT_THAT(message({"-x"}), testing::HasSubstr("behind '--'"));
}

// Whatever a text looks like: a list, a quotation, a flag, a line of a configuration file.
TEST(Command, AWordIsOneValue) {
  for (const char* word :
       {"[NEW] red shoes, size [42]", "[1,2,3]", "[a]", "[]", "{}", "%%", "", " ", "\"a b\"", "'",
        "a,b", "a;b", "a=b", "file=x", "\\n", "$HOME", "*", "\xff\xfe", "-"}) {
    EXPECT_EQ(parse({word}).file, word);
    EXPECT_THAT(parse({"f", "--text", word}).texts, testing::ElementsAre(word));
    EXPECT_THAT(parse({"f", (std::string("--text=") + word).c_str()}).texts,
                testing::ElementsAre(word));
    EXPECT_EQ(parse({"--", word}).file, word);
  }
  for (const char* word : {"--help", "-h", "-5", "--text", "--", "-k"}) {
    EXPECT_EQ(parse({"--", word}).file, word);
    EXPECT_THAT(parse({"f", "--text", word}).texts, testing::ElementsAre(word));
  }
  EXPECT_EQ(parse({"f", "-kb"}).kind, "b");
  EXPECT_EQ(parse({"f", "-k=b"}).kind, "b");
}

TEST(Command, ContradictionsAreNamed) {
  EXPECT_EQ(message({"f", "--normalize", "--no-normalize"}),
            "--normalize and --no-normalize exclude each other; give one of them");
  EXPECT_EQ(message({"f", "--one", "a", "-k", "b"}),
            "--one and --kind exclude each other; give one of them");
  EXPECT_EQ(message({"f", "--normalize", "--normalize"}), "accepted");
}

TEST(Command, WhatIsReadIsNotWritten) {
  const io::TempDirectory directory;
  const std::string file = directory.write("a", "x");
  const std::string dotted = directory.file("./a"), other = directory.file("b");
  EXPECT_THAT(message({file.c_str(), "-o", dotted.c_str()}),
              testing::HasSubstr("would be replaced"));
  EXPECT_EQ(message({file.c_str(), "-o", other.c_str()}), "accepted");
  EXPECT_THAT(message({file.c_str(), "-o", other.c_str(), "--report", other.c_str()}),
              testing::HasSubstr("--output and --report are the same file"));
}

// So that no command replaces what it reads: every path is known as such, and what is written too.
TEST(Command, EveryPathIsKnownAsReadOrWritten) {
  const std::set<std::string> paths{"FILE", "OUT", "FOLDER", "DIR", "LABELS", "SHOP", "MODEL"};
  const std::set<std::string> outputs{"output", "calibrate", "distances", "report", "duplicates"};
  for (const Command& c : all_commands()) {
    std::vector<Parameter> all = c.arguments;
    for (const Group& g : c.groups) all.insert(all.end(), g.flags.begin(), g.flags.end());
    for (const Parameter& p : all) {
      const std::string what = c.name + " " + p.names;
      const bool is_path = paths.count(p.value) || p.writes;
      EXPECT_TRUE(!is_path || p.completes != Completes::nothing) << what;
      EXPECT_TRUE(p.writes || !outputs.count(p.key())) << what;
      for (const std::string& key : p.excluded)
        EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](auto& o) { return o.key() == key; }))
            << what << " excludes the unknown " << key;
    }
  }
}

TEST(Command, HelpShowsChoicesAndDefaults) {
  Parsed p;
  const std::string help = command_help(sample(p)[0]);
  EXPECT_THAT(help, testing::HasSubstr("Usage: kindred do FILE [options]"));
  EXPECT_THAT(help, testing::HasSubstr("which (a, b) [default: a]"));
}

TEST(Command, EveryCommandIsExplained) {
  std::set<std::string> names;
  for (const Command& c : all_commands()) {
    EXPECT_TRUE(names.insert(c.name).second) << c.name;
    EXPECT_FALSE(c.summary.empty()) << c.name;
    EXPECT_FALSE(c.description.empty()) << c.name;
    EXPECT_TRUE(c.examples.size() > 0) << c.name;
    std::set<std::string> flags;  // all spellings without dashes: -c and --c would be one
    for (const Group& g : c.groups)
      for (const Parameter& p : g.flags) {
        std::istringstream spellings(p.names);
        for (std::string one; std::getline(spellings, one, ',');)
          EXPECT_TRUE(flags.insert(one.substr(one.find_first_not_of('-'))).second)
              << c.name << " " << p.names;
        EXPECT_FALSE(p.help.empty()) << c.name << " " << p.names;
      }
  }
  for (const char* name :
       {"embed", "similar", "compare", "tokenize", "tokens", "inspect", "bench", "quantize", "idf",
        "generate", "index build", "index search", "completion", "man", "version"})
    EXPECT_TRUE(names.count(name)) << name;
}

}  // namespace
}  // namespace kindred::cli
