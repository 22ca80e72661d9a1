// kindred eval bitext: whether texts that say the same in two languages lie together.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/text_task.h"
#include "tasks/bitext.h"

namespace kindred::cli {
namespace {

struct State {
  TextTask task;
  std::string file;
  std::string columns;
  tasks::BitextOptions options;
  std::size_t seed = 1;
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
  const tasks::ParallelTexts texts = tasks::read_parallel_texts(s.file, split_columns(s.columns));
  s.options.seed = s.seed;
  s.options.role = s.task.role();
  s.task.run(texts.rows() * texts.languages.size(),
             [&](const tasks::TextVectors& encoder, ThreadPool& pool) {
               return tasks::bitext_report(texts, encoder, s.options, pool);
             });
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
  s->task.model.add_argument(c);
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
  s->task.add_flags(c);
  c.examples = {{"four languages, 2,000 rows asked in each",
                 "kindred eval bitext models/multilingual-e5-small help.jsonl --columns "
                 "en,zh,es,fr --queries 2000"}};
  c.run = [s] { run_bitext(*s); };
  return c;
}

}  // namespace kindred::cli
