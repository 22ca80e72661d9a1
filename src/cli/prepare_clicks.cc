// kindred prepare clicks: judgements and pairs of what customers click and buy.
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/progress.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/index_flags.h"
#include "cli/json_output.h"
#include "io/file.h"
#include "prepare/click_job.h"

namespace kindred::cli {
namespace {

using prepare::ClickReport;
using Json = nlohmann::ordered_json;

struct State {
  prepare::ClickJobOptions job;
  std::optional<std::string> format, prompt, prompts;
  std::vector<std::string> columns, types;
  std::string zone = "UTC";
  std::string first_position = "auto";
  std::string parts = "0.8,0.1,0.1";
  std::string queries = "new";
  std::string ram = "512M";
  std::size_t gap_minutes = 30;
  std::size_t attribution_days = 7;
  std::size_t seed = 1;
  bool json = false;
  bool quiet = false;
};

std::array<double, prepare::kParts> parse_parts(const std::string& text) {
  std::array<double, prepare::kParts> parts{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto [next, error] = std::from_chars(at, end, parts[i]);
    const bool last = i + 1 == parts.size();
    if (error != std::errc() || (last ? next != end : next == end || *next != ','))
      fail(ErrorKind::bad_input, "--parts {}: give three shares, as in 0.8,0.1,0.1", text);
    at = next + 1;
  }
  return parts;
}

// One line a stage.
class StageLine {
 public:
  explicit StageLine(bool quiet) : stream_(quiet ? nullptr : stderr) {}
  void operator()(const std::string& stage, std::uint64_t done,
                  std::optional<std::uint64_t> total) {
    if (!line_ || stage != stage_) {
      if (line_) line_->finish();
      stage_ = stage;
      seen_ = 0;
      line_ = std::make_unique<Progress>(stream_, stage, "records", total);
    }
    if (done > seen_) line_->add(done - seen_);
    seen_ = std::max(seen_, done);
  }
  void finish() {
    if (line_) line_->finish();
  }

