// kindred prepare pairs: training examples of files as people have them.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/pair_flags.h"
#include "io/file.h"
#include "kindred/tokenizer.h"
#include "prepare/judged_pairs.h"
#include "prepare/pair_reader.h"
#include "prepare/prepare_examples.h"
#include "prepare/product_pairs.h"

namespace kindred::cli {
namespace {

using Json = nlohmann::ordered_json;

struct State {
  std::vector<std::string> files;
  PairFlags pairs;
  std::string output, rejects, source, model;
  std::string judgements, queries, products;
  std::optional<std::string> mapping, text_template, positive_from, only, drop;
  std::vector<std::string> gains, make;
  std::string hardness = "mixed";
  std::size_t pairs_each = 0, variants = 1, seed = 1;
  std::size_t rejects_each = 100;
  prepare::CleaningOptions cleaning;
  bool identify = false;
  bool json = false;
  bool quiet = false;
};

prepare::ExampleStatistics::CountTokens token_counter(const std::string& model) {
  if (model.empty()) return {};
  const auto tokenizer = std::make_shared<Tokenizer>(Tokenizer::open(model));
  return [tokenizer](std::string_view text) {
    PackedIds ids;
    tokenizer->encode_packed(std::span(&text, 1), {}, ids);
    return ids.ids.size();
  };
}

prepare::ProductFile product_file(const State& s) {
  prepare::ProductFile file{.path = s.products};
  if (s.mapping)
    file.mapping = catalog::Mapping::from_json(io::read_text_file(*s.mapping), *s.mapping);
  if (s.text_template) file.prompt = catalog::Prompt(*s.text_template);
  return file;
}

std::unique_ptr<prepare::ExampleSource> open_judgements(const State& s,
                                                        const prepare::PairOptions& pairs) {
  if (s.products.empty())
    fail(ErrorKind::bad_input, "--judgements are of products: name their file by --products");
  prepare::JudgedOptions options{.judgements = s.judgements,
                                 .queries = s.queries,
                                 .products = product_file(s),
                                 .anchor_prompt = pairs.anchor_prompt,
                                 .passage_prompt = pairs.passage_prompt,
                                 .source = s.source};
  for (const std::string& text : s.gains) {
    const auto [label, gain] = parse_assignment("--gain", text, "S=0.1");
    options.gains[label] = parse_number("--gain", gain);
  }
  if (s.positive_from) options.positive_from = parse_number("--positive-from", *s.positive_from);
  if (s.only) options.only = parse_assignment("--only", *s.only, "split=train");
  return std::make_unique<prepare::JudgedPairs>(std::move(options));
}

std::unique_ptr<prepare::ExampleSource> open_products(const State& s,
                                                      const prepare::PairOptions& pairs) {
  prepare::ProductPairOptions options{.products = product_file(s),
                                      .translation = {.pairs_each = s.pairs_each},
                                      .variants = s.variants,
                                      .seed = s.seed,
                                      .anchor_prompt = pairs.anchor_prompt,
                                      .passage_prompt = pairs.passage_prompt,
                                      .source = s.source};
  for (const std::string& what : s.make) {
    if (what == "translations") options.translations = true;
    if (what == "categories") options.categories = true;
    if (what == "attributes") options.attributes = true;
    if (what == "spans") options.spans = true;
  }
  options.category.hardness = prepare::parse_hardness(s.hardness);
  if (s.cleaning.negatives) options.category.negatives = *s.cleaning.negatives;
  if (s.drop) options.variant.drop = parse_number("--drop", *s.drop);
  return std::make_unique<prepare::ProductPairs>(std::move(options));
}

std::vector<std::unique_ptr<prepare::ExampleSource>> open_sources(const State& s) {
  prepare::PairOptions options = s.pairs.options();
  options.source = s.source;
  options.translations = {.pairs_each = s.pairs_each, .seed = s.seed};
  std::vector<std::unique_ptr<prepare::ExampleSource>> sources;
  for (const std::string& file : s.files)
    sources.push_back(std::make_unique<prepare::PairReader>(file, options));
  if (!s.judgements.empty()) sources.push_back(open_judgements(s, options));
  if (!s.make.empty()) {
    if (s.products.empty())
      fail(ErrorKind::bad_input, "--make is of products: name their file by --products");
    sources.push_back(open_products(s, options));
  }
  if (sources.empty()) {
    fail(ErrorKind::bad_input,
         "say what the examples are made of: training files, --judgements FILE with --products "
         "FILE, or --products FILE with --make translations, categories, attributes or spans");
  }
  return sources;
}

void print_counts(const State& s, const prepare::PrepareCounts& counts,
                  const prepare::ExampleCleaner& cleaner, const prepare::RejectLog& rejects) {
  print("{} rows, {} examples in {}\n", with_thousands(counts.rows),
        with_thousands(counts.examples), s.output);
  if (rejects.total() > 0) {
    print("{} rejected{}\n", with_thousands(rejects.total()),
          s.rejects.empty() ? "; the first: " + rejects.first() : ", a sample in " + s.rejects);
    for (const auto& [reason, count] : rejects.counts())
      print("  {:42} {}\n", reason, with_thousands(count));
  }
  for (const auto& [change, count] : cleaner.changes())
    print("  {:42} {}\n", change, with_thousands(count));
}

Json summary_of(const prepare::PrepareCounts& counts, const prepare::ExampleCleaner& cleaner,
                const prepare::RejectLog& rejects, const prepare::ExampleStatistics& statistics) {
  Json summary{{"rows", counts.rows}, {"examples", counts.examples}, {"rejected", rejects.total()}};
  summary["rejects"] = Json::object();
  for (const auto& [reason, count] : rejects.counts())
    summary["rejects"][std::string(reason)] = count;
  summary["changes"] = Json::object();
  for (const auto& [change, count] : cleaner.changes())
    summary["changes"][std::string(change)] = count;
  summary["notes"] = counts.notes;
  summary["statistics"] = Json::parse(statistics.to_json());
  return summary;
}

void run_pairs(State& s) {
  const auto sources = open_sources(s);
  if (s.identify) s.cleaning.identify = catalog::identify_language;
  prepare::ExampleCleaner cleaner(s.cleaning);
  prepare::ExampleStatistics statistics(token_counter(s.model));
  prepare::RejectLog rejects(s.rejects, s.rejects_each);
  catch_interrupts();
  Progress progress(s.quiet ? nullptr : stderr, "prepare", "rows");
  const prepare::PrepareCounts counts = prepare::prepare_examples(
      sources, s.output, cleaner, rejects, statistics, [] { return interrupted(); }, progress);
  progress.finish();
  if (interrupted()) throw Interrupted{};
  if (s.json) return print_json(summary_of(counts, cleaner, rejects, statistics));
  if (s.quiet) return;
  for (const std::string& text : counts.notes) note(text);
  print_counts(s, counts, cleaner, rejects);
  print("\n{}", statistics.to_text());
}

void add_products(Command& c, const std::shared_ptr<State>& s) {
  auto& flags = c.group("Products and judgements").flags;
  flags.push_back(
      flag("--products", "FILE",
           "products as 'kindred import' reads them, ESCI's or WANDS's table, or BEIR's "
           "corpus",
           &s->products)
          .completed_by(Completes::file));
  flags.push_back(
      flag("--mapping", "FILE", "what the columns of the products are, as JSON", &s->mapping)
          .completed_by(Completes::file));
  flags.push_back(flag("--template", "TEMPLATE", "what is read of a product, see 'kindred import'",
                       &s->text_template)
                      .shown_default("of categories the title, of attributes brand, title and "
                                     "attributes, else all of it"));
  flags.push_back(flag("--judgements", "FILE",
                       "a table of query_id or query, product_id and label (E S C I, Exact Partial "
                       "Irrelevant, or a number)",
                       &s->judgements)
                      .completed_by(Completes::file));
  flags.push_back(flag("--queries", "FILE", "a table of query_id and query", &s->queries)
                      .completed_by(Completes::file));
  flags.push_back(flag("--gain", "LABEL=GAIN", "what a label is worth. May be repeated", &s->gains)
                      .shown_default("E 1, S 0.1, C 0.01, I 0; Exact 1, Partial 0.5"));
  flags.push_back(flag("--positive-from", "GAIN",
                       "least gain of a positive; 0 is a negative, and what is between is graded",
                       &s->positive_from)
                      .shown_default("1"));
  flags.push_back(flag("--only", "COLUMN=VALUE", "only judgements with this value", &s->only));
  flags.push_back(
      flag("--make", "WHAT",
           "pairs of the products alone: titles in several languages, triplets by "
           "category, texts with attributes told in other ways, titles with the places of "
           "their attributes. May be repeated",
           &s->make)
          .one_of({"translations", "categories", "attributes", "spans"}));
  flags.push_back(flag("--pairs-each", "N",
                       "of each set of translations this many pairs of languages, in balance; 0: "
                       "every language with all others",
                       &s->pairs_each));
  flags.push_back(
      flag("--hardness", "HOW", "how near the categories of negatives are", &s->hardness)
          .one_of({"near", "mixed", "far"}));
  flags.push_back(flag("--variants", "N", "of each product's attributes", &s->variants));
  flags.push_back(flag("--drop", "SHARE", "of the attributes that a variant leaves out", &s->drop)
                      .shown_default("0.3"));
  flags.push_back(flag("--seed", "N", "another seed, other draws", &s->seed));
}

void add_cleaning(Command& c, const std::shared_ptr<State>& s) {
  auto& flags = c.group("Cleaning").flags;
  flags.push_back(flag("--negatives", "N",
                       "each example has this many: the first ones, and those with fewer are "
                       "rejected",
                       &s->cleaning.negatives)
                      .shown_default("as many as there are"));
  flags.push_back(flag("--most-characters", "N", "of a text; longer ones are rejected",
                       &s->cleaning.most_characters));
  flags.push_back(toggle("--keep-markup", "leave HTML in texts", &s->cleaning.keep_markup));
  flags.push_back(toggle("--keep-duplicates", "keep examples that repeat one before",
                         &s->cleaning.keep_duplicates));
  flags.push_back(toggle("--identify-languages",
                         "tell the language of texts whose language no column names",
                         &s->identify));
}

}  // namespace

Command prepare_pairs_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "prepare pairs";
  c.summary = "training examples of plain files, judged queries and a catalogue's own products";
  c.description =
      "Reads training files as sentence-transformers, FlagEmbedding, Tevatron, DPR and SWIFT have "
      "them, and writes one JSON object a line: an anchor with positives and negatives, with "
      "graded passages, or alone. What a column is, its name says (anchor, query, question, "
      "sentence1, positive, answer, pos, negative_1, neg, score, label, …), never its place; "
      "columns of other names are left out, and named. Columns that are codes of languages (en, "
      "zh) are translations of one another.\n\n"
      "Judgements of products become one example a query, with the gains as scores; --make makes "
      "pairs of a catalogue alone.\n\n"
      "Texts lose blanks at their ends and HTML. Rejected, with a reason, are rows that cannot be "
      "read, empty texts, texts that are the words nan or None, damaged characters, positives that "
      "are the anchor, duplicates, and scores that are no numbers or outside of --scores. "
      "Negatives that are a positive are left out.";
  c.arguments.push_back(
      argument("FILE", "training files: .csv, .tsv, .jsonl, .json, .parquet, or a text a line",
               &s->files)
          .completed_by(Completes::file));
  auto& output = c.group("Output").flags;
  output.push_back(flag("-o,--output", "FILE", "the examples, as JSON lines", &s->output)
                       .completed_by(Completes::file)
                       .written()
                       .must_be_given());
  output.push_back(flag("--rejects", "FILE",
                        "a sample of what is rejected, as JSON lines with "
                        "reason, file and line",
                        &s->rejects)
                       .completed_by(Completes::file)
                       .written());
  output.push_back(
      flag("--rejects-each", "N", "how many of each reason are in the sample", &s->rejects_each));
  output.push_back(
      flag("--source", "NAME", "where the examples say that they come from", &s->source)
          .shown_default("the file's name"));
  output.push_back(flag("--model", "MODEL", "count tokens by this model's tokenizer too", &s->model)
                       .completed_by(Completes::model));
  output.push_back(toggle("--json", "print a summary as a JSON object", &s->json));
  output.push_back(toggle("-q,--quiet", "no progress and no summary", &s->quiet));
  s->pairs.add_input(c);
  s->pairs.add_prompts(c);
  add_products(c, s);
  add_cleaning(c, s);
  c.examples = {
      {"whatever the columns say",
       "kindred prepare pairs pairs.csv -o train.jsonl --rejects bad.jsonl"},
      {"names of one's own, and the prompts of an E5 model",
       "kindred prepare pairs faq.csv -o train.jsonl --column anchor=title --column positive=body "
       "--prompt 'anchor=query: ' --prompt 'passage=passage: '"},
      {"similarity scores from 0 to 5",
       "kindred prepare pairs sts.tsv -o train.jsonl --scores 0:5"},
      {"judged queries of a shop",
       "kindred prepare pairs --judgements labels.csv --products products.jsonl -o train.jsonl"},
      {"of a catalogue alone",
       "kindred prepare pairs --products products.jsonl --make translations --make categories -o "
       "train.jsonl"}};
  c.run = [s] { run_pairs(*s); };
  return c;
}

}  // namespace kindred::cli
