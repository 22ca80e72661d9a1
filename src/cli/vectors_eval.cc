// kindred vectors eval: how good word vectors are, several files side by side.
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/cpu.h"
#include "base/error.h"
#include "base/thread_pool.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/model_flags.h"
#include "cli/vectors_flags.h"
#include "io/table.h"
#include "static_vectors/analogies.h"
#include "static_vectors/held_out.h"
#include "static_vectors/overlap.h"
#include "static_vectors/read.h"
#include "static_vectors/word_pairs.h"

namespace kindred::cli {
namespace {

using nlohmann::ordered_json;
using static_vectors::AnalogyScore;
using static_vectors::StaticModel;
using static_vectors::WordSpace;
using Model = std::shared_ptr<const StaticModel>;

struct State {
  std::vector<std::string> files;
  std::vector<std::string> analogies;
  std::vector<std::string> pairs;
  std::string held_out;
  std::vector<std::string> outputs;
  std::string counts;
  std::string architecture;
  std::string words = "spaces";
  std::string overlap;
  std::size_t restrict = 300'000;
  std::size_t limit = 0;
  std::size_t seed = 1;
  bool case_sensitive = false;
  bool unknown_is_wrong = false;
  bool multiply = false;
  static_vectors::HeldOutOptions loss;
  static_vectors::OverlapOptions neighbours;
  int threads = 0;
  bool json = false;
};

// One column of the table and one object of the JSON.
struct Report {
  std::string path;
  Model model;
  ordered_json json;
  std::vector<std::pair<std::string, std::string>> rows;  // label, value

