// kindred import: a file of products into a catalogue, or into a shop and its index.
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/progress.h"
#include "catalog/import.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/shop_flags.h"
#include "io/atomic_file.h"
#include "io/file.h"
#include "shop/language_model.h"

namespace kindred::cli {
namespace {

using Json = nlohmann::ordered_json;

struct State {
  std::string file;
  std::string store;
  ShopFlags shop;
  std::string catalogue;
  NewModelFlags model;
  std::optional<std::string> mapping, format, report, duplicates, language_model;
  std::string similarity = "0.85";
  bool keep_texts = false;
  bool json = false;
  bool quiet = false;
};

void write_line(std::optional<io::AtomicFile>& file, const Json& line) {
  file->write(json_line(line));
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

std::uint64_t rows_per_second(const catalog::ImportCounts& counts) {
  return static_cast<std::uint64_t>(static_cast<double>(counts.rows) /
                                    std::max(counts.seconds, 1e-3));
}

Json summary_of(const State& s, const catalog::ImportCounts& counts, std::uint64_t total) {
  Json summary{{"rows", counts.rows},
               {"inserted", counts.stored.inserted},
               {"updated", counts.stored.updated},
               {"unchanged", counts.stored.unchanged},
               {"bad", counts.bad},
               {"repeats", counts.repeats},
               {"ambiguous_prices", counts.ambiguous_prices},
               {"products", total},
               {"seconds", counts.seconds},
               {"rows_per_second", rows_per_second(counts)}};
  if (counts.ambiguous_prices > 0) {
    summary["ambiguous_price"] = {{"line", counts.ambiguous_line},
                                  {"written", counts.ambiguous_price},
                                  {"read", counts.ambiguous_value}};
  }
  for (const auto& [column, aside] : counts.aside) {
    summary["columns_aside"].push_back(
        {{"column", column}, {"instead", aside.instead}, {"rows", aside.rows}});
  }
  if (s.duplicates) summary["duplicates"] = counts.duplicates;
  return summary;
}

void print_summary(const State& s, const catalog::ImportCounts& counts, std::uint64_t total) {
  print("{} rows in {}, {} rows/s: {} new, {} changed, {} as before, {} bad\n",
        with_thousands(counts.rows), format_duration(std::chrono::duration<double>(counts.seconds)),
        with_thousands(rows_per_second(counts)), with_thousands(counts.stored.inserted),
        with_thousands(counts.stored.updated), with_thousands(counts.stored.unchanged),
        with_thousands(counts.bad));
  if (s.duplicates) {
    print("{} look like a product before them ({})\n", with_thousands(counts.duplicates),
          *s.duplicates);
  }
  print("{} products in {}\n", with_thousands(total), s.store.empty() ? s.shop.directory : s.store);
}

// What was decided, on standard error.
void note_decisions(const catalog::ImportCounts& counts) {
  for (const auto& [column, aside] : counts.aside) {
    note(
        fmt::format("the columns {} and {} are for one thing: {} is taken, {} is kept as the "
                    "attribute {}; a mapping can say otherwise",
                    aside.instead, column, aside.instead, column, column));
  }
  if (counts.repeats > 0) {
    note(fmt::format(
        "rows that repeat the id of a row before them: {} (the first: {}); what they say "
        "is added to the product, and where they contradict each other the later counts",
        with_thousands(counts.repeats), counts.repeated));
  }
  if (counts.ambiguous_prices > 0) {
    note(fmt::format(
        "prices that could be read in two ways: {}, such as '{}' on line {}, which was read as {}; "
        "a "
        "currency beside them, or \"decimal_mark\": \".\" or \",\" in a mapping, decides",
        with_thousands(counts.ambiguous_prices), counts.ambiguous_price, counts.ambiguous_line,
        counts.ambiguous_value));
  }
}

// A file that gives no product is no success.
void check_products(const State& s, const catalog::ImportCounts& counts, const std::string& why) {
  if (counts.rows == 0 && !interrupted()) note(s.file + " has no rows; nothing is imported");
  if (counts.rows == 0 || counts.bad < counts.rows) return;
  fail(ErrorKind::bad_input, "{}: none of its {} rows is a product; the first bad one, {}", s.file,
       counts.rows, why);
}

catalog::ProductReader open_products(const State& s) {
  catalog::Mapping mapping;
  if (s.mapping) mapping = catalog::Mapping::from_json(io::read_text_file(*s.mapping), *s.mapping);
  std::optional<io::TableFormat> format;
  if (s.format) format = io::parse_table_format(*s.format);
  return catalog::ProductReader::open(s.file, std::move(mapping), format);
}

catalog::ImportCounts import_file(const State& s, catalog::ProductReader& reader,
                                  catalog::Store& store) {
  std::optional<io::AtomicFile> report, duplicates;
  if (s.report) report = io::AtomicFile::create(*s.report);
  if (s.duplicates) duplicates = io::AtomicFile::create(*s.duplicates);
  catalog::ImportOptions options{.clean = !s.keep_texts, .duplicates = s.duplicates.has_value()};
  if (s.language_model) options.identify = shop::open_language_model(*s.language_model);
  options.duplicate_options.similarity = parse_similarity(s.similarity);
  constexpr std::uint64_t kShown = 5;
  std::uint64_t bad_rows = 0;
  std::string first_bad;
  catalog::ImportEvents events;
  events.bad_row = [&](const catalog::BadRowReport& bad) {
    if (report)
      write_line(report, {{"line", bad.line}, {"column", bad.column}, {"reason", bad.reason}});
    const std::string column = bad.column.empty() ? "" : ", column " + bad.column;
    const std::string line = fmt::format("line {}{}: {}", bad.line, column, bad.reason);
    if (first_bad.empty()) first_bad = line;
    if (!report && ++bad_rows <= kShown) note(line);
  };
  events.duplicate = [&](const std::string& id, const catalog::Duplicate& duplicate) {
    write_line(duplicates,
               {{"id", id}, {"of", duplicate.of}, {"similarity", duplicate.similarity}});
  };
  events.stop = [] { return interrupted(); };
  Progress progress(s.quiet ? nullptr : stderr, "import", "rows");
  const catalog::ImportCounts counts =
      catalog::import_products(reader, store, options, events, progress);
  if (report) report->commit();
  if (duplicates) duplicates->commit();
  if (bad_rows > kShown) {
    note(fmt::format("and {} more bad rows; --report FILE lists them all", bad_rows - kShown));
  }
  note_decisions(counts);
  check_products(s, counts, first_bad);
  return counts;
}

void import_into_store(const State& s) {
  catalog::ProductReader reader = open_products(s);
  const auto store = catalog::open_store(s.store);
  const catalog::ImportCounts counts = import_file(s, reader, *store);
  if (s.json) {
    print_json(summary_of(s, counts, store->count()));
  } else if (!s.quiet) {
    print_summary(s, counts, store->count());
  }
  if (interrupted()) throw Interrupted{};
}

/// The shop, made where there is none.
shop::Shop open_or_create(State& s) {
  const std::optional<catalog::Prompt> prompt = s.model.asked_prompt();
  const std::string& directory = s.shop.directory;
  if (!shop::Shop::exists(directory)) {
    if (!s.model.any()) return shop::Shop::create(directory, s.catalogue, {});  // words alone
    if (s.model.request.path.empty()) {
      fail(ErrorKind::bad_input,
           "the flags say how products are embedded and not by which model: --model MODEL");
    }
    s.model.fill_from({});
    return shop::Shop::create(
        directory, s.catalogue,
        shop::describe_version(s.model.request, prompt.value_or(catalog::Prompt()),
                               s.shop.encoder_use()));
  }
  shop::Shop shop = shop::Shop::open(directory, shop::Access::write);
  if (!shop.current().has_vectors() && s.model.any()) {
    fail(ErrorKind::bad_input,
         "{} was made without a model; import without those flags, and add vectors by kindred "
         "reindex {} --model MODEL",
         directory, directory);
  }
  // The same command again is welcome; another model is a new version's.
  if (!s.model.matches(shop.current()) ||
      (!s.catalogue.empty() && s.catalogue != shop.settings().catalogue)) {
    fail(ErrorKind::bad_input,
         "{} was made with another model, prompt or catalogue; import without those flags, or "
         "index anew beside the old: kindred reindex {} --model MODEL",
         directory, directory);
  }
  return shop;
}

void import_into_shop(State& s) {
  catalog::ProductReader reader = open_products(s);  // first: no shop is made for a wrong file
  shop::Shop shop = open_or_create(s);
  shop::Version version = shop.open_version(std::nullopt, s.shop.use());
  const catalog::ImportCounts counts = import_file(s, reader, shop.catalogue());
  const std::uint64_t products = shop.catalogue().count();
  if (!s.json && !s.quiet) print_summary(s, counts, products);
  if (interrupted()) throw Interrupted{};
  const shop::SyncCounts synced =
      run_sync(shop, version, s.shop.encoder_use(), /*donor=*/nullptr, s.quiet);
  if (s.json) {
    Json summary = summary_of(s, counts, products);
    summary["index"] = json_of(synced);
    print_json(summary);
  } else if (!s.quiet) {
    print_sync(synced, version.settings());
  }
  if (!synced.complete) throw Interrupted{};
}

void run_import(State& s) {
  if (s.store.empty() == s.shop.directory.empty()) {
    fail(ErrorKind::bad_input,
         "say where the products go: --into SHOP for a catalogue with its index, or --store STORE "
         "for a catalogue alone");
  }
  if (!s.store.empty() && (s.model.any() || !s.catalogue.empty()))
    fail(ErrorKind::bad_input, "--store is a catalogue without an index; --into SHOP has a model");
  catch_interrupts();
  if (s.store.empty()) {
    import_into_shop(s);
  } else {
    import_into_store(s);
  }
}

}  // namespace

Command import_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "import";
  c.summary = "products from a file into a shop, or into a catalogue alone";
  c.description =
      "Reads products from a CSV, TSV, JSONL or Parquet file, cleans their texts (markup out, "
      "Unicode and "
      "widths "
      "normalised, quantities as \"256 GB\", languages recognised) and stores them under their "
      "ids. "
      "Importing a file again changes nothing. What a row says is added to the product that has "
      "its "
      "id; an empty cell says nothing, and what it would replace stays.\n\n"
      "A shop (--into) is a directory with the catalogue and its index. The first import makes it: "
      "with --model it is searched by meaning and by words, without by words alone, until "
      "'kindred reindex' adds vectors. Every import then embeds what has changed, and only that. "
      "It may be stopped or killed at any moment: importing again goes on where it was.\n\n"
      "A bad row is reported with its line, column and reason, and costs no other row. Columns of "
      "usual "
      "names (id, sku, title, title_es, description, category, category_1, brand, price, currency, "
      "attribute_colour, …) are understood; a mapping file tells what others are: {\"columns\": "
      "{\"Nombre\": \"title:es\", \"Farbe\": \"attribute:colour\"}, \"language\": \"es\", "
      "\"currency\": "
      "\"EUR\", \"category_separator\": \"/\", \"decimal_mark\": \",\"}. What nothing is said "
      "about is "
      "kept. Of two columns for one thing (id and sku) one is taken, and the other becomes an "
      "attribute.";
  c.arguments.push_back(argument("FILE", "products: .csv, .tsv, .jsonl or .parquet", &s->file)
                            .completed_by(Completes::file)
                            .must_be_given());
  auto& output = c.group("Catalogue").flags;
  output.push_back(
      flag("--into", "SHOP", "the directory of a shop, made when there is none", &s->shop.directory)
          .completed_by(Completes::directory));
  output.push_back(flag("--store", "STORE",
                        "a catalogue alone: a SQLite file, or postgres://user@host/database",
                        &s->store)
                       .completed_by(Completes::file)
                       .written()
                       .not_with({"into"}));
  output.push_back(flag("--catalogue", "URL",
                        "of a new shop: the PostgreSQL database that holds its products",
                        &s->catalogue)
                       .shown_default("a SQLite file in the shop"));
  output.push_back(
      flag("--report", "FILE", "bad rows as JSON lines (line, column, reason)", &s->report)
          .completed_by(Completes::file)
          .written()
          .shown_default("the first on standard error"));
  output.push_back(flag("--duplicates", "FILE",
                        "look for products alike and list them as JSON lines", &s->duplicates)
                       .completed_by(Completes::file)
                       .written());
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
  input.push_back(flag("--language-model", "FILE",
                       "fastText's language identifier (lid.176.ftz or .bin), which then tells the "
                       "language of texts whose rows do not, in place of the built-in recogniser",
                       &s->language_model)
                      .completed_by(Completes::file));
  s->model.add(c, std::string(catalog::Prompt::kDefault));
  s->shop.add_resources(c);
  c.examples = {
      {"a shop, searched by 'kindred search shop'",
       "kindred import products.jsonl --into shop --model models/multilingual-e5-small"},
      {"a shop that is searched by words alone", "kindred import products.jsonl --into shop"},
      {"a made-up catalogue",
       "kindred generate -n 10000 -o products.jsonl && kindred import "
       "products.jsonl --store shop.db"},
      {"a shop's own export",
       "kindred import export.csv --store shop.db --mapping columns.json "
       "--report bad.jsonl"}};
  c.run = [s] { run_import(*s); };
  return c;
}

}  // namespace kindred::cli
