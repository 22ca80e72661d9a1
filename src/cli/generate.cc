// kindred generate: a made-up catalogue of a cross-border shop.
#include <memory>
#include <optional>
#include <string>

#include "catalog/generator.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "io/atomic_file.h"

namespace kindred::cli {

Command generate_command() {
  struct State {
    catalog::GeneratorOptions options;
    std::size_t seed = 1;
    std::string format = "jsonl";
    std::string output;
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
  c.examples = {{"ten thousand products", "kindred generate -n 10000 -o products.jsonl"}};
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
  };
  return c;
}

}  // namespace kindred::cli