  void row(std::string label, std::string value) {
    rows.emplace_back(std::move(label), std::move(value));
  }
};

std::string name_of(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

ordered_json to_json(const AnalogyScore& s) {
  return {{"name", s.name},
          {"correct", s.correct},
          {"asked", s.asked},
          {"unknown", s.unknown},
          {"accuracy", s.accuracy()}};
}

void add_row(Report& report, const AnalogyScore& s) {
  std::string value =
      s.asked == 0 ? "-" : fmt::format("{:.2f}% {}/{}", 100 * s.accuracy(), s.correct, s.asked);
  if (s.unknown > 0) value += fmt::format(", {} unknown", s.unknown);
  report.row("  " + s.name, std::move(value));
}

void evaluate_analogies(const State& s, const std::string& path, const WordSpace& space,
                        ThreadPool& pool, Report& report) {
  const auto questions = static_vectors::AnalogyQuestions::read(path);
  const static_vectors::AnalogyOptions options{s.restrict, !s.case_sensitive, s.unknown_is_wrong,
                                               s.multiply};
  const auto result = static_vectors::evaluate_analogies(space, questions, options, pool);
  report.row(name_of(path), "");
  ordered_json sections = ordered_json::array();
  for (const AnalogyScore& section : result.sections) {
    sections.push_back(to_json(section));
    add_row(report, section);
  }
  ordered_json object = {{"file", path}, {"refused", questions.refused}, {"sections", sections}};
  for (const AnalogyScore* sum : {&result.semantic, &result.syntactic, &result.total}) {
    object[sum->name] = to_json(*sum);
    add_row(report, *sum);
  }
  report.json["analogies"].push_back(std::move(object));
}

void evaluate_pairs(const State& s, const std::string& path, const WordSpace& space,
                    Report& report) {
  const auto pairs = static_vectors::WordPairs::read(path);
  const static_vectors::PairOptions options{s.restrict, !s.case_sensitive, s.unknown_is_wrong};
  const auto result = static_vectors::evaluate_pairs(space, pairs, options);
  report.row(name_of(path), "");
  report.row("  Spearman", fmt::format("{:.4f}", result.spearman));
  report.row("  Pearson", fmt::format("{:.4f}", result.pearson));
  report.row("  pairs", fmt::format("{}, {} unknown", result.pairs, result.unknown));
  report.json["pairs"].push_back({{"file", path},
                                  {"spearman", result.spearman},
                                  {"pearson", result.pearson},
                                  {"pairs", result.pairs},
                                  {"unknown", result.unknown},
                                  {"refused", pairs.refused}});
}

void evaluate_overlap(const State& s, const WordSpace& space, const WordSpace& other,
                      ThreadPool& pool, Report& report) {
  static_vectors::OverlapOptions options = s.neighbours;
  options.restrict = s.restrict;
  const auto result = static_vectors::neighbour_overlap(space, other, options, pool);
  report.row("neighbours as " + name_of(s.overlap), "");
  report.row(fmt::format("  overlap@{}", result.k), fmt::format("{:.4f}", result.overlap));
  report.row("  Jaccard", fmt::format("{:.4f}", result.jaccard));
  report.row("  words", fmt::format("{} of {} common", result.words, result.common));
  report.json["overlap"] = {{"file", s.overlap},         {"k", result.k},
                            {"words", result.words},     {"common", result.common},
                            {"overlap", result.overlap}, {"jaccard", result.jaccard}};
}

// "word count" lines, as word2vec's and gensim's vocabulary files.
static_vectors::Vocabulary read_counts(const std::string& path) {
  static_vectors::Vocabulary counts;
  io::TableOptions options;
  options.format = io::TableFormat::lines;
  io::TableReader reader = io::TableReader::open(path, options);
  for (io::TableRow row; reader.next(row);) {
    const std::string_view line = row.values[0];
    if (line.empty()) continue;
    const std::size_t gap = line.find_last_of(" \t");
    std::uint64_t count = 0;
    const char* const end = line.data() + line.size();
    if (gap == std::string_view::npos ||
        std::from_chars(line.data() + gap + 1, end, count).ptr != end || gap + 1 == line.size())
      fail(ErrorKind::bad_input, "{}: line {}: expected a word, a space or tab, and its count",
           path, row.line);
    counts.add(line.substr(0, gap), count);
  }
  return counts;
}

static_vectors::HeldOutOptions loss_options(const State& s, const StaticModel& model) {
  using Architecture = static_vectors::TrainingFacts::Architecture;
  static_vectors::HeldOutOptions options = s.loss;
  options.seed = s.seed;
  options.words = static_vectors::parse_word_mode(s.words);
  options.architecture = Architecture::skip_gram;
  if (s.architecture == "cbow" ||
      (s.architecture.empty() && model.facts && model.facts->architecture == Architecture::cbow))
    options.architecture = Architecture::cbow;
  return options;
}

void evaluate_held_out(const State& s, std::vector<Report>& reports, ThreadPool& pool) {
  if (!s.outputs.empty() && s.outputs.size() != reports.size())
    fail(ErrorKind::bad_input, "{} files of --output-vectors for {} of word vectors: one each",
         s.outputs.size(), reports.size());
  std::vector<Model> outputs(reports.size());
  std::vector<const StaticModel*> models;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    models.push_back(reports[i].model.get());
    if (s.outputs.empty()) continue;
    outputs[i] = std::make_shared<StaticModel>(static_vectors::read_static_model(s.outputs[i], {}));
  }
  std::optional<static_vectors::Vocabulary> counts;
  if (!s.counts.empty()) counts = read_counts(s.counts);
  const auto text = static_vectors::HeldOutText::read(
      s.held_out, models, counts ? &*counts : nullptr, loss_options(s, *models[0]));
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const static_vectors::HeldOutOptions options = loss_options(s, *models[i]);
    const bool cbow = options.architecture == static_vectors::TrainingFacts::Architecture::cbow;
    const auto result =
        static_vectors::held_out_loss(text, *models[i], outputs[i].get(), options, pool);
    Report& report = reports[i];
    report.row(fmt::format("{} of {}", cbow ? "CBOW" : "skip-gram", name_of(s.held_out)), "");
    report.row("  loss", fmt::format("{:.5f} ± {:.5f}", result.loss, result.standard_error));
    report.row("  pairs", fmt::format("{}", result.pairs));
    report.row("  words", fmt::format("{}, {} unknown", text.tokens(), text.unknown()));
    report.json["held_out"] = {{"file", s.held_out},
                               {"architecture", cbow ? "cbow" : "skip-gram"},
                               {"window", options.window},
                               {"negatives", options.negatives},
                               {"seed", options.seed},
                               {"vocabulary", text.vocabulary().size()},
                               {"words", text.tokens()},
                               {"unknown", text.unknown()},
                               {"pairs", result.pairs},
                               {"loss", result.loss},
                               {"standard_error", result.standard_error}};
  }
}

void print_table(const std::vector<Report>& reports) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    print("[{}] {}: {} words, {} dimensions, {}\n", i + 1, reports[i].path,
          reports[i].model->size(), reports[i].model->dimensions(), reports[i].model->format);
    widths.push_back(3);
    for (const auto& [label, value] : reports[i].rows)
      widths.back() = std::max(widths.back(), value.size());
  }
  print("\n");
  for (std::size_t r = 0; r < reports.front().rows.size(); ++r) {
    std::string line = fmt::format("{:<30}", reports.front().rows[r].first);
    for (std::size_t i = 0; i < reports.size(); ++i)
      line += fmt::format("  {:<{}}", reports[i].rows[r].second, widths[i]);
    print("{}\n", line.substr(0, line.find_last_not_of(' ') + 1));
  }
}

