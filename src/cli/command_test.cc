// The table of flags: what it parses, refuses and prints.
#include "cli/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "kindred/error.h"

namespace kindred::cli {
namespace {

struct Parsed {
  std::string file;
  std::string kind = "a";
  int threads = 1;
  std::vector<std::string> texts;
  std::optional<bool> normalize;
  bool ran = false;
};

std::vector<Command> sample(Parsed& p) {
  Command c;
  c.name = "do";
  c.summary = "does it";
  c.description = "At length.";
  c.arguments = {argument("FILE", "a file", &p.file).must_be_given()};
  auto& flags = c.group("Flags").flags;
  flags.push_back(flag("-k,--kind", "KIND", "which", &p.kind).one_of({"a", "b"}));
  flags.push_back(flag("--threads", "N", "how many", &p.threads));
  flags.push_back(flag("--text", "TEXT", "several", &p.texts));
  flags.push_back(toggle("--normalize", "yes", &p.normalize, true));
  flags.push_back(toggle("--no-normalize", "no", &p.normalize, false));
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
  const auto message = [](std::vector<const char*> words) {
    try {
      parse(std::move(words));
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::bad_input);
      EXPECT_EQ(std::string(e.what()).find('\n'), std::string::npos);
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  EXPECT_THAT(message({"in", "--kind", "c"}), testing::HasSubstr("--kind: 'c' is not one of a, b"));
  EXPECT_THAT(message({"in", "--threads", "two"}),
              testing::HasSubstr("'two' is not a whole number"));
  EXPECT_THAT(message({"in", "--colour"}), testing::HasSubstr("--colour"));
  EXPECT_THAT(message({}), testing::HasSubstr("FILE"));
  EXPECT_THAT(message({"in", "out"}), testing::HasSubstr("out"));
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
    std::set<std::string> flags;
    for (const Group& g : c.groups)
      for (const Parameter& p : g.flags) {
        EXPECT_TRUE(flags.insert(p.key()).second) << c.name << " " << p.names;
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
