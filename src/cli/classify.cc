// kindred classify: texts to classes.
#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/progress.h"
#include "base/thread_pool.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/model_flags.h"
#include "encode/text_chunks.h"
#include "io/atomic_file.h"
#include "io/table.h"
#include "tasks/classify.h"

namespace kindred::cli {
namespace {

using nlohmann::ordered_json;
using tasks::TextClassifier;

constexpr std::size_t kRowsAtOnce = 4096;
constexpr std::size_t kBytesAtOnce = std::size_t{8} << 20;

struct State {
  ModelFlags model;
  TextFlags text;
  std::string labels;
  std::vector<std::string> templates;
  double temperature = estimators::kDefaultTemperature;
  std::string train;
  std::string label_column = "label";
  std::string method = "centroids";
  estimators::LinearOptions linear;
  std::optional<std::size_t> examples;
  std::size_t seed = 1;
  std::string use;
  std::string save;
  std::string evaluate;
  double hold_out = 0.0;
  std::size_t top = 1;
  std::string output;
  bool json = false;
};

std::string text_column(const State& s) {
  return s.text.source.column.empty() ? "text" : s.text.source.column;
}

tasks::LabelledTexts read_labelled(const State& s, const std::string& path) {
  auto texts =
      tasks::read_labelled_texts(path, text_column(s), s.label_column, s.text.source.format);
  if (texts.skipped > 0)
    note(fmt::format("{}: {} rows without a label were left out", path,
                     with_thousands(texts.skipped)));
  return texts;
}

// What a run classifies by, and what is known of texts to measure it with.
struct Prepared {
  TextClassifier classifier;
  EncodeOptions options;
  std::optional<tasks::LabelledTexts> test;
};

Prepared prepare(const State& s, const Encoder& encoder) {
  Prepared p;
  p.options = s.model.encode;
  const tasks::TextProgress stop = [](std::uint64_t) {
    if (interrupted()) throw Interrupted();
  };
  if (!s.use.empty()) {
    p.classifier = TextClassifier::load(s.use);
    p.classifier.check_vector_space(encoder.vector_space(p.options), s.use);
    if (!p.options.prompt && p.options.prompt_name.empty()) p.options.prompt = p.classifier.prompt;
  } else if (!s.labels.empty()) {
    const std::vector<std::string> whole = {"{}"};
    p.classifier =
        tasks::zero_shot(encoder, tasks::read_label_names(s.labels),
                         s.templates.empty() ? whole : s.templates, p.options, s.temperature);
  } else {
    tasks::LabelledTexts texts = read_labelled(s, s.train);
    if (s.hold_out != 0.0) {
      const tasks::Split split = tasks::stratified_split(texts, s.hold_out, s.seed);
      p.test = texts.only(split.test);
      texts = texts.only(split.train);
    }
    if (s.examples) texts = texts.only(tasks::examples_of(texts, *s.examples, s.seed));
    p.classifier = tasks::train_classifier(
        encoder, texts, p.options,
        s.method == "linear" ? tasks::HeadKind::linear : tasks::HeadKind::centroids, s.linear,
        stop);
  }
  if (!s.evaluate.empty()) p.test = read_labelled(s, s.evaluate);
  return p;
}

void print_evaluation(const State& s, const Encoder& encoder, const Prepared& p, ThreadPool& pool) {
  const Embeddings e = tasks::embed_texts(encoder, p.test->texts, p.options);
  std::vector<std::string> truth;
  for (const std::uint32_t label : p.test->labels) truth.push_back(p.test->names[label]);
  const tasks::Evaluation r =
      tasks::evaluate(p.classifier.names, p.classifier.probabilities(e.values, pool), truth);
  if (s.json) {
    const ordered_json object = {{"texts", r.texts},
                                 {"labels", p.classifier.names.size()},
                                 {"unknown_labels", r.unknown},
                                 {"accuracy", r.accuracy},
                                 {"top5", r.top5},
                                 {"macro_f1", r.macro_f1},
                                 {"calibration_error",
                                  {{"value", r.calibration_error.value},
                                   {"low", r.calibration_error.low},
                                   {"high", r.calibration_error.high}}}};
    print_json(object);
    return;
  }
  print("{} texts, {} labels\n", with_thousands(r.texts), p.classifier.names.size());
  print("accuracy           {:.4f}\namong the first 5  {:.4f}\nmacro F1           {:.4f}\n",
        r.accuracy, r.top5, r.macro_f1);
  print("calibration error  {:.4f} ({:.4f} to {:.4f})\n", r.calibration_error.value,
        r.calibration_error.low, r.calibration_error.high);
  if (r.unknown > 0)
    print("{} texts have a label that the classifier does not know; they count as wrong\n",
          with_thousands(r.unknown));
}

// A field of CSV, quoted where it must be.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

enum class Form { lines, jsonl, csv };

// One text's classes, the most probable first.
std::string row_of(Form form, std::uint64_t row, const std::vector<std::string>& names,
                   std::span<const double> p, std::size_t top) {
  std::vector<std::uint32_t> order(p.size());
  std::iota(order.begin(), order.end(), 0U);
  top = std::min(top, order.size());
  std::partial_sort(
      order.begin(), order.begin() + static_cast<std::ptrdiff_t>(top), order.end(),
      [&](std::uint32_t a, std::uint32_t b) { return p[a] > p[b] || (p[a] == p[b] && a < b); });
  order.resize(top);
  if (form == Form::jsonl) {
    ordered_json object = {{"row", row}, {"label", names[order[0]]}, {"probability", p[order[0]]}};
    if (top > 1) {
      ordered_json& list = object["top"] = ordered_json::array();
      for (const std::uint32_t k : order)
        list.push_back({{"label", names[k]}, {"probability", p[k]}});
    }
    return json_line(object);
  }
  std::string line = fmt::format("{}", row);
  for (const std::uint32_t k : order)
    line += form == Form::csv ? fmt::format(",{},{:.6f}", csv_field(names[k]), p[k])
                              : fmt::format("  {} {:.1f}%", names[k], 100.0 * p[k]);
  return line + '\n';
}

void classify(const State& s, const Encoder& encoder, const Prepared& p, ThreadPool& pool) {
  std::optional<io::AtomicFile> file;
  if (!s.output.empty()) file = io::AtomicFile::create(s.output);
  const Form form = io::table_format_of(s.output) == io::TableFormat::csv ? Form::csv
                    : file || s.json                                      ? Form::jsonl
                                                                          : Form::lines;
  const auto put = [&](const std::string& text) { file ? file->write(text) : write_out(text); };
  if (form == Form::csv) {
    std::string header = "row";
    for (std::size_t k = 1; k <= std::min(s.top, p.classifier.names.size()); ++k)
      header += k == 1 ? ",label,probability" : fmt::format(",label_{},probability_{}", k, k);
    put(header + "\n");
  }
  Progress progress(file ? stderr : nullptr, "classify", "texts");
  encode::TextChunks chunks(s.text.source, kRowsAtOnce, kBytesAtOnce);
  EncodeOptions options = p.options;
  const std::size_t classes = p.classifier.names.size();
  while (true) {
    const auto& texts = chunks.next();
    if (texts.empty()) break;
    const Embeddings e = encoder.encode(texts, options);
    const std::vector<double> all = p.classifier.probabilities(e.values, pool);
    for (std::size_t i = 0; i < e.rows; ++i)
      put(row_of(form, options.first_row + i, p.classifier.names,
                 std::span(all).subspan(i * classes, classes), s.top));
    options.first_row += texts.size();
    progress.add(texts.size());
    if (interrupted()) throw Interrupted();
  }
  if (file) file->commit();
}

void check_request(const State& s) {
  const int ways = (s.labels.empty() ? 0 : 1) + (s.train.empty() ? 0 : 1) + (s.use.empty() ? 0 : 1);
  if (ways != 1)
    fail(ErrorKind::bad_input,
         "say what to classify by, one of: --labels NAMES (no examples), --train FILE (examples), "
         "--use FILE (what --save wrote)");
  if (s.hold_out != 0.0 && s.train.empty())
    fail(ErrorKind::bad_input, "--hold-out takes texts out of those of --train");
  if (s.top == 0) fail(ErrorKind::bad_input, "--top 0 would show nothing; say 1 or more");
  if (s.examples && *s.examples == 0)
    fail(ErrorKind::bad_input, "--examples 0 leaves nothing to learn from; see --labels");
  if (!s.output.empty() && io::table_format_of(s.output) != io::TableFormat::csv &&
      io::table_format_of(s.output) != io::TableFormat::jsonl)
    fail(ErrorKind::bad_input, "{}: the output is .jsonl or .csv", s.output);
  if (s.text.source.path.empty() && s.save.empty() && s.evaluate.empty() && s.hold_out == 0.0)
    fail(ErrorKind::bad_input,
         "nothing to do: give TEXTS to classify, --evaluate TEST, --hold-out SHARE or --save FILE");
}

void run(const State& s) {
  check_request(s);
  const Encoder encoder = s.model.open();
  catch_interrupts();
  const Prepared p = prepare(s, encoder);
  if (!s.save.empty()) p.classifier.save(s.save);
  ThreadPool pool(encoder.threads());
  if (p.test) print_evaluation(s, encoder, p, pool);
  if (!s.text.source.path.empty()) classify(s, encoder, p, pool);
}

void add_ways(const std::shared_ptr<State>& s, Command& c) {
  auto& names = c.group("By the labels' names").flags;
  names.push_back(flag("-l,--labels", "NAMES",
                       "the labels: a file of one a line, or names between commas", &s->labels)
                      .completed_by(Completes::file)
                      .not_with({"train", "use"}));
  names.push_back(flag("--template", "TEXT",
                       "a text about the label, which takes the place of {}; of several the mean",
                       &s->templates)
                      .shown_default("{}"));
  names.push_back(flag("--temperature", "T",
                       "probabilities are the softmax of cosine / T: smaller is surer",
                       &s->temperature));
  auto& examples = c.group("By examples").flags;
  examples.push_back(
      flag("--train", "FILE", "texts with their labels: .csv, .tsv or .jsonl", &s->train)
          .completed_by(Completes::file)
          .not_with({"use"}));
  examples.push_back(flag("--label-column", "NAME", "of --train and --evaluate", &s->label_column));
  examples.push_back(flag("--method", "METHOD",
                          "the nearest mean of a class's vectors, or logistic regression",
                          &s->method)
                         .one_of({"centroids", "linear"}));
  examples.push_back(flag("--cost", "C",
                          "of linear: larger fits the examples closer (scikit-learn's C)",
                          &s->linear.c));
  examples.push_back(
      toggle("--balanced", "of linear: rare labels weigh as much as others", &s->linear.balanced));
  examples.push_back(
      flag("--examples", "N", "learn from at most N texts a label, drawn", &s->examples)
          .shown_default("all"));
  examples.push_back(flag("--seed", "N", "of what is drawn", &s->seed));
  auto& kept = c.group("Kept classifiers").flags;
  kept.push_back(flag("--save", "FILE", "write the classifier, as safetensors", &s->save)
                     .completed_by(Completes::file)
                     .written());
  kept.push_back(flag("--use", "FILE", "classify by what --save wrote", &s->use)
                     .completed_by(Completes::file));
}

}  // namespace

Command classify_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "classify";
  c.summary = "texts to classes: by the classes' names, by examples, by a trained layer";
  c.description =
      "Compares each text's vector with a vector a label and prints the most probable labels. The "
      "labels' vectors are those of their names (--labels, which needs no examples), the means of "
      "examples' vectors (--train), or the weights of a logistic regression over examples "
      "(--train --method linear), whose probabilities are scikit-learn's.\n\n"
      "The temperature of the means is fitted to the examples, each left out of its own mean; that "
      "of names is a guess, and their probabilities only an order, until --temperature is set by "
      "what --evaluate says.\n\n"
      "--evaluate measures on a labelled file, --hold-out on a share of --train that is then not "
      "learned from: accuracy, macro F1, and the expected calibration error of the most probable "
      "label with its 95 % interval.\n\n"
      "--save keeps names, vectors and the prompt; --use refuses it with another model.";
  s->model.add_argument(c);
  c.arguments.push_back(argument("TEXTS",
                                 "texts to classify: lines, or a table's column (--column); '-' "
                                 "is standard input",
                                 &s->text.source.path)
                            .completed_by(Completes::file));
  add_ways(s, c);
  auto& output = c.group("Output").flags;
  output.push_back(flag("-k,--top", "K", "how many labels a text", &s->top));
  output.push_back(
      flag("-o,--output", "OUT", "a .jsonl or .csv file instead of standard output", &s->output)
          .completed_by(Completes::file)
          .written());
  output.push_back(flag("--evaluate", "TEST", "measure on these labelled texts", &s->evaluate)
                       .completed_by(Completes::file)
                       .not_with({"hold-out"}));
  output.push_back(flag("--hold-out", "SHARE",
                        "measure on this share of each label's texts of --train", &s->hold_out)
                       .shown_default("none"));
  output.push_back(toggle("--json", "print JSON", &s->json));
  s->text.add(c);
  s->model.add_vector_flags(c);
  s->model.add_model_flags(c);
  c.examples = {
      {"without examples",
       "kindred classify MODEL titles.txt --labels 'shoes,lamps,phones' --template 'a product of "
       "the category {}' -k 3"},
      {"from examples, measured on a fifth of them",
       "kindred classify MODEL --train labelled.csv --method linear --hold-out 0.2"},
      {"train once, use often",
       "kindred classify MODEL --train labelled.csv --save classes.safetensors && kindred classify "
       "MODEL titles.txt --use classes.safetensors -o classes.csv"}};
  c.run = [s] { run(*s); };
  return c;
}

}  // namespace kindred::cli