void run(const State& s) {
  if (s.analogies.empty() && s.pairs.empty() && s.held_out.empty() && s.overlap.empty())
    fail(ErrorKind::bad_input,
         "nothing to evaluate by: give --analogies, --pairs, --held-out or --overlap");
  const int threads = threads_or_environment(s.threads);
  ThreadPool pool(threads > 0 ? threads : available_cores());
  static_vectors::ReadOptions reading;
  reading.limit = s.limit;
  reading.threads = pool.threads();
  const auto read = [&](const std::string& path) {
    return std::make_shared<StaticModel>(static_vectors::read_static_model(path, reading));
  };
  std::optional<WordSpace> other;
  if (!s.overlap.empty()) other.emplace(read(s.overlap), pool);
  reading.output = !s.held_out.empty() && s.outputs.empty();

  std::vector<Report> reports;
  for (const std::string& path : s.files) {
    Report& report = reports.emplace_back();
    report.path = path;
    report.model = read(path);
    report.json = {{"vectors", path},
                   {"words", report.model->size()},
                   {"dimensions", report.model->dimensions()},
                   {"format", report.model->format}};
    if (s.analogies.empty() && s.pairs.empty() && !other) continue;
    const WordSpace space(report.model, pool);
    for (const std::string& file : s.analogies) evaluate_analogies(s, file, space, pool, report);
    for (const std::string& file : s.pairs) evaluate_pairs(s, file, space, report);
    if (other) evaluate_overlap(s, space, *other, pool, report);
  }
  if (!s.held_out.empty()) evaluate_held_out(s, reports, pool);
  if (!s.json) return print_table(reports);
  for (const Report& report : reports) print_json(report.json);
}

void add_text_flags(const std::shared_ptr<State>& s, Command& c) {
  auto& flags = c.group("Held-out text").flags;
  flags.push_back(flag("--held-out", "TEXT",
                       "a sentence a line: the mean loss of negative sampling on it", &s->held_out)
                      .completed_by(Completes::file));
  flags.push_back(flag("--output-vectors", "FILE",
                       "the output vectors (gensim's syn1neg saved as KeyedVectors) of a file that "
                       "has none in it; once for each FILE",
                       &s->outputs)
                      .completed_by(Completes::file));
  flags.push_back(flag("--architecture", "NAME", "what is predicted from what", &s->architecture)
                      .one_of({"skip-gram", "cbow"})
                      .shown_default("the model's own, or skip-gram"));
  flags.push_back(flag("--window", "N", "words on each side", &s->loss.window));
  flags.push_back(flag("--negatives", "N", "words of noise a pair", &s->loss.negatives));
  flags.push_back(
      flag("--counts", "FILE", "lines of a word and its count, for the noise", &s->counts)
          .completed_by(Completes::file)
          .shown_default("the first model's that has some, or the text's"));
  flags.push_back(flag("--seed", "N", "of the noise", &s->seed));
  flags.push_back(
      flag("--words", "HOW", "what the text's words are", &s->words).one_of({"spaces", "unicode"}));
  flags.push_back(toggle("--lower", "the text in lower case", &s->loss.lower));
}

}  // namespace

