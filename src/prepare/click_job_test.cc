#include "prepare/click_job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <set>
#include <thread>

#include "io/expect_error.h"
#include "io/file.h"
#include "io/temp_directory.h"
#include "prepare/click_log_generator.h"
#include "prepare/example.h"
#include "prepare/query_text.h"

namespace kindred::prepare {
namespace {

using Files = std::map<std::string, std::string>;

Files files_of(const std::string& directory) {
  Files files;
  for (const std::string& name : io::list_directory(directory))
    files[name] = io::read_text_file(io::join_path(directory, name));
  return files;
}

class ClickJob : public testing::Test {
 protected:
  void generate(bool events, std::size_t searches, const std::string& name) {
    ClickLogGeneratorOptions options;
    options.products.products = 500;
    options.searches = searches;
    options.events = events;
    std::string log;
    truth_.clear();
    generate_click_log(
        options, [&](std::string_view line) { log += line; },
        [&](std::string_view query, std::uint64_t id, int grade, std::string_view) {
          truth_[{std::string(query), std::to_string(id)}] = grade;
        });
    temp_.write(name, log);
    std::string products;
    catalog::generate(options.products, [&](const catalog::GeneratedProduct& product) {
      products += catalog::to_json_line(product) + "\n";
    });
    temp_.write("products.jsonl", products);
  }
  ClickJobOptions job(const std::string& log, const std::string& output) {
    ClickJobOptions options;
    options.logs = {temp_.file(log)};
    options.output = temp_.file(output);
    options.memory = std::size_t{16} << 20;
    options.by_lot = true;
    return options;
  }

