#include "prepare/click_log_generator.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/random.h"
#include "prepare/log_time.h"

namespace kindred::prepare {
namespace {

constexpr std::size_t kItems = 20;  // a query
constexpr std::size_t kShown = 10;
constexpr Microseconds kStart = 1'767'225'600 * kSecond;  // 2026-01-01
constexpr std::size_t kSearchesOfBot = 60;

struct Query {
  std::string json;  // of its text, with quotes
  std::string text;
  std::string_view language;
  std::vector<std::uint64_t> ids;  // kItems
};

// What people search for in a catalogue.
std::vector<Query> make_queries(const catalog::GeneratorOptions& products) {
  struct Category {
    catalog::GeneratedTexts names;
    std::vector<std::uint64_t> ids;
    std::string brand;
  };
  std::map<std::string, Category> categories;  // by the English path
  std::vector<std::uint64_t> all;
  catalog::generate(products, [&](const catalog::GeneratedProduct& product) {
    std::string path;
    for (const auto& level : product.category) path += level[catalog::Language::en] + ">";
    Category& category = categories[path];
    category.names = product.category.back();
    category.ids.push_back(product.id);
    category.brand = product.brand;
    all.push_back(product.id);
  });
  std::vector<Query> queries;
  for (const auto& [path, category] : categories) {
    for (std::size_t l = 0; l < catalog::kLanguages; ++l) {
      const std::string& name = category.names.by_language[l];
      for (const std::string& text : {name, category.brand + " " + name})
        queries.push_back(
            {nlohmann::json(text).dump(), text, catalog::kLanguageCodes[l], category.ids});
    }
  }
  Random random(products.seed + 17);
  for (Query& query : queries) {
    random.shuffle(std::span(query.ids));
    // Those of other categories last: they are what is of no use.
    for (std::size_t tries = 0; query.ids.size() < kItems && tries < 20 * kItems; ++tries) {
      const std::uint64_t id = all[random.below(all.size())];
      if (std::find(query.ids.begin(), query.ids.end(), id) == query.ids.end())
        query.ids.push_back(id);
    }
    query.ids.resize(std::min(query.ids.size(), kItems));
  }
  random.shuffle(std::span(queries));
  return queries;
}

class Generator {
 public:
  Generator(const ClickLogGeneratorOptions& options, std::vector<Query> queries,
            const std::function<void(std::string_view)>& line)
      : options_(options),
        queries_(std::move(queries)),
        simulation_({.model = options.model,
                     .seed = options.products.seed,
                     .queries = queries_.size(),
                     .items = kItems,
                     .shown = kShown}),
        random_(options.products.seed + 29),
        line_(line) {
    // The better an item is for a query, the likelier it is of the query's category.
    for (std::size_t q = 0; q < queries_.size(); ++q) {
      std::vector<std::uint32_t> order(kItems);
      for (std::uint32_t i = 0; i < kItems; ++i) order[i] = i;
      std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        return simulation_.grade(q, a) > simulation_.grade(q, b);
      });
      std::vector<std::uint64_t> ids(kItems);
      for (std::size_t i = 0; i < kItems; ++i) ids[order[i]] = queries_[q].ids[i];
      queries_[q].ids = std::move(ids);
    }
  }

  template <typename Truth>
  void tell(const Truth& truth) const {
    for (std::size_t q = 0; q < queries_.size(); ++q)
      for (std::size_t i = 0; i < kItems; ++i)
        truth(queries_[q].text, queries_[q].ids[i], simulation_.grade(q, i), queries_[q].language);
  }

  void run() {
    const double span = static_cast<double>(options_.days) * 86400.0 * 1e6;
    const std::size_t people = options_.searches / 10 + 1;
    for (std::size_t done = 0; done < options_.searches;) {
      const double at = static_cast<double>(done) / static_cast<double>(options_.searches);
      time_ = kStart + static_cast<Microseconds>(at * span);
      ++session_;
      if (random_.below(200) == 0) {
        bot();
        continue;
      }
      user_ = fmt::format("u{}", random_.below(people));
      agent_ = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0";
      for (std::size_t left = 1 + random_.below(4); left > 0 && done < options_.searches; --left) {
        search(simulation_.search(random_));
        ++done;
        wait(20.0 + 60.0 * random_.uniform());
      }
    }
  }

 private:
  void wait(double seconds) { time_ += static_cast<Microseconds>(seconds * 1e6); }

  void bot() {
    const bool named = random_.below(2) == 0;
    user_ = fmt::format("b{}", session_);
    agent_ = named ? "ExampleBot/1.0 (+https://example.org/bot)" : "Mozilla/5.0 (Windows NT 10.0)";
    for (std::size_t i = 0; i < kSearchesOfBot; ++i) {
      SimulatedSearch search = simulation_.search(random_);
      std::fill(search.clicked.begin(), search.clicked.end(), std::uint8_t{1});
      this->search(search, 0.05);
      wait(0.3);
    }
  }

