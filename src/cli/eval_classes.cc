// kindred eval classification and kindred eval clustering: whether vectors tell classes apart.
#include <memory>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "cli/text_task.h"
#include "tasks/class_tasks.h"

namespace kindred::cli {
namespace {

struct State {
  TextTask task;
  std::string file;
  std::string test;
  std::string text = "text";
  std::string label = "label";
  tasks::ClassTaskOptions options;
  std::size_t seed = 1;
};

void run_classification(State& s) {
  const tasks::LabelledTexts texts = tasks::read_labelled_texts(s.file, s.text, s.label);
  std::optional<tasks::LabelledTexts> test;
  if (!s.test.empty()) test = tasks::read_labelled_texts(s.test, s.text, s.label);
  s.options.seed = s.seed;
  s.options.role = s.task.role();
  s.task.run(texts.texts.size() + (test ? test->texts.size() : 0),
             [&](const tasks::TextVectors& encoder, ThreadPool& pool) {
               return tasks::classification_report(texts, test, encoder, s.options, pool);
             });
}

void run_clustering(State& s) {
  const tasks::LabelledTexts texts = tasks::read_labelled_texts(s.file, s.text, s.label);
  s.options.seed = s.seed;
  s.options.role = s.task.role();
  s.task.run(texts.texts.size(), [&](const tasks::TextVectors& encoder, ThreadPool& pool) {
    return tasks::clustering_report(texts, encoder, s.options, pool);
  });
}

void add_data(Command& c, State& s) {
  s.task.model.add_argument(c);
  c.arguments.push_back(argument("FILE", "texts with their classes: CSV, TSV or JSONL", &s.file)
                            .must_be_given()
                            .completed_by(Completes::file));
  auto& flags = c.group("Data").flags;
  flags.push_back(flag("-c,--column", "NAME", "the texts", &s.text));
  flags.push_back(flag("--label-column", "NAME", "their classes", &s.label));
  flags.push_back(flag("--seed", "N", "of what is drawn at random", &s.seed));
}

}  // namespace

Command eval_classification_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "eval classification";
  c.summary = "whether vectors tell the classes of texts apart, by examples";
  c.description =
      "Learns nearest centroids and a logistic regression from the vectors of labelled texts, and "
      "gives accuracy and macro-F1 on texts held out: three in ten of each class, or --test. "
      "'kindred classify' puts such a classifier to use.";
  add_data(c, *s);
  c.group("Data").flags.push_back(
      flag("--test", "FILE", "the texts that are asked, with the same columns", &s->test)
          .completed_by(Completes::file));
  s->task.add_flags(c);
  c.examples = {{"reviews with stars",
                 "kindred eval classification models/all-MiniLM-L6-v2 reviews.csv -c review "
                 "--label-column stars"}};
  c.run = [s] { run_classification(*s); };
  return c;
}

Command eval_clustering_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "eval clustering";
  c.summary = "whether clusters of vectors are the classes of texts";
  c.description =
      "Clusters the vectors of labelled texts, by k-means with as many clusters as there are "
      "classes and by density, and compares the clusters with the classes: v-measure, its two "
      "parts, and the adjusted Rand index, as scikit-learn has them. 'kindred cluster' clusters "
      "texts without classes.";
  add_data(c, *s);
  s->task.add_flags(c);
  c.examples = {{"titles by category",
                 "kindred eval clustering models/multilingual-e5-small products.csv -c title "
                 "--label-column category"}};
  c.run = [s] { run_clustering(*s); };
  return c;
}

}  // namespace kindred::cli
