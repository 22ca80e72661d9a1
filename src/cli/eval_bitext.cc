// kindred eval bitext: whether texts that say the same in two languages lie together.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/cpu.h"
#include "base/progress.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/model_flags.h"
#include "cli/report_flags.h"
#include "tasks/bitext.h"

namespace kindred::cli {
namespace {

struct State {
  ModelFlags model;
  std::string file;
  std::string columns;
  std::string cache;
  tasks::BitextOptions options;
  std::size_t seed = 1;
  bool passages = false;
  ReportFlags report;
};

std::vector<std::string> split_columns(const std::string& text) {
  std::vector<std::string> columns;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    columns.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return columns;
}

void run_bitext(State& s) {
  s.report.check();
  catch_interrupts();
  const tasks::ParallelTexts texts = tasks::read_parallel_texts(s.file, split_columns(s.columns));
  s.options.seed = s.seed;
  s.options.role = s.passages ? encode::TextRole::passage : encode::TextRole::query;
  Progress progress(stderr, "encode", "texts", texts.rows() * texts.languages.size());
  tasks::TextVectorsOptions options;
  options.encode = s.model.encode;
  options.cache = s.cache;
  options.on_progress = [&progress](std::uint64_t count) { progress.add(count); };
  options.stop = interrupted;
  const tasks::TextVectors encoder(std::make_shared<const Encoder>(s.model.open()), options);
  const int threads = threads_or_environment(s.model.options.threads);
  ThreadPool pool(threads > 0 ? threads : available_cores());
  try {
    eval::Report report = tasks::bitext_report(texts, encoder, s.options, pool);
    progress.finish();
    report.facts.emplace_back("model", encoder.fingerprint());
    report.facts.emplace_back("prompt", encoder.prompt(s.options.role));
    const std::pair<std::string, const tasks::TextVectors*> named{"vectors", &encoder};
    report.tables.push_back(tasks::encoding_table(std::span(&named, 1)));
    s.report.deliver(report);
  } catch (const tasks::Stopped&) {
    if (!s.cache.empty()) note("stopped; the same command goes on from " + s.cache);
    throw Interrupted{};
  }
}

}  // namespace

Command eval_bitext_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "eval bitext";
  c.summary = "whether texts that say the same in two languages lie together";
  c.description =
      "Takes a file whose rows say the same in several languages, and for each ordered pair of "
      "them searches the nearest text in the other language among all: recall@1, recall@10 and "
      "MRR@10 as matrices, and their means.";
  s->model.add_argument(c);
  c.arguments.push_back(argument("FILE", "a CSV, TSV or JSONL file, a column a language", &s->file)
                            .must_be_given()
                            .completed_by(Completes::file));
  auto& flags = c.group("Data").flags;
  flags.push_back(flag("--columns", "A,B,…", "the columns to be compared", &s->columns)
                      .shown_default("those named by languages' codes"));
  flags.push_back(flag("--queries", "N",
                       "rows that are asked, drawn at random; 0 is all. All are "
                       "searched",
                       &s->options.queries));
  flags.push_back(flag("--seed", "N", "of the rows drawn", &s->seed));
  flags.push_back(toggle(
      "--passages", "put the model's prompt of passages before both sides, not that of queries",
      &s->passages));
  s->report.add(c);
  c.group("Vectors").flags.push_back(
      flag("--cache", "DIR", "keep vectors here for another evaluation", &s->cache)
          .completed_by(Completes::directory)
          .written());
  s->model.add_model_flags(c);
  c.examples = {{"four languages, 2,000 rows asked in each",
                 "kindred eval bitext models/multilingual-e5-small help.jsonl --columns "
                 "en,zh,es,fr --queries 2000"}};
  c.run = [s] { run_bitext(*s); };
  return c;
}

}  // namespace kindred::cli
