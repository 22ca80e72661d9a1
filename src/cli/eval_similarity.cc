// kindred eval similarity: whether cosines go with what people say of pairs.
#include <memory>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "cli/text_task.h"
#include "tasks/similarity.h"

namespace kindred::cli {
namespace {

struct State {
  TextTask task;
  std::string file;
  tasks::JudgedColumns columns;
  std::optional<double> alike_from;
  bool no_scores = false;
  std::size_t seed = 1;
};

void run_similarity(State& s) {
  if (s.no_scores) s.columns.score.reset();
  const tasks::JudgedTexts pairs = tasks::read_judged_texts(s.file, s.columns);
  const tasks::SimilarityOptions options{s.alike_from, s.seed, s.task.role()};
  s.task.run(2 * pairs.first.size(), [&](const tasks::TextVectors& encoder, ThreadPool&) {
    return tasks::similarity_report(pairs, encoder, options);
  });
}

Parameter alike_flag(std::optional<double>* target) {
  Parameter p;
  p.names = "--alike-from";
  p.value = "SCORE";
  p.help = "pairs of this score or more count as alike for the alignment";
  p.fallback = "four fifths of the way from the least to the greatest";
  p.set = [target](const std::string& text) {
    double value = 0.0;
    flag("--alike-from", "SCORE", "", &value).set(text);
    *target = value;
  };
  return p;
}

}  // namespace

Command eval_similarity_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "eval similarity";
  c.summary = "whether cosines go with what people say of pairs";
  c.description =
      "Takes pairs of texts with scores of how alike they are, as STS sets have them, and gives "
      "Spearman's and Pearson's correlation with the cosines of their vectors; and how the vectors "
      "lie: the alignment of pairs that are alike and the uniformity of all (Wang and Isola, "
      "2020).";
  s->task.model.add_argument(c);
  c.arguments.push_back(argument("FILE", "pairs: a CSV, TSV or JSONL file", &s->file)
                            .must_be_given()
                            .completed_by(Completes::file));
  auto& flags = c.group("Data").flags;
  flags.push_back(flag("--first", "COLUMN", "the one text", &s->columns.first));
  flags.push_back(flag("--second", "COLUMN", "the other", &s->columns.second));
  flags.push_back(flag("--score", "COLUMN", "how alike they are", &s->columns.score)
                      .shown_default("score")
                      .not_with({"no-scores"}));
  flags.push_back(toggle("--no-scores", "there are none: all pairs are alike", &s->no_scores));
  flags.push_back(alike_flag(&s->alike_from));
  flags.push_back(flag("--seed", "N", "of the bootstrap", &s->seed));
  s->task.add_flags(c);
  c.examples = {{"a set of judged pairs",
                 "kindred eval similarity models/all-MiniLM-L6-v2 sts.csv --fail-if "
                 "\"spearman < 0.8\""},
                {"titles of one product in two languages",
                 "kindred eval similarity models/multilingual-e5-small titles.tsv --first title_en "
                 "--second title_zh --no-scores"}};
  c.run = [s] { run_similarity(*s); };
  return c;
}

}  // namespace kindred::cli