  io::TempDirectory temp_;
  std::map<std::pair<std::string, std::string>, int> truth_;
};

TEST_F(ClickJob, MakesJudgementsThatAgreeWithWhatPeopleLike) {
  generate(false, 20'000, "log.jsonl");
  ClickJobOptions options = job("log.jsonl", "out");
  options.catalogue = temp_.file("products.jsonl");
  const auto report = prepare_clicks(options);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->rejected, 0U);
  EXPECT_GT(report->bot_users[static_cast<std::size_t>(BotReason::agent)], 0U);
  EXPECT_GT(report->bot_users[static_cast<std::size_t>(BotReason::click_rate)], 0U);
  EXPECT_EQ(report->sessions.searches, 20'000U) << "no bot's";
  const Files files = files_of(options.output);
  ExampleReader pairs = ExampleReader::from_memory(files.at("pairs.train.jsonl"), "pairs");
  Example pair;
  ASSERT_TRUE(pairs.next(pair));
  EXPECT_FALSE(pair.anchor.language.empty());
  ASSERT_EQ(pair.positives.size(), 1U);
  EXPECT_FALSE(pair.positives[0].id.empty());
  EXPECT_THAT(pair.positives[0].category, testing::HasSubstr(" > "));
  EXPECT_GT(pair.positives[0].score, 0.0);
  EXPECT_FALSE(pair.group.empty());
  EXPECT_FALSE(io::is_directory(options.output + ".prepare"));
  // Mean true grade (0 to 4) by the grade that was given.
  std::map<int, std::pair<double, int>> truth;
  std::set<std::string> queries;
  for (const char* part : {"train", "dev", "test"}) {
    std::set<std::string> of_part;
    const std::string path = io::join_path(options.output, fmt::format("qrels.{}.tsv", part));
    io::TableOptions columns;
    columns.columns = {"query", "id", "grade"};
    io::TableReader reader = io::TableReader::open(path, columns);
    for (io::TableRow row; reader.next(row);) {
      auto& [sum, count] = truth[row.values[2][0] - '0'];
      sum += truth_.at({std::string(row.values[0]), std::string(row.values[1])});
      ++count;
      of_part.insert(normalize_query(row.values[0]));
    }
    EXPECT_FALSE(of_part.empty()) << part;
    for (const std::string& query : of_part)
      EXPECT_TRUE(queries.insert(query).second) << query << " is in two parts";
  }
  const auto mean = [&](int grade) { return truth.at(grade).first / truth.at(grade).second; };
  EXPECT_GT(mean(3), mean(2));
  EXPECT_GT(mean(2), mean(1));
  EXPECT_GT(mean(1), mean(0));
}

TEST_F(ClickJob, IsTheSameForAnyMemory) {
  generate(true, 15'000, "log.jsonl");
  ClickJobOptions small = job("log.jsonl", "small");
  ClickJobOptions large = job("log.jsonl", "large");
  large.memory = std::size_t{256} << 20;
  ASSERT_TRUE(prepare_clicks(small));
  ASSERT_TRUE(prepare_clicks(large));
  EXPECT_EQ(files_of(small.output), files_of(large.output));
}

TEST_F(ClickJob, GoesOnWhereItWasStopped) {
  generate(true, 4'000, "log.jsonl");
  ClickJobOptions whole = job("log.jsonl", "whole");
  ASSERT_TRUE(prepare_clicks(whole));
  ClickJobOptions options = job("log.jsonl", "stopped");
  int runs = 0;
  for (bool done = false; !done; ++runs) {
    ASSERT_LT(runs, 100);
    int asked = 0;
    options.stop = [&] { return ++asked > 2; };  // it comes to the next stage each time
    if (runs > 3) options.stop = nullptr;
    done = prepare_clicks(options).has_value();
  }
  EXPECT_GT(runs, 1);
  EXPECT_EQ(files_of(whole.output), files_of(options.output));
  EXPECT_FALSE(io::is_directory(options.output + ".prepare"));
}

TEST_F(ClickJob, GoesOnAfterAKill) {
  generate(true, 8'000, "log.jsonl");
  ClickJobOptions whole = job("log.jsonl", "whole");
  ASSERT_TRUE(prepare_clicks(whole));
  const Files expected = files_of(whole.output);
  for (const int milliseconds : {40, 90, 160, 250, 400}) {
    const ClickJobOptions options = job("log.jsonl", fmt::format("killed{}", milliseconds));
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        prepare_clicks(options);
      } catch (...) {
        ::_exit(2);
      }
      ::_exit(0);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (!io::is_directory(options.output)) {
      ASSERT_TRUE(prepare_clicks(options));
    }
    EXPECT_EQ(files_of(options.output), expected) << milliseconds;
    EXPECT_FALSE(io::is_directory(options.output + ".prepare"));
  }
}

TEST_F(ClickJob, AnotherJobStartsOver) {
  generate(true, 2'000, "log.jsonl");
  ClickJobOptions options = job("log.jsonl", "out");
  options.stop = [] { return true; };
  ASSERT_FALSE(prepare_clicks(options));
  options.stop = nullptr;
  options.judgement.min_clicks = 3;
  ClickJobOptions fresh = job("log.jsonl", "fresh");
  fresh.judgement.min_clicks = 3;
  ASSERT_TRUE(prepare_clicks(options));
  ASSERT_TRUE(prepare_clicks(fresh));
  EXPECT_EQ(files_of(options.output), files_of(fresh.output));
}

// Two files that only the query's id joins, and no user in either.
TEST_F(ClickJob, JoinsSearchesWithWhatCameOfThem) {
  std::string queries, events;
  for (int i = 0; i < 30; ++i) {
    queries += fmt::format(
        R"({{"timestamp":{},"query_id":"q{}","user_query":"laptop","query_response_hit_ids":["1","2","3"]}})"
        "\n",
        1'769'860'800 + i * 1000, i);
    events += fmt::format(
        R"({{"action_name":"click","timestamp":{},"query_id":"q{}","client_id":"c{}","event_attributes":{{"object":{{"object_id":"2"}},"position":{{"ordinal":2}}}}}})"
        "\n",
        1'769'860'805 + i * 1000, i, i);
  }
  temp_.write("queries.jsonl", queries);
  temp_.write("events.jsonl", events);
  ClickJobOptions options = job("events.jsonl", "out");
  options.logs.push_back(temp_.file("queries.jsonl"));
  options.parts = {1.0, 0.0, 0.0};
  const auto report = prepare_clicks(options);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->sessions.clicks, 30U);
  EXPECT_EQ(report->sessions.unattributed, 0U);
  // Nobody came to the third: all stopped at the second.
  EXPECT_EQ(files_of(options.output).at("qrels.train.tsv"),
            "query\tid\tgrade\tlanguage\nlaptop\t2\t2\t\nlaptop\t1\t0\t\n");
}

TEST_F(ClickJob, CountsBadLinesAndKeepsNoTextOfThemWithASalt) {
  generate(false, 2'000, "log.jsonl");
  const std::string log = io::read_text_file(temp_.file("log.jsonl"));
  temp_.write("log.jsonl", "{\"user\":\"secret-user\"\n" + log + "{\"query\":\"x\"}\n");
  for (const char* salt : {"", "pepper"}) {
    ClickJobOptions options = job("log.jsonl", fmt::format("out{}", salt));
    options.log.salt = salt;
    const auto report = prepare_clicks(options);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->rejected, 2U);
    EXPECT_EQ(report->rejects.at("not JSON").lines, 1U);
    EXPECT_EQ(report->rejects.at("no time").lines, 1U);
    const bool told =
        files_of(options.output).at("rejects.jsonl").find("secret-user") != std::string::npos;
    EXPECT_EQ(told, *salt == '\0');
  }
}

TEST_F(ClickJob, SaysWhatIsWrong) {
  temp_.write("empty.jsonl", "{}\n");
  EXPECT_KINDRED_ERROR(prepare_clicks(job("empty.jsonl", "out")), ErrorKind::bad_input,
                       "no search is left");
  EXPECT_KINDRED_ERROR(prepare_clicks(job("none.jsonl", "out")), ErrorKind::not_found,
                       "none.jsonl");
  temp_.write("there", "");
  EXPECT_KINDRED_ERROR(prepare_clicks(job("empty.jsonl", "there")), ErrorKind::bad_input,
                       "exists already");
  ClickJobOptions shares = job("empty.jsonl", "out");
  shares.parts = {0.5, 0.1, 0.1};
  EXPECT_KINDRED_ERROR(prepare_clicks(shares), ErrorKind::bad_input, "add up to 1");
  ClickJobOptions little = job("empty.jsonl", "out");
  little.memory = 1000;
  EXPECT_KINDRED_ERROR(prepare_clicks(little), ErrorKind::bad_input, "16M");
}

}  // namespace
}  // namespace kindred::prepare