  struct Visit {
    double dwell = 0.0;
    bool cart = false;
    bool order = false;
  };
  Visit visit(int grade) {
    const double worth = simulated_satisfaction(grade);
    Visit visit;
    visit.dwell = -(5.0 + 60.0 * worth) * std::log(1.0 - random_.uniform());
    visit.cart = random_.uniform() < 0.3 * worth;
    visit.order = visit.cart && random_.uniform() < 0.4;
    return visit;
  }

  void search(const SimulatedSearch& search, double haste = 1.0) {
    const Query& query = queries_[search.query];
    if (options_.events) {
      write_events(search, query, haste);
    } else {
      write_list(search, query, haste);
    }
  }

  void write_list(const SimulatedSearch& search, const Query& query, double haste) {
    std::string items, clicks, carts, orders;
    const Microseconds start = time_;
    for (std::size_t i = 0; i < search.items.size(); ++i) {
      const std::uint64_t id = query.ids[search.items[i]];
      fmt::format_to(std::back_inserter(items), "{}\"{}\"", items.empty() ? "" : ",", id);
      if (search.clicked[i] == 0) continue;
      Visit visit = this->visit(simulation_.grade(search.query, search.items[i]));
      visit.dwell *= haste;
      fmt::format_to(std::back_inserter(clicks), "{}{{\"id\":\"{}\",\"dwell\":{:.1f}}}",
                     clicks.empty() ? "" : ",", id, visit.dwell);
      wait(visit.dwell);
      if (visit.cart)
        fmt::format_to(std::back_inserter(carts), "{}\"{}\"", carts.empty() ? "" : ",", id);
      if (visit.order)
        fmt::format_to(std::back_inserter(orders), "{}\"{}\"", orders.empty() ? "" : ",", id);
    }
    line_(
        fmt::format("{{\"time\":\"{}\",\"user\":\"{}\",\"session\":\"s{}\",\"language\":\"{}\","
                    "\"query\":{},\"items\":[{}],\"clicks\":[{}],\"carts\":[{}],\"orders\":[{}],"
                    "\"agent\":\"{}\"}}\n",
                    format_time(start), user_, session_, query.language, query.json, items, clicks,
                    carts, orders, agent_));
  }

  void event(std::string_view type, const Query& query, std::uint64_t id, std::size_t position) {
    buffer_.clear();
    fmt::format_to(std::back_inserter(buffer_),
                   "{{\"type\":\"{}\",\"time\":{},\"user\":\"{}\",\"query\":{},\"language\":\"{}\","
                   "\"item\":\"{}\",\"position\":{}",
                   type, time_ / 1000, user_, query.json, query.language, id, position);
    if (agent_.starts_with("ExampleBot"))
      fmt::format_to(std::back_inserter(buffer_), ",\"agent\":\"{}\"", agent_);
    buffer_ += "}\n";
    line_(buffer_);
  }

  void write_events(const SimulatedSearch& search, const Query& query, double haste) {
    for (std::size_t i = 0; i < search.items.size(); ++i)
      event("impression", query, query.ids[search.items[i]], i + 1);
    for (std::size_t i = 0; i < search.items.size(); ++i) {
      if (search.clicked[i] == 0) continue;
      wait(3.0 * haste);
      const std::uint64_t id = query.ids[search.items[i]];
      const Visit visit = this->visit(simulation_.grade(search.query, search.items[i]));
      event("click", query, id, i + 1);
      wait(visit.dwell * haste);
      if (visit.cart) event("cart", query, id, i + 1);
      if (visit.order) event("order", query, id, i + 1);
    }
  }

  const ClickLogGeneratorOptions& options_;
  std::vector<Query> queries_;
  Simulation simulation_;
  Random random_;
  const std::function<void(std::string_view)>& line_;
  Microseconds time_ = kStart;
  std::uint64_t session_ = 0;
  std::string user_;
  std::string agent_;
  std::string buffer_;
};

}  // namespace

void generate_click_log(
    const ClickLogGeneratorOptions& options, const std::function<void(std::string_view)>& line,
    const std::function<void(std::string_view, std::uint64_t, int, std::string_view)>& truth) {
  if (options.products.products < 2 * kItems)
    fail(ErrorKind::bad_input, "a click log needs a catalogue of at least {} products", 2 * kItems);
  if (options.days == 0) fail(ErrorKind::bad_input, "a click log needs at least one day");
  Generator generator(options, make_queries(options.products), line);
  if (truth) generator.tell(truth);
  generator.run();
}

}  // namespace kindred::prepare
