// kindred vocabulary report and prune: what texts use of a model's vocabulary, and a model with
// that alone.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/cpu.h"
#include "base/progress.h"
#include "base/thread_pool.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/model_flags.h"
#include "encode/word_encoder.h"
#include "prepare/vocabulary_prune.h"
#include "prepare/vocabulary_report.h"

namespace kindred::cli {
namespace {

using nlohmann::ordered_json;

struct State {
  std::string model;
  std::vector<std::string> files;
  TextFlags text;
  std::string output;
  std::string characters = "all";
  int threads = 0;
  bool json = false;

  int chosen_threads() const {
    const int chosen = threads_or_environment(threads);
    return chosen > 0 ? chosen : available_cores();
  }
  encode::TextSource source(const std::string& path) const {
    return {path, text.source.column, text.source.format};
  }
};

/// "fr=titles.txt", or a path whose name without its ending is the label.
prepare::LabelledTexts labelled(const State& s, const std::string& word) {
  const std::size_t equals = word.find('=');
  if (equals != std::string::npos && equals > 0 && word.find('/') > equals)
    return {word.substr(0, equals), s.source(word.substr(equals + 1))};
  return {std::filesystem::path(word).stem().string(), s.source(word)};
}

ordered_json to_json(const prepare::VocabularyReport& report) {
  ordered_json languages = ordered_json::array();
  for (const prepare::LanguagePieces& l : report.languages)
    languages.push_back({{"label", l.label},
                         {"texts", l.texts},
                         {"words", l.words},
                         {"characters", l.characters},
                         {"pieces", l.pieces},
                         {"pieces_a_word", l.pieces_a_word()},
                         {"characters_a_piece", l.characters_a_piece()},
                         {"unknown", l.unknown},
                         {"unknown_rate", l.unknown_rate()},
                         {"distinct", l.distinct},
                         {"seen_once", l.rare},
                         {"for_99_percent", l.for_99}});
  ordered_json shared = ordered_json::array();
  for (const prepare::SharedPieces& pair : report.shared)
    shared.push_back({{"a", report.languages[pair.a].label},
                      {"b", report.languages[pair.b].label},
                      {"shared", pair.shared},
                      {"share_of_a", pair.share_of_a},
                      {"share_of_b", pair.share_of_b}});
  return {{"tokens", report.tokens},
          {"used", report.used},
          {"languages", languages},
          {"shared", shared}};
}

void print_report(const prepare::VocabularyReport& report) {
  print("{:<16} {:>9} {:>11} {:>11} {:>7} {:>7} {:>8} {:>9} {:>9}\n", "", "texts", "words",
        "pieces", "a word", "chars", "unknown", "distinct", "for 99%");
  for (const prepare::LanguagePieces& l : report.languages)
    print("{:<16} {:>9} {:>11} {:>11} {:>7.3f} {:>7.3f} {:>7.3f}% {:>9} {:>9}\n", l.label,
          with_thousands(l.texts), with_thousands(l.words), with_thousands(l.pieces),
          l.pieces_a_word(), l.characters_a_piece(), 100.0 * l.unknown_rate(),
          with_thousands(l.distinct), with_thousands(l.for_99));
  print("\n{} of {} tokens are used ({:.2f}%)\n", with_thousands(report.used),
        with_thousands(report.tokens),
        100.0 * prepare::LanguagePieces::ratio(report.used, report.tokens));
  for (const prepare::SharedPieces& pair : report.shared)
    print("{} and {} share {} pieces: {:.1f}% and {:.1f}% of what occurs\n",
          report.languages[pair.a].label, report.languages[pair.b].label,
          with_thousands(pair.shared), 100.0 * pair.share_of_a, 100.0 * pair.share_of_b);
}

void run_report(const State& s) {
  ThreadPool pool(s.chosen_threads());
  std::vector<prepare::LabelledTexts> texts;
  for (const std::string& word : s.files) texts.push_back(labelled(s, word));
  Progress progress(stderr, "count", "texts");
  const auto report =
      prepare::report_vocabulary(encode::open_tokenizer(s.model), texts, pool,
                                 [&](std::uint64_t done) { progress.add(done - progress.done()); });
  progress.finish();
  if (s.json) return print_json(to_json(report));
  print_report(report);
}

void run_prune(const State& s) {
  prepare::VocabularyPruneOptions options;
  for (const std::string& path : s.files) options.texts.push_back(s.source(path));
  options.threads = s.chosen_threads();
  if (s.characters == "used") options.characters = prepare::KeptCharacters::used;
  Progress counted(stderr, "count", "texts");
  Progress compared(stderr, "compare", "texts");
  const auto result = prepare::prune_vocabulary(
      s.model, s.output, options, [&](const char* what, std::uint64_t done) {
        Progress& progress = std::string_view(what) == "count" ? counted : compared;
        progress.add(done - progress.done());
      });
  compared.finish();
  if (s.json) {
    return print_json(ordered_json{{"output", s.output},
                                   {"tokens_before", result.tokens_before},
                                   {"tokens", result.tokens_after},
                                   {"used", result.used},
                                   {"texts_compared", result.texts},
                                   {"parameters_before", result.parameters_before},
                                   {"parameters", result.parameters_after},
                                   {"bytes_before", result.bytes_before},
                                   {"bytes", result.bytes_after}});
  }
  constexpr double kMillion = 1e6;
  print("{}: {} tokens of {}, {} of them used by the texts\n", s.output,
        with_thousands(result.tokens_after), with_thousands(result.tokens_before),
        with_thousands(result.used));
  print("{:.1f} million weights of {:.1f}, {:.1f} MiB of {:.1f}\n",
        static_cast<double>(result.parameters_after) / kMillion,
        static_cast<double>(result.parameters_before) / kMillion,
        static_cast<double>(result.bytes_after) / (1 << 20),
        static_cast<double>(result.bytes_before) / (1 << 20));
  print("{} texts compared, prompts included: every one has the same tokens as before\n",
        with_thousands(result.texts));
}

void add_common(Command& c, State& s) {
  auto& flags = c.group("Output").flags;
  flags.push_back(toggle("--json", "print a JSON object", &s.json));
  flags.push_back(flag("-t,--threads", "N", "threads; 0 is one a physical core", &s.threads));
  s.text.add(c);
}

}  // namespace

Command vocabulary_report_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "vocabulary report";
  c.summary = "what texts in several languages use of a model's vocabulary";
  c.description =
      "Counts, for each file, how many pieces a word falls into (fertility), characters a piece, "
      "unknown tokens, distinct pieces and how few of them make up 99% of all that occur; and for "
      "each pair of files, how many pieces both use. A language whose words fall into many pieces "
      "costs more time a text, is cut earlier at the longest input, and is often served worse. "
      "Words are those of Unicode, by dictionaries where there are no spaces.";
  c.arguments = {
      argument("MODEL", "model directory, GGUF file or tokenizer.json", &s->model)
          .must_be_given()
          .completed_by(Completes::model),
      argument("FILE", "texts of one language each, labelled by name, or by LABEL=FILE", &s->files)
          .must_be_given()
          .completed_by(Completes::file)};
  add_common(c, *s);
  c.examples = {{"three languages side by side",
                 "kindred vocabulary report MODEL en.txt es=titles-es.txt zh=titles-zh.txt"}};
  c.run = [s] { run_report(*s); };
  return c;
}