Command vectors_eval_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "vectors eval";
  c.summary = "how good word vectors are: analogies, judged pairs, held-out loss, overlap";
  c.description =
      "Evaluates one or more files of word vectors and prints them side by side.\n\n"
      "--analogies takes a file as word2vec's questions-words.txt and --pairs one as "
      "wordsim353.tsv "
      "or simlex999.txt; the numbers are those of gensim's evaluate_word_analogies and "
      "evaluate_word_pairs, whose rules hold: the first 300,000 words are known and searched, case "
      "is ignored, and what holds an unknown word is left out and counted.\n\n"
      "--held-out is the mean over all pairs of words at most --window places apart of "
      "-ln s(u·h) - sum of ln s(-n·h), s being the logistic function, h the input vector (CBOW: "
      "the mean of those around), u the output vector of the target and n those of --negatives "
      "words drawn by count^0.75. Of several files only words that all of them have count, so that "
      "all are asked the same pairs. The standard error takes lines as independent.\n\n"
      "--overlap is the mean share of the k nearest neighbours that FILE and OTHER agree on, among "
      "the words that both have.";
  c.arguments.push_back(
      argument("FILE", kVectorsHelp, &s->files).must_be_given().completed_by(Completes::file));
  auto& flags = c.group("Questions").flags;
  flags.push_back(flag("--analogies", "QUESTIONS", "questions of four words", &s->analogies)
                      .completed_by(Completes::file));
  flags.push_back(flag("--pairs", "PAIRS", "pairs of words with people's judgement", &s->pairs)
                      .completed_by(Completes::file));
  flags.push_back(
      flag("--restrict", "N", "know and search only the first N words; 0 is all", &s->restrict));
  flags.push_back(
      toggle("--case-sensitive", "words of another case are other words", &s->case_sensitive));
  flags.push_back(toggle("--unknown-is-wrong",
                         "what holds an unknown word is wrong (pairs: similarity 0) rather than "
                         "left out",
                         &s->unknown_is_wrong));
  flags.push_back(toggle("--multiply", "3CosMul instead of 3CosAdd", &s->multiply));
  auto& neighbours = c.group("Neighbours").flags;
  neighbours.push_back(
      flag("--overlap", "OTHER", "compare neighbourhoods with these vectors", &s->overlap)
          .completed_by(Completes::file));
  neighbours.push_back(flag("-k,--top", "K", "how many neighbours", &s->neighbours.k));
  neighbours.push_back(flag("--overlap-words", "N",
                            "how many of the common words are asked, the first ones; 0 is all",
                            &s->neighbours.words));
  add_text_flags(s, c);
  auto& others = c.group("Vectors").flags;
  others.push_back(flag("--limit", "N", "read only the first N words of each file", &s->limit)
                       .shown_default("all"));
  others.push_back(flag("-t,--threads", "N", "threads; 0 is one a physical core", &s->threads));
  c.group("Output").flags.push_back(toggle("--json", "a JSON object a file", &s->json));
  c.examples = {
      {"word2vec's analogies and two sets of judged pairs",
       "kindred vectors eval glove.txt --analogies questions-words.txt --pairs wordsim353.tsv "
       "--pairs simlex999.txt"},
      {"two programs on text that neither has seen",
       "kindred vectors eval ours.bin theirs.bin --held-out held-out.txt --architecture skip-gram"},
      {"how much two runs differ", "kindred vectors eval a.bin --overlap b.bin -k 10"}};
  c.run = [s] { run(*s); };
  return c;
}

}  // namespace kindred::cli
