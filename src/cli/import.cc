// kindred import: a file of products into a catalogue.
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/progress.h"
#include "catalog/import.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "io/atomic_file.h"
#include "io/file.h"

namespace kindred::cli {
namespace {

using Json = nlohmann::ordered_json;

struct State {
  std::string file;
  std::string store;
  std::optional<std::string> mapping, format, report, duplicates;
  std::string similarity = "0.85";
  bool keep_texts = false;
  bool json = false;
  bool quiet = false;
};

void write_line(std::optional<io::AtomicFile>& file, const Json& line) {
  file->write(line.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n');
}

double parse_similarity(const std::string& text) {
  try {
    std::size_t end = 0;
    const double value = std::stod(text, &end);
    if (end == text.size()) return value;
  } catch (const std::exception&) {
    // said below
  }
  fail(ErrorKind::bad_input, "--similarity {}: not a number", text);
}

void print_summary(const State& s, const catalog::ImportCounts& counts, std::uint64_t total) {
  const auto rate =
      static_cast<std::uint64_t>(static_cast<double>(counts.rows) / std::max(counts.seconds, 1e-3));
  if (s.json) {
    Json summary{{"rows", counts.rows},
                 {"inserted", counts.stored.inserted},
                 {"updated", counts.stored.updated},
                 {"unchanged", counts.stored.unchanged},
                 {"bad", counts.bad},
                 {"products", total},
                 {"seconds", counts.seconds},
                 {"rows_per_second", rate}};
    if (s.duplicates) summary["duplicates"] = counts.duplicates;
    write_out(summary.dump() + '\n');
    return;
  }
  if (s.quiet) return;
  print("{} rows in {}, {} rows/s: {} new, {} changed, {} as before, {} bad\n",
        with_thousands(counts.rows), format_duration(std::chrono::duration<double>(counts.seconds)),
        with_thousands(rate), with_thousands(counts.stored.inserted),
        with_thousands(counts.stored.updated), with_thousands(counts.stored.unchanged),
        with_thousands(counts.bad));
  if (s.duplicates) {
    print("{} look like a product before them ({})\n", with_thousands(counts.duplicates),
          *s.duplicates);
  }
  print("{} products in {}\n", with_thousands(total), s.store);
}

void run_import(const State& s) {
  catalog::Mapping mapping;
  if (s.mapping) mapping = catalog::Mapping::from_json(io::read_text_file(*s.mapping), *s.mapping);
  std::optional<io::TableFormat> format;
  if (s.format) format = io::parse_table_format(*s.format);
  catalog::ProductReader reader = catalog::ProductReader::open(s.file, std::move(mapping), format);
  const auto store = catalog::open_store(s.store);

  std::optional<io::AtomicFile> report, duplicates;
  if (s.report) report = io::AtomicFile::create(*s.report);
  if (s.duplicates) duplicates = io::AtomicFile::create(*s.duplicates);
  catalog::ImportOptions options{.clean = !s.keep_texts, .duplicates = s.duplicates.has_value()};
  options.duplicate_options.similarity = parse_similarity(s.similarity);
  constexpr std::uint64_t kShown = 5;
  std::uint64_t bad_rows = 0;
  catalog::ImportEvents events;
  events.bad_row = [&](const catalog::BadRowReport& bad) {
    if (report)
      write_line(report, {{"line", bad.line}, {"column", bad.column}, {"reason", bad.reason}});
    if (report || ++bad_rows > kShown) return;
    const std::string column = bad.column.empty() ? "" : ", column " + bad.column;
    note(fmt::format("line {}{}: {}", bad.line, column, bad.reason));
  };
  events.duplicate = [&](const std::string& id, const catalog::Duplicate& duplicate) {
    write_line(duplicates,
               {{"id", id}, {"of", duplicate.of}, {"similarity", duplicate.similarity}});
  };
  catch_interrupts();
  events.stop = [] { return interrupted(); };
  Progress progress(s.quiet ? nullptr : stderr, "import", "rows");
  const catalog::ImportCounts counts =
      catalog::import_products(reader, *store, options, events, progress);
  if (report) report->commit();
  if (duplicates) duplicates->commit();
  if (bad_rows > kShown) {
    note(fmt::format("and {} more bad rows; --report FILE lists them all", bad_rows - kShown));
  }
  print_summary(s, counts, store->count());
  if (interrupted()) throw Interrupted{};
}

}  // namespace

Command import_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "import";
  c.summary = "products from a file into a catalogue";
  c.description =
      "Reads products from a CSV, TSV, JSONL or Parquet file, cleans their texts (markup out, Unicode and "
      "widths "
      "normalised, quantities as \"256 GB\", languages recognised) and stores them under their "
      "ids. "
      "Importing a file again changes nothing; a product that is there already is replaced.\n\n"
      "A bad row is reported with its line, column and reason, and costs no other row. Columns of "
      "usual "
      "names (id, sku, title, title_es, description, category, category_1, brand, price, currency, "
      "attribute_colour, …) are understood; a mapping file tells what others are: {\"columns\": "
      "{\"Nombre\": \"title:es\", \"Farbe\": \"attribute:colour\"}, \"language\": \"es\", "
      "\"currency\": "
      "\"EUR\", \"category_separator\": \"/\"}. What nothing is said about is kept.";
  c.arguments.push_back(argument("FILE", "products: .csv, .tsv, .jsonl or .parquet", &s->file)
                            .completed_by(Completes::file)
                            .must_be_given());
  auto& output = c.group("Catalogue").flags;
  output.push_back(
      flag("--store", "STORE", "a SQLite file, or postgres://user@host/database", &s->store)
          .completed_by(Completes::file)
          .must_be_given());
  output.push_back(
      flag("--report", "FILE", "bad rows as JSON lines (line, column, reason)", &s->report)
          .completed_by(Completes::file)
          .shown_default("the first on standard error"));
  output.push_back(flag("--duplicates", "FILE",
                        "look for products alike and list them as JSON lines", &s->duplicates)
                       .completed_by(Completes::file));
  output.push_back(
      flag("--similarity", "SHARE", "how alike counts as a duplicate, 0.5 to 1", &s->similarity));
  output.push_back(toggle("--json", "print a summary as a JSON object", &s->json));
  output.push_back(toggle("-q,--quiet", "no progress and no summary", &s->quiet));
  auto& input = c.group("Input").flags;
  input.push_back(flag("--mapping", "FILE", "what the columns are, as JSON", &s->mapping)
                      .completed_by(Completes::file));
  input.push_back(
      flag("--format", "FORMAT", "what the file is, where its ending does not say it", &s->format)
          .one_of({"csv", "tsv", "jsonl", "parquet"})
          .shown_default("by the ending"));
  input.push_back(
      toggle("--keep-texts", "store texts as they come, without cleaning", &s->keep_texts));
  c.examples = {{"a made-up catalogue",
                 "kindred generate -n 10000 -o products.jsonl && kindred import "
                 "products.jsonl --store shop.db"},
                {"a shop's own export",
                 "kindred import export.csv --store shop.db --mapping columns.json "
                 "--report bad.jsonl"}};
  c.run = [s] { run_import(*s); };
  return c;
}

}  // namespace kindred::cli