Command vocabulary_prune_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "vocabulary prune";
  c.summary = "a model with only the tokens that texts use: the same vectors, a smaller table";
  c.description =
      "Writes a copy of the model whose tokenizer has the pieces that the texts use, special "
      "tokens, bytes and characters, and whose tables have rows for these alone. Every text of the "
      "files is cut by both tokenizers, alone and behind each of the model's prompts, and the "
      "tokens are compared; vectors of these texts are the same bit by bit.\n\n"
      "Other texts may fall into more and smaller pieces than before, and their vectors get worse: "
      "give texts of all that will be embedded, queries too. sentence-transformers and "
      "transformers load the copy.";
  c.arguments = {argument("MODEL", "model directory", &s->model)
                     .must_be_given()
                     .completed_by(Completes::model)};
  auto& flags = c.group("What stays").flags;
  Parameter keep =
      flag("--keep-from", "FILE", "texts whose pieces stay; may be given again", &s->files)
          .must_be_given()
          .completed_by(Completes::file);
  flags.push_back(keep);
  flags.push_back(flag("--characters", "WHICH",
                       "pieces of one character: all, so that other texts fall apart into them, or "
                       "those used",
                       &s->characters)
                      .one_of({"all", "used"}));
  flags.push_back(flag("-o,--output", "FOLDER", "the new model directory", &s->output)
                      .must_be_given()
                      .completed_by(Completes::directory)
                      .written());
  add_common(c, *s);
  c.examples = {
      {"for a shop that sells in four languages",
       "kindred vocabulary prune MODEL --keep-from products.csv --keep-from queries.csv -c "
       "title -o MODEL-shop"}};
  c.run = [s] { run_prune(*s); };
  return c;
}

}  // namespace kindred::cli
