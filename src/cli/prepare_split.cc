// kindred prepare split: a data set in splits that share nothing.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/pair_flags.h"
#include "io/atomic_file.h"
#include "io/file.h"
#include "io/partial_directory.h"
#include "prepare/pair_files.h"
#include "prepare/split.h"

namespace kindred::cli {
namespace {

struct State {
  std::vector<std::string> files, shares, kinds;
  PairFlags pairs;
  prepare::SplitOptions split;
  std::string output;
  std::size_t seed = 1;
  bool json = false;
  bool quiet = false;
};

// Writes NAME.jsonl for each split into a new directory, which appears whole.
void write_splits(const State& s, const prepare::SplitPlan& plan,
                  const std::function<std::unique_ptr<prepare::ExampleSource>()>& open) {
  io::PartialDirectory directory(s.output);
  std::vector<io::AtomicFile> files;
  for (const auto& [name, share] : s.split.shares)
    files.push_back(io::AtomicFile::create(io::join_path(directory.path(), name + ".jsonl")));
  std::size_t number = 0;
  const auto source = open();
  for (prepare::SourceRow row; source->next(row);) {
    for (const prepare::Example& example : row.examples) {
      if (number == plan.split_of.size())
        fail(ErrorKind::bad_input, "{}: the files grew while they were read", row.file);
      files[plan.split_of[number++]].write(prepare::to_json(example) + '\n');
    }
  }
  for (io::AtomicFile& file : files) file.commit();
  directory.commit();
}

void run_split(State& s) {
  if (!s.shares.empty()) {
    s.split.shares.clear();
    for (const std::string& text : s.shares) {
      const auto [name, share] = parse_assignment("--share", text, "train=0.8");
      if (name.find('/') != std::string::npos)
        fail(ErrorKind::bad_input, "--share {}: a split's name becomes that of its file", text);
      s.split.shares.emplace_back(name, parse_number("--share", share));
    }
  }
  if (!s.kinds.empty()) {
    s.split.leaks.kinds.clear();
    for (const std::string& kind : s.kinds)
      s.split.leaks.kinds.push_back(prepare::parse_leak_kind(kind));
  }
  s.split.seed = s.seed;
  const prepare::PairOptions options = s.pairs.options();
  const auto open = [&] { return std::make_unique<prepare::PairFiles>(s.files, options); };
  Progress progress(s.quiet ? nullptr : stderr, "split", "examples");
  const prepare::SplitPlan plan = prepare::plan_split(open, s.split, progress);
  progress.finish();
  if (plan.split_of.empty())
    fail(ErrorKind::bad_input, "{}: there are no examples to split", s.files.front());
  write_splits(s, plan, open);
  if (s.json) {
    nlohmann::ordered_json json{{"examples", plan.split_of.size()},
                                {"components", plan.components},
                                {"largest_component", plan.largest}};
    for (std::size_t i = 0; i < s.split.shares.size(); ++i)
      json["splits"][s.split.shares[i].first] = plan.examples[i];
    return print_json(json);
  }
  if (s.quiet) return;
  for (std::size_t i = 0; i < s.split.shares.size(); ++i) {
    print(
        "{:12} {} examples ({:.1f}%)\n", s.split.shares[i].first, with_thousands(plan.examples[i]),
        100.0 * static_cast<double>(plan.examples[i]) / static_cast<double>(plan.split_of.size()));
  }
  print("{} parts that share nothing; the largest has {} examples\n",
        with_thousands(plan.components), with_thousands(plan.largest));
  if (plan.largest * 10 > plan.split_of.size())
    note("more than a tenth of the examples hang together; --kind without near or text cuts finer");
}

}  // namespace

Command prepare_split_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "prepare split";
  c.summary = "a training set in train, dev and test that share nothing";
  c.description =
      "Examples that share an id, a group or a text, or have near-duplicates of each other's texts "
      "(see 'kindred prepare check'), stay together, and so does what is connected by others. Each "
      "such part goes whole into one split, in an order by the seed. Writes NAME.jsonl for each "
      "split into a new directory.";
  c.arguments.push_back(
      argument("FILE", "training files", &s->files).completed_by(Completes::file).must_be_given());
  auto& flags = c.group("Splits").flags;
  flags.push_back(flag("-o,--output", "DIRECTORY", "a new directory for the splits", &s->output)
                      .completed_by(Completes::directory)
                      .written()
                      .must_be_given());
  flags.push_back(
      flag("--share", "NAME=SHARE", "a split and how much of all it gets; repeated", &s->shares)
          .shown_default("train=0.8, dev=0.1, test=0.1"));
  flags.push_back(flag("--kind", "KIND",
                       "what keeps examples together: id, group, text, near. May be repeated",
                       &s->kinds)
                      .shown_default("all"));
  flags.push_back(flag("--similarity", "SHARE",
                       "least similarity of near-duplicates, from 0.4 to 1",
                       &s->split.leaks.similarity));
  flags.push_back(toggle("--anchors-only",
                         "look at anchors alone, where all splits search the same passages",
                         &s->split.leaks.anchors_only));
  flags.push_back(flag("--seed", "N", "another seed, other splits", &s->seed));
  flags.push_back(toggle("--json", "print a JSON object", &s->json));
  flags.push_back(toggle("-q,--quiet", "no progress and no summary", &s->quiet));
  s->pairs.add_input(c);
  c.examples = {{"eight tenths, one and one", "kindred prepare split pairs.jsonl -o splits"},
                {"whole pages, and no dev split",
                 "kindred prepare split help.jsonl -o splits --column group=page --share train=9 "
                 "--share test=1"}};
  c.run = [s] { run_split(*s); };
  return c;
}

}  // namespace kindred::cli
