#include "cli/report_flags.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "cli/check_failed.h"
#include "cli/console.h"
#include "io/atomic_file.h"

namespace kindred::cli {
namespace {

using Writer = std::string (*)(const eval::Report&);

Writer writer_of(const std::string& path) {
  const std::pair<std::string_view, Writer> endings[] = {{".html", eval::to_html},
                                                         {".md", eval::to_markdown},
                                                         {".json", eval::to_json},
                                                         {".txt", eval::to_text}};
  for (const auto& [ending, writer] : endings)
    if (path.ends_with(ending)) return writer;
  fail(ErrorKind::bad_input,
       "--report {}: the ending says what is written: .html, .md, .json or .txt", path);
}

void write_file(const std::string& path, std::string_view text) {
  io::AtomicFile file = io::AtomicFile::create(path);
  file.write(text);
  file.commit();
}

std::vector<eval::FailIf> parse_promises(const std::vector<std::string>& texts) {
  std::vector<eval::FailIf> promises;
  for (const std::string& text : texts) promises.push_back(eval::FailIf::parse(text));
  return promises;
}

}  // namespace

void ReportFlags::add(Command& command) {
  auto& flags = command.group("Report").flags;
  flags.push_back(flag("--report", "FILE",
                       "write the whole report, by the ending: .html (one file with plots), .md, "
                       ".json, .txt; may be given several times",
                       &files)
                      .completed_by(Completes::file)
                      .written());
  flags.push_back(flag("--junit", "FILE", "write the verdicts of --fail-if as JUnit's XML", &junit)
                      .completed_by(Completes::file)
                      .written());
  flags.push_back(flag("--fail-if", "RULE",
                       "end with status 1 where this holds: \"recall@10 < 0.9\" of any row, "
                       "\"hybrid/ndcg@10 < 0.5\" of one, \"slice.language/zh/hybrid < 0.4\" of a "
                       "cell of another table; may be given several times",
                       &fail_if));
  flags.push_back(toggle("--json", "print a JSON object instead of tables", &json));
}

void ReportFlags::check() const {
  for (const std::string& path : files) writer_of(path);
  parse_promises(fail_if);
  if (!junit.empty() && fail_if.empty())
    fail(ErrorKind::bad_input, "--junit writes what came of --fail-if; give at least one rule");
}

bool ReportFlags::has_html() const {
  return std::any_of(files.begin(), files.end(),
                     [](const std::string& path) { return path.ends_with(".html"); });
}

void ReportFlags::deliver(const eval::Report& report) const {
  const std::vector<eval::Verdict> verdicts = eval::judge(report, parse_promises(fail_if));
  for (const std::string& path : files) write_file(path, writer_of(path)(report));
  if (!junit.empty()) write_file(junit, eval::to_junit(report, verdicts));
  write_out(json ? eval::to_json(report) : eval::to_text(report));
  bool failed = false;
  for (const eval::Verdict& verdict : verdicts) {
    if (!verdict.failed) continue;
    note(fmt::format("failed: {}: {} is {:.4f}", verdict.promise, verdict.row, verdict.value));
    failed = true;
  }
  if (failed) throw CheckFailed{};
}

}  // namespace kindred::cli
