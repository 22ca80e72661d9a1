// kindred search: a shop's products by meaning, by words, and by both.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/index_flags.h"
#include "cli/search_output.h"
#include "cli/shop_flags.h"
#include "estimators/score_calibration.h"
#include "eval/significance.h"
#include "io/table.h"
#include "shop/item.h"
#include "shop/item_vectors.h"

namespace kindred::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kBatch = 256;  // queries encoded at once

struct State {
  ShopFlags shop;
  std::string query;
  std::string queries;
  std::string filter, sort, diversity, recall;
  std::string calibration, min_probability;
  std::optional<std::string> mode;  ///< unset: what the shop has
  std::vector<std::string> history;
  std::string item_vectors, history_decay, history_weight;
  search::SearchRequest request;
  SearchOutput output;
};

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

search::SortOrder parse_sort(std::string text) {
  search::SortOrder order;
  for (const auto& [ending, descending] : {std::pair{":desc", true}, std::pair{":asc", false}}) {
    if (!text.ends_with(ending)) continue;
    order.descending = descending;
    text.resize(text.size() - std::string_view(ending).size());
  }
  order.field = std::move(text);
  return order;
}

// Ids between commas, of every --history, the oldest first.
search::History history_of(const State& s, const shop::VersionSettings& version) {
  search::History history = s.request.history;
  for (const std::string& value : s.history) {
    std::size_t begin = 0;
    while (begin <= value.size()) {
      const std::size_t end = std::min(value.find(',', begin), value.size());
      if (end > begin) history.items.push_back(value.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  if (history.empty()) {
    if (!s.history.empty())
      fail(ErrorKind::bad_input, "--history names no product; give ids, such as --history 17,4,25");
    for (const auto& [flag, given] : {std::pair{"--item-vectors", !s.item_vectors.empty()},
                                      {"--history-decay", !s.history_decay.empty()},
                                      {"--history-weight", !s.history_weight.empty()},
                                      {"--include-seen", history.include_seen}}) {
      if (given) fail(ErrorKind::bad_input, "{} is of use with --history alone", flag);
    }
    return history;
  }
  if (!s.history_decay.empty()) history.decay = parse_share("--history-decay", s.history_decay);
  if (!s.history_weight.empty()) history.weight = parse_share("--history-weight", s.history_weight);
  history.own_vectors = version.has_vectors();
  if (s.item_vectors.empty())
    version.check_vectors("--history without --item-vectors");
  else
    history.learned = shop::open_item_vectors(s.item_vectors, s.shop.use().threads);
  return history;
}

// Everything of the request but the query.
search::SearchRequest request_of(const State& s, const shop::VersionSettings& version) {
  search::SearchRequest request = s.request;
  const std::string mode = s.mode.value_or(version.has_vectors() ? "hybrid" : "words");
  request.mode = mode == "vector"  ? search::SearchMode::vector
                 : mode == "words" ? search::SearchMode::words
                                   : search::SearchMode::hybrid;
  request.language = s.output.language;
  request.fusion = version.fusion;
  request.number_facets = request.facets;  // a field may have tags, numbers or both
  request.expected_fields = shop::expected_fields();
  if (!s.filter.empty()) request.filter = index::parse_filter(s.filter);
  if (!s.sort.empty()) request.sort = parse_sort(s.sort);
  if (!s.diversity.empty()) request.diversity = parse_share("--diversity", s.diversity);
  if (!s.recall.empty()) request.recall = parse_recall(s.recall);
  if (mode != "words") version.check_vectors("--mode " + mode);
  if (!request.like.empty()) version.check_vectors("--like");
  request.history = history_of(s, version);
  if (request.diversity > 0.0) version.check_vectors("--diversity");
  return request;
}

// Answers queries, a batch encoded at a time.
class Session {
 public:
  explicit Session(const State& s)
      : state_(s),
        shop_(shop::Shop::open(s.shop.directory, shop::Access::read)),
        version_(s.shop.open_version(shop_)),
        encoder_(version_.settings(), s.shop.encoder_use()),
        request_(request_of(s, version_.settings())) {
    // Fingerprints are compared even where no query is encoded: a wrong --model is a mistake.
    if (!s.shop.model_path.empty()) encoder_.get();
    open_calibration(s);
  }

  void answer(const std::vector<std::string>& queries) {
    const bool encodes = request_.mode != search::SearchMode::words && request_.like.empty() &&
                         !(queries.size() == 1 && queries[0].empty());
    Embeddings vectors;
    const shop::ShopEncoder* encoder = encodes ? &encoder_.get() : nullptr;
    const Clock::time_point start = Clock::now();
    if (encodes) vectors = encoder->queries(queries);
    const double encode_ms = milliseconds_since(start) / static_cast<double>(queries.size());
    for (std::size_t i = 0; i < queries.size(); ++i) {
      request_.text = queries[i];
      request_.vector.clear();
      if (encodes) {
        const float* row = vectors.values.data() + i * vectors.dimensions;
        request_.vector.assign(row, row + vectors.dimensions);
      }
      const Clock::time_point begin = Clock::now();
      search::SearchResponse response = version_.engine().search(request_);
      search_ms_.push_back(milliseconds_since(begin));
      encode_ms_.push_back(encode_ms);
      SearchOutput output = state_.output;
      if (calibration_ && encodes) {
        output.calibration = &*calibration_;
        std::erase_if(response.hits, [&](const search::SearchHit& hit) {
          return output.probability(hit).value_or(0.0) < least_probability_;
        });
      }
      output.explain = state_.request.explain;
      output.print(queries[i], response, encode_ms, search_ms_.back());
    }
  }

  // The times of several queries in a line.
  void summarise() {
    if (search_ms_.size() < 2 || state_.output.json) return;
    std::sort(search_ms_.begin(), search_ms_.end());
    double encoding = 0.0;
    for (const double ms : encode_ms_) encoding += ms;
    note(fmt::format(
        "{} queries: encoded in {:.1f} ms each, searched in {:.1f} ms (median), "
        "{:.1f} ms (99 of 100)",
        with_thousands(search_ms_.size()), encoding / static_cast<double>(encode_ms_.size()),
        eval::percentile(search_ms_, 0.5), eval::percentile(search_ms_, 0.99)));
  }

 private:
  // That of --calibration, or the version's own. The scores that it is for are in explanations.
  void open_calibration(const State& s) {
    calibration_ = version_.settings().calibration;
    if (!s.calibration.empty()) {
      calibration_ = estimators::ScoreCalibration::load(s.calibration);
      calibration_->check_vector_space(encoder_.get().vector_space(), s.calibration);
    }
    if (calibration_ && !calibration_->has_probabilities()) calibration_.reset();
    if (!s.min_probability.empty()) {
      if (!calibration_)
        fail(ErrorKind::bad_input,
             "--min-probability needs probabilities, which the shop does not have; make them by "
             "'kindred calibrate', or give --calibration FILE made from judged pairs");
      least_probability_ = parse_share("--min-probability", s.min_probability);
    }
    if (calibration_) request_.explain = true;
  }

  const State& state_;
  shop::Shop shop_;
  shop::Version version_;
  LazyEncoder encoder_;
  search::SearchRequest request_;
  std::optional<estimators::ScoreCalibration> calibration_;
  double least_probability_ = 0.0;
  std::vector<double> search_ms_, encode_ms_;
};

void answer_lines(Session& session, const std::string& path) {
  io::TableOptions options;
  options.format = io::TableFormat::lines;
  auto reader = path == "-"
                    ? io::TableReader::from_descriptor(STDIN_FILENO, "standard input", options)
                    : io::TableReader::open(path, options);
  std::vector<std::string> queries;
  const auto flush = [&] {
    if (!queries.empty()) session.answer(queries);
    queries.clear();
  };
  for (io::TableRow row; reader.next(row);) {
    if (row.values[0].empty()) continue;
    queries.emplace_back(row.values[0]);
    if (queries.size() == kBatch) flush();
  }
  flush();
}

// An empty line or the end of the input ends it.
void converse(Session& session) {
  note("Type a query; an empty line ends.");
  std::string line;
  while (true) {
    fmt::print(stderr, "> ");
    if (!std::getline(std::cin, line) || line.empty()) break;
    try {
      session.answer({line});
    } catch (const Error& error) {
      note(error.what());
    }
    flush_out();
  }
}

void run_search(const State& s) {
  if (!s.queries.empty() && !s.query.empty())
    fail(ErrorKind::bad_input, "a QUERY and --queries exclude each other; give one of them");
  Session session(s);
  const bool one =
      !s.query.empty() || !s.request.like.empty() || !s.sort.empty() || !s.history.empty();
  if (!s.queries.empty()) {
    answer_lines(session, s.queries);
  } else if (one) {
    session.answer({s.query});
  } else if (isatty(STDIN_FILENO) != 0) {
    converse(session);
  } else {
    answer_lines(session, "-");
  }
  session.summarise();
}

void add_history_flags(Command& c, State& s) {
  auto& flags = c.group("History").flags;
  flags.push_back(
      flag("--history", "ID,…",
           "products looked at or bought before, the oldest first: without a QUERY what "
           "is like them, with one what is found and like them comes first",
           &s.history));
  flags.push_back(flag("--item-vectors", "FILE",
                       "vectors of products learned from sequences ('kindred vectors train'); a "
                       "history of which it knows nothing goes by the shop's own",
                       &s.item_vectors)
                      .shown_default("the shop's own, of the products' texts")
                      .completed_by(Completes::file));
  flags.push_back(flag("--history-decay", "D", "what a product counts beside the one after it",
                       &s.history_decay)
                      .shown_default(fmt::format("{}", search::kHistoryDecay)));
  flags.push_back(flag("--history-weight", "W",
                       "with a QUERY: the most that a product can gain, as a share of what lies "
                       "between the first and the last candidate",
                       &s.history_weight)
                      .shown_default(fmt::format("{}", search::kHistoryWeight)));
  flags.push_back(toggle("--include-seen", "the history's own products may be found again",
                         &s.request.history.include_seen));
}

void add_search_flags(Command& c, State& s) {
  auto& flags = c.group("Search").flags;
  flags.push_back(flag("--queries", "FILE", "a query a line; - is standard input", &s.queries)
                      .completed_by(Completes::file));
  flags.push_back(flag("--mode", "MODE", "by meaning, by words, or by both", &s.mode)
                      .one_of({"vector", "words", "hybrid"})
                      .shown_default("hybrid; words where the shop has no model"));
  flags.push_back(flag("-k,--top", "K", "how many products a query", &s.request.k));
  flags.push_back(flag("--filter", "EXPR",
                       "only products that match: language = es AND price < 50 AND category = "
                       "\"Electronics > Phones\"",
                       &s.filter));
  flags.push_back(flag("--language", "CODE",
                       "the language of the query, and of the titles shown where they have it",
                       &s.output.language)
                      .shown_default("the words' own; each seller's"));
  flags.push_back(toggle("--all-words", "only products with every word", &s.request.all_words));
  flags.push_back(
      toggle("--exact-words", "do not look for words spelt alike", &s.request.correct, false));
  flags.push_back(flag("--like", "ID",
                       "more like this product, or like the mean of several, by their vectors",
                       &s.request.like));
  flags.push_back(
      flag("--sort", "FIELD",
           "by a number instead of relevance: price, price:desc; of the products with all "
           "words, else with some, else of the nearest",
           &s.sort));
  flags.push_back(flag("--facet", "FIELD", "count the values of a field among what matches",
                       &s.request.facets));
  flags.push_back(
      flag("--collapse", "FIELD", "of products with one value only the best", &s.request.collapse));
  flags.push_back(flag("--diversity", "X",
                       "0 to 1: how much a product loses by being like one before it", &s.diversity)
                      .shown_default("0"));
  flags.push_back(flag("--recall", "R",
                       "share of the true neighbours to find, on average; 1 is exact", &s.recall)
                      .shown_default("0.95"));
  flags.push_back(flag("--calibration", "FILE",
                       "say how probable it is that each is relevant, by what 'kindred calibrate' "
                       "wrote for the shop's model",
                       &s.calibration)
                      .completed_by(Completes::file)
                      .shown_default("the shop's own, if it has one"));
  flags.push_back(flag("--min-probability", "P",
                       "leave out what is less probable, and what only the words found",
                       &s.min_probability));
  flags.push_back(flag("--cursor", "TEXT", "the next page: what the page before gave with --json",
                       &s.request.cursor));
  s.shop.add_version(c);
  s.shop.add_model(c);
}

}  // namespace

Command search_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "search";
  c.summary = "a shop's products by meaning, by words, or by both";
  c.description =
      "Answers one QUERY, each line of a file, or what is typed. A query in one language finds "
      "products in all. The vectors' and the words' rankings are fused by the weights of the shop "
      "('kindred tune' finds them).\n\n"
      "Fields of products, for --filter, --facet, --sort and --collapse: language, brand, "
      "currency, price, category (a path with all beneath it, \"A > B\"; category.zh in that "
      "language), attribute.KEY (a text; also a number where it is one, sizes in GB, g, mm, ml, W, "
      "V, mAh, lm, Hz or Wh), and other.COLUMN for what else an import had.";
  s->shop.add_argument(c);
  c.arguments.push_back(
      argument("QUERY", "what is looked for; none: --queries, or a prompt", &s->query));
  add_search_flags(c, *s);
  add_history_flags(c, *s);
  auto& output = c.group("Output").flags;
  output.push_back(toggle("--explain", "how each score came about", &s->request.explain));
  output.push_back(toggle("--json", "a JSON object a query", &s->output.json));
  s->shop.add_resources(c);
  c.examples = {{"phones in Spanish, cheap ones",
                 "kindred search shop \"teléfono con buena cámara\" --filter \"price < 300\""},
                {"what sold together, for a page", "kindred search shop --like 1234 --json"},
                {"for someone who looked at 17, then at 4",
                 "kindred search shop lamp --history 17,4 --item-vectors items.bin"},
                {"a file of queries, by words alone",
                 "kindred search shop --queries queries.txt --mode words --json"}};
  c.run = [s] { run_search(*s); };
  return c;
}

}  // namespace kindred::cli