 private:
  std::FILE* stream_;
  std::string stage_;
  std::uint64_t seen_ = 0;
  std::unique_ptr<Progress> line_;
};

void print_read(const ClickReport& r) {
  print("{} lines in {}, {} lines/s; {} not used\n", with_thousands(r.lines),
        format_duration(std::chrono::duration<double>(r.seconds)),
        with_thousands(
            static_cast<std::uint64_t>(static_cast<double>(r.lines) / std::max(r.seconds, 1e-3))),
        with_thousands(r.rejected));
  for (const auto& [reason, counts] : r.rejects)
    print("  {}: {}\n", reason, with_thousands(counts.lines));
  print("from {} to {}, positions from {}\n", prepare::format_time(r.first_time),
        prepare::format_time(r.last_time), r.first_position);
  std::uint64_t bots = 0;
  for (const std::uint64_t users : r.bot_users) bots += users;
  print("{} users, {} of them bots", with_thousands(r.users), with_thousands(bots));
  for (std::size_t i = 0; i < prepare::kBotReasons; ++i)
    if (r.bot_users[i] > 0)
      print("{} {} by {} ({} lines)", i == 0 ? ":" : ",", with_thousands(r.bot_users[i]),
            prepare::to_string(static_cast<prepare::BotReason>(i)), with_thousands(r.bot_lines[i]));
  print("\n");
  prepare::SessionCounts::for_each(r.sessions, [](std::string name, std::uint64_t count) {
    std::replace(name.begin(), name.end(), '_', ' ');
    if (count > 0) print("  {:28} {}\n", name, with_thousands(count));
  });
}

void print_queries(const ClickReport& r) {
  print("{} queries", with_thousands(r.queries));
  constexpr const char* kThirds[] = {"head", "torso", "tail"};
  for (std::size_t i = 0; i < 3; ++i)
    print("{} {} {} ({} searches)", i == 0 ? ":" : ",", kThirds[i],
          with_thousands(r.frequency_queries[i]), with_thousands(r.frequency_searches[i]));
  print("\nsearches by language:");
  for (const auto& [language, counts] : r.languages)
    print(" {} {}", language.empty() ? "unknown" : language, with_thousands(counts.searches));
  print("; by words:");
  for (const auto& [words, searches] : r.query_words)
    print(" {}{} {}", words, words >= 10 ? "+" : "", with_thousands(searches));
  print("\n");
}

void print_models(const ClickReport& r) {
  const prepare::ClickModelChoice& models = r.models;
  print("click model: {} (perplexity", prepare::to_string(models.best));
  for (std::size_t k = 0; k < prepare::kClickModels; ++k)
    if (models.fitted[k])
      print(" {} {:.4f}", prepare::to_string(static_cast<prepare::ClickModelKind>(k)),
            models.foretold[k].perplexity());
  print(")\nposition bias: confidence {}, {} items seen at several positions with {} clicks\n",
        prepare::to_string(models.confidence()), with_thousands(models.variation.pairs),
        with_thousands(models.variation.clicks));
  const auto position = static_cast<std::size_t>(prepare::ClickModelKind::position);
  print("  position      shown      clicks     CTR  examined  corrected\n");
  for (std::size_t k = 0; k < std::min<std::size_t>(r.by_position.size(), 10); ++k) {
    const prepare::ClickRate& rate = r.by_position[k];
    if (rate.shown == 0) continue;
    const double ctr = static_cast<double>(rate.clicks) / static_cast<double>(rate.shown);
    print("  {:8} {:>10} {:>11}  {:.4f}", k + 1, with_thousands(rate.shown),
          with_thousands(rate.clicks), ctr);
    if (models.fitted[position]) {
      const double examined = models.models[position].examined[k];
      print("    {:.4f}     {:.4f}", examined, ctr / examined);
    }
    print("\n");
  }
}

void print_parts(const ClickReport& r, const State& s) {
  for (std::size_t p = 0; p < prepare::kParts; ++p) {
    print("{:5} from {}: {} searches, {} queries, {} judgements (", prepare::kPartNames[p],
          prepare::format_time(r.part_from[p]), with_thousands(r.part_searches[p]),
          with_thousands(r.part_queries[p]), with_thousands(r.judgements[p]));
    for (std::size_t g = 0; g < r.grades[p].size(); ++g)
      print("{}grade {} {}", g == 0 ? "" : ", ", g, with_thousands(r.grades[p][g]));
    print(")");
    if (!s.job.catalogue.empty()) print(", {} pairs", with_thousands(r.pairs[p]));
    print("\n");
  }
  if (r.seen_searches > 0)
    print("{} searches {}: their queries are of another part\n", with_thousands(r.seen_searches),
          s.job.seen_queries ? "are marked" : "are left out");
  if (!s.job.by_lot && r.part_queries[1] + r.part_queries[2] == 0)
    print(
        "dev and test have no query that is new and searched for enough; --queries lot sets some "
        "of all queries aside\n");
  if (r.unknown_products > 0)
    print("{} judgements are of products that the catalogue lacks, and left out\n",
          with_thousands(r.unknown_products));
  print("{}\n", s.job.output);
}

void run(State& s) {
  prepare::ClickJobOptions& job = s.job;
  for (const std::string& column : s.columns) job.log.columns.name(column);
  for (const std::string& type : s.types) job.log.columns.name_type(type);
  if (s.format) job.log.format = io::parse_table_format(*s.format);
  job.log.zone = prepare::parse_zone(s.zone);
  if (s.first_position != "auto") job.first_position = s.first_position == "0" ? 0 : 1;
  job.parts = parse_parts(s.parts);
  job.memory = parse_bytes("--ram", s.ram);
  job.session.gap = static_cast<prepare::Microseconds>(s.gap_minutes) * 60 * prepare::kSecond;
  job.session.attribution =
      static_cast<prepare::Microseconds>(s.attribution_days) * 86400 * prepare::kSecond;
  job.seed = s.seed;
  job.by_lot = s.queries == "lot";
  if (s.prompt) job.prompt = catalog::Prompt(*s.prompt);
  if (s.prompts)
    job.prompt = catalog::Prompt::from_json(io::read_text_file(*s.prompts), *s.prompts);
  catch_interrupts();
  StageLine line(s.quiet);
  job.stop = [] { return interrupted(); };
  job.progress = [&](const char* stage, std::uint64_t done, std::optional<std::uint64_t> total) {
    line(stage, done, total);
  };
  const std::optional<ClickReport> report = prepare::prepare_clicks(job);
  line.finish();
  if (!report) {
    note(fmt::format("stopped; the same command goes on from {}.prepare", job.output));
    throw Interrupted();
  }
  if (s.json) {
    Json json = Json::parse(prepare::to_json(*report));
    json["output"] = job.output;
    json["seconds"] = report->seconds;
    json["temporary_bytes"] = report->temporary_bytes;
    print_json(json);
  } else if (!s.quiet) {
    print_read(*report);
    print_queries(*report);
    print_models(*report);
    print_parts(*report, s);
  }
}

void add_log_flags(Command& c, State* s) {
  auto& flags = c.group("Log").flags;
  flags.push_back(
      flag("--format", "FORMAT", "what the logs are, where an ending does not say it", &s->format)
          .one_of({"csv", "tsv", "jsonl", "parquet"})
          .shown_default("by the ending, else jsonl"));
  flags.push_back(flag("--column", "ROLE=COLUMN",
                       "where something stands: type, query, item, items, position, positions, "
                       "clicks, carts, orders, time, user, session, search, language, agent, page, "
                       "page_size or dwell; a.b is a member, a[b] the value of the key b",
                       &s->columns));
  flags.push_back(flag("--type", "TYPE=WORD,WORD",
                       "what the type column calls a list, search, impression, click, view, cart, "
                       "order or other",
                       &s->types));
  flags.push_back(
      flag("--time-zone", "ZONE", "of times that name none: UTC or an offset, +02:00", &s->zone));
  flags.push_back(flag("--first-position", "N",
                       "how the log counts positions; auto: from 0 where it has a position 0",
                       &s->first_position)
                      .one_of({"auto", "0", "1"}));
  flags.push_back(flag("--hash-users", "SALT",
                       "hash users with a secret before anything is written, and keep no text of "
                       "rejected lines",
                       &s->job.log.salt));
}

void add_people_flags(Command& c, State* s) {
  prepare::BotOptions& bots = s->job.bots;
  auto& flags = c.group("Sessions and bots").flags;
  flags.push_back(
      flag("--session-gap", "MINUTES", "a longer silence ends a session", &s->gap_minutes));
  flags.push_back(flag("--long-click", "SECONDS", "from this on a click was worth it",
                       &s->job.session.long_click));
  flags.push_back(flag("--attribution", "DAYS", "from a click to its order", &s->attribution_days));
  flags.push_back(flag("--queries-a-minute", "N", "more is a bot", &bots.queries_a_minute));
  flags.push_back(flag("--clicks-a-minute", "N", "more is a bot", &bots.clicks_a_minute));
  flags.push_back(
      flag("--queries-a-day", "N", "more different ones are a bot's", &bots.queries_a_day));
  flags.push_back(
      flag("--items-a-day", "N", "more different ones clicked are a bot's", &bots.items_a_day));
  flags.push_back(toggle("--keep-bots", "nobody is a bot", &bots.keep));
}

void add_output_flags(Command& c, State* s) {
  prepare::ClickJobOptions& job = s->job;
  auto& output = c.group("Output").flags;
  output.push_back(
      flag("-o,--output", "DIR", "a new directory for all that comes of it", &job.output)
          .must_be_given()
          .completed_by(Completes::directory)
          .written());
  output.push_back(flag("--catalogue", "CATALOGUE",
                        "the products' texts, for pairs: a shop, a catalogue made by 'kindred "
                        "import --store', or a file of products",
                        &job.catalogue)
                       .completed_by(Completes::file));
  output.push_back(
      flag("--prompt", "TEMPLATE", "a product as text, as for 'kindred import'", &s->prompt)
          .shown_default(std::string(catalog::Prompt::kDefault)));
  output.push_back(flag("--prompts", "FILE", "templates by language, as JSON", &s->prompts)
                       .completed_by(Completes::file)
                       .not_with({"prompt"}));
  output.push_back(
      flag("--parts", "SHARES", "of the searches, by time: train, dev and test", &s->parts));
  output.push_back(
      flag("--queries", "HOW",
           "which queries dev and test have: those that are new in their time, or "
           "such as a lot sets aside, whose searches in the time of train are left out",
           &s->queries)
          .one_of({"new", "lot"}));
  output.push_back(toggle("--seen-queries",
                          "keep searches whose query is of another part, and mark their pairs",
                          &job.seen_queries));
  output.push_back(flag("--min-clicks", "N", "people who clicked, for a grade above 0",
                        &job.judgement.min_clicks));
  output.push_back(flag("--min-examined", "N", "times looked at, for a grade of 0",
                        &job.judgement.min_examined));
  output.push_back(flag("--user-cap", "N", "searches for one query by one user that count",
                        &job.judgement.views_a_user));
  output.push_back(flag("--query-cap", "N", "pairs of one query", &job.pairs_a_query));
  output.push_back(flag("--negatives", "N", "items of grade 0 with each pair", &job.negatives));
  output.push_back(flag("--clip", "X", "the most that one click weighs", &job.judgement.clip));
  output.push_back(
      flag("--seed", "N", "another seed, others held out to compare click models", &s->seed));
  output.push_back(
      flag("--ram", "SIZE", "memory for sorting; the result is the same for any", &s->ram));
  output.push_back(toggle("--json", "print a JSON object", &s->json));
  output.push_back(toggle("-q,--quiet", "no progress and no summary", &s->quiet));
}

}  // namespace

Command prepare_clicks_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "prepare clicks";
  c.summary = "judgements and training pairs of what customers click and buy";
  c.description =
      "Reads click logs of any size in bounded memory: a list of results a line, with what was "
      "clicked, or an event a line. Columns of usual names are understood, and those of "
      "OpenSearch's User Behavior Insights and of Google Analytics 4 in BigQuery; --column names "
      "others. Bad lines are counted, with a sample of each kind.\n\n"
      "Bots go; lines become sessions and searches. Results high on the page are clicked more just "
      "for being there: four models of clicks are fitted, and that which foretells held-out "
      "searches best says how relevant each item is. With what was bought, put into the basket and "
      "looked at for long that becomes grades from 0 to 3.\n\n"
      "DIR then has qrels.train.tsv, qrels.dev.tsv and qrels.test.tsv for 'kindred tune --labels' "
      "and 'kindred eval --qrels', judgements.tsv with what they come of, pairs.train.jsonl and so "
      "on (with --catalogue), rejects.jsonl and report.json. The parts are by time, and no query "
      "is in "
      "two of them.\n\n"
      "While it runs, DIR.prepare holds sorted records on the same disk, about as much as the "
      "logs. "
      "Stopped or killed, the same command goes on from there.";
  c.arguments = {argument("LOG",
                          "click logs: .jsonl, .csv, .tsv or .parquet, plain, gzip or "
                          "Zstandard; - is standard input",
                          &s->job.logs)
                     .must_be_given()
                     .completed_by(Completes::file)};
  add_output_flags(c, s.get());
  add_log_flags(c, s.get());
  add_people_flags(c, s.get());
  c.examples = {
      {"a made-up log, and what it says",
       "kindred generate -n 5000 -o products.jsonl --clicks clicks.jsonl --searches 20000 && "
       "kindred prepare clicks clicks.jsonl --catalogue products.jsonl -o prepared"},
      {"columns of other names, positions from 0",
       "kindred prepare clicks log.csv -o prepared --column query=suchbegriff --column "
       "item=artikel --type click=geklickt --first-position 0"},
      {"what OpenSearch collected",
       "kindred prepare clicks ubi_queries.jsonl ubi_events.jsonl -o prepared"}};
  c.run = [s] { run(*s); };
  return c;
}

}  // namespace kindred::cli
