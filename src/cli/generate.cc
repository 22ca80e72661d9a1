// kindred generate: a made-up catalogue of a cross-border shop, and its click log.
#include <memory>
#include <optional>
#include <string>

#include "catalog/generator.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "io/atomic_file.h"
#include "prepare/click_log_generator.h"

namespace kindred::cli {
namespace {

void write_clicks(const prepare::ClickLogGeneratorOptions& options, const std::string& path,
                  const std::string& truth_path) {
  auto log = io::AtomicFile::create(path);
  std::optional<io::AtomicFile> truth;
  if (!truth_path.empty()) {
    truth = io::AtomicFile::create(truth_path);
    truth->write("query\tid\tgrade\tlanguage\n");
  }
  prepare::generate_click_log(
      options, [&](std::string_view line) { log.write(line); },
      [&](std::string_view query, std::uint64_t id, int grade, std::string_view language) {
        if (truth) truth->write(fmt::format("{}\t{}\t{}\t{}\n", query, id, grade, language));
      });
  log.commit();
  if (truth) truth->commit();
}

}  // namespace

Command generate_command() {
  struct State {
    catalog::GeneratorOptions options;
    std::size_t seed = 1;
    std::string format = "jsonl";
    std::string output;
    std::string clicks, truth;
    std::string click_model = "dbn";
    prepare::ClickLogGeneratorOptions log;
  };
  auto s = std::make_shared<State>();
  Command c;
  c.name = "generate";
  c.summary = "a made-up multilingual catalogue, for demos and tests";
  c.description =
      "Writes products of a cross-border shop: titles and descriptions in Chinese, English, "
      "Spanish "
      "and French, categories in three levels, brands, attributes and prices. The same seed gives "
      "the same products, and product i is the same however many are made.";
  auto& flags = c.group("Output").flags;
  flags.push_back(flag("-n,--products", "N", "how many products", &s->options.products));
  flags.push_back(flag("--seed", "N", "another seed, another catalogue", &s->seed));
  flags.push_back(
      flag("--format", "FORMAT", "all fields as JSON lines, or titles as TSV", &s->format)
          .one_of({"jsonl", "tsv"}));
  flags.push_back(flag("-o,--output", "FILE", "where the products go", &s->output)
                      .shown_default("standard output")
                      .completed_by(Completes::file)
                      .written());
  auto& clicks = c.group("Click log").flags;
  clicks.push_back(flag("--clicks", "FILE",
                        "also what customers of the shop searched for, saw, clicked and bought, as "
                        "'kindred prepare clicks' reads it",
                        &s->clicks)
                       .completed_by(Completes::file)
                       .written());
  clicks.push_back(flag("--searches", "N", "in the log", &s->log.searches));
  clicks.push_back(flag("--click-model", "NAME",
                        "how the customers click: by position (pbm), from the top to the first "
                        "click (cascade) or until satisfied (dbn), or by the last click (ubm)",
                        &s->click_model)
                       .one_of({"pbm", "cascade", "dbn", "ubm"}));
  clicks.push_back(
      toggle("--events", "an event a line, rather than a page of results", &s->log.events));
  clicks.push_back(flag("--days", "N", "that the log covers", &s->log.days));
  clicks.push_back(flag("--truth", "FILE",
                        "what the customers of the log find relevant, as TSV: query, id, grade, "
                        "language",
                        &s->truth)
                       .completed_by(Completes::file)
                       .written());
  c.examples = {
      {"ten thousand products", "kindred generate -n 10000 -o products.jsonl"},
      {"with a click log", "kindred generate -n 5000 -o products.jsonl --clicks clicks.jsonl"}};
  c.run = [s] {
    s->options.seed = s->seed;
    s->options.validate();
    std::optional<io::AtomicFile> file;
    if (!s->output.empty()) file = io::AtomicFile::create(s->output);
    const auto write = [&](const std::string& line) {
      if (file)
        file->write(line);
      else
        write_out(line);
    };
    const bool tsv = s->format == "tsv";
    if (tsv) write(std::string(catalog::tsv_header()) + '\n');
    catalog::generate(s->options, [&](const catalog::GeneratedProduct& product) {
      write((tsv ? catalog::to_tsv_line(product) : catalog::to_json_line(product)) + '\n');
    });
    if (file) file->commit();
    if (s->clicks.empty()) return;
    s->log.products = s->options;
    s->log.model = prepare::parse_simulated_clicks(s->click_model);
    write_clicks(s->log, s->clicks, s->truth);
  };
  return c;
}

}  // namespace kindred::cli
