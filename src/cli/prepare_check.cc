// kindred prepare check: what a training set is made of, and what its splits share.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/pair_flags.h"
#include "io/atomic_file.h"
#include "prepare/example_statistics.h"
#include "prepare/leaks.h"
#include "prepare/pair_files.h"

namespace kindred::cli {
namespace {

struct State {
  std::vector<std::string> files;
  PairFlags pairs;
  prepare::LeakOptions leaks;
  std::vector<std::string> kinds;
  std::optional<std::string> remove_from;
  std::string output;
  bool fail_on_leak = false;
  bool json = false;
  bool quiet = false;
};

struct NamedFiles {
  std::string name;
  std::vector<std::string> paths;
};

// "train=a.jsonl", or a file that gives its split its name.
std::vector<NamedFiles> splits_of(const State& s) {
  std::vector<NamedFiles> splits;
  for (const std::string& text : s.files) {
    const std::size_t equals = text.find('=');
    const bool named = equals != std::string::npos && equals > 0 && !std::filesystem::exists(text);
    std::string name =
        named ? text.substr(0, equals) : std::filesystem::path(text).filename().string();
    const std::string path = named ? text.substr(equals + 1) : text;
    const auto known = std::find_if(splits.begin(), splits.end(),
                                    [&](const NamedFiles& split) { return split.name == name; });
    if (known == splits.end()) {
      splits.push_back({std::move(name), {path}});
    } else if (named) {
      known->paths.push_back(path);
    } else {
      fail(ErrorKind::bad_input,
           "two files are called {}; give the splits names: train={} test=FILE", name, path);
    }
  }
  return splits;
}

void remove_leaks(const State& s, const prepare::LeakFinder& finder, std::size_t number,
                  const prepare::LeakSplit& split) {
  io::AtomicFile file = io::AtomicFile::create(s.output);
  std::uint64_t kept = 0, removed = 0;
  const auto source = split.open();
  for (prepare::SourceRow row; source->next(row);) {
    for (const prepare::Example& example : row.examples) {
      if (finder.leaks(number, example)) {
        ++removed;
        continue;
      }
      file.write(prepare::to_json(example) + '\n');
      ++kept;
    }
  }
  file.commit();
  if (!s.quiet && !s.json)
    note(fmt::format("{} examples of {} are in {}, {} are not", with_thousands(kept), split.name,
                     s.output, with_thousands(removed)));
}

void print_statistics(const State& s, const NamedFiles& split) {
  prepare::PairFiles source(split.paths, s.pairs.options());
  prepare::ExampleStatistics statistics;
  std::uint64_t rejected = 0;
  Progress progress(s.quiet ? nullptr : stderr, "check", "rows");
  for (prepare::SourceRow row; source.next(row); progress.add(1)) {
    rejected += row.reject ? 1 : 0;
    for (const prepare::Example& example : row.examples) statistics.add(example);
  }
  progress.finish();
  if (s.json) {
    auto json = nlohmann::ordered_json::parse(statistics.to_json());
    json["rejected"] = rejected;
    return print_json(json);
  }
  print("{}", statistics.to_text());
  if (rejected > 0) print("{} rows are no examples\n", with_thousands(rejected));
}

void run_check(State& s) {
  const std::vector<NamedFiles> named = splits_of(s);
  if (s.remove_from.has_value() == s.output.empty())
    fail(ErrorKind::bad_input, "--remove-from SPLIT and --output FILE go together");
  if (named.size() == 1) {
    if (s.fail_on_leak || s.remove_from)
      fail(ErrorKind::bad_input, "leaks are between two splits and more; there is one");
    return print_statistics(s, named[0]);
  }
  if (!s.kinds.empty()) {
    s.leaks.kinds.clear();
    for (const std::string& kind : s.kinds) s.leaks.kinds.push_back(prepare::parse_leak_kind(kind));
  }
  const prepare::PairOptions options = s.pairs.options();
  std::vector<prepare::LeakSplit> splits;
  for (const NamedFiles& split : named) {
    splits.push_back({split.name, [paths = split.paths, options] {
                        return std::make_unique<prepare::PairFiles>(paths, options);
                      }});
  }
  std::size_t removed_from = 0;
  if (s.remove_from) {
    while (removed_from < splits.size() && splits[removed_from].name != *s.remove_from)
      ++removed_from;
    if (removed_from == splits.size())
      fail(ErrorKind::not_found, "--remove-from {}: no split of this name", *s.remove_from);
  }
  prepare::LeakFinder finder(s.leaks);
  Progress progress(s.quiet ? nullptr : stderr, "check", "examples");
  const prepare::LeakReport report = finder.find(splits, progress);
  progress.finish();
  if (s.json) {
    write_out(report.to_json() + "\n");
  } else if (!s.quiet) {
    print("{}", report.to_text());
  }
  if (s.remove_from) remove_leaks(s, finder, removed_from, splits[removed_from]);
  if (s.fail_on_leak && report.any()) {
    fail(ErrorKind::bad_input,
         "the splits leak; --remove-from SPLIT --output FILE writes one without what leaks");
  }
}

}  // namespace

Command prepare_check_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "prepare check";
  c.summary = "what the splits of a training set share and should not; of one file, what is in it";
  c.description =
      "Compares splits, each with each: the same id, the same group, the same text in whatever "
      "field (but for case, widths, blanks and punctuation), and near-duplicates: texts whose "
      "shingles of 4 characters (2 in Chinese, Japanese and Thai) have a Jaccard similarity of "
      "--similarity and more, found by MinHash and then measured exactly; one in a thousand at "
      "that similarity is missed. Ids are compared among anchors and among passages.\n\n"
      "The first split is read once and needs 8 to 16 bytes a different text, the others are held "
      "in memory: name the largest first. With one split, what it is made of is printed.";
  c.arguments.push_back(
      argument("SPLIT", "a training file, or NAME=FILE; files of one name are one split", &s->files)
          .completed_by(Completes::file)
          .must_be_given());
  auto& flags = c.group("Leaks").flags;
  flags.push_back(flag("--kind", "KIND",
                       "look only for this: id, group, text, near. May be repeated", &s->kinds)
                      .shown_default("all"));
  flags.push_back(flag("--similarity", "SHARE",
                       "least similarity of near-duplicates, from 0.4 to 1", &s->leaks.similarity));
  flags.push_back(toggle("--anchors-only",
                         "compare anchors alone, where all splits search the same passages",
                         &s->leaks.anchors_only));
  flags.push_back(flag("--samples", "N", "of each kind and pair of splits", &s->leaks.samples));
  flags.push_back(toggle("--fail", "end with status 2 where anything leaks", &s->fail_on_leak));
  auto& output = c.group("Output").flags;
  output.push_back(flag("--remove-from", "SPLIT",
                        "write this split without the examples that leak, to --output",
                        &s->remove_from));
  output.push_back(flag("-o,--output", "FILE", "the split without what leaks", &s->output)
                       .completed_by(Completes::file)
                       .written());
  output.push_back(toggle("--json", "print a JSON object", &s->json));
  output.push_back(toggle("-q,--quiet", "no progress and no report", &s->quiet));
  s->pairs.add_input(c);
  c.examples = {
      {"train against the others, and a clean train",
       "kindred prepare check train=train.jsonl dev=dev.jsonl test=test.jsonl --remove-from train "
       "-o clean.jsonl"},
      {"in a script", "kindred prepare check train.jsonl test.jsonl --fail --quiet"},
      {"what a file is made of", "kindred prepare check train.jsonl"}};
  c.run = [s] { run_check(*s); };
  return c;
}

}  // namespace kindred::cli
