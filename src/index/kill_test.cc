// SIGKILL at random moments: a child writes and says what was answered, the parent kills it and
// looks. KINDRED_KILLS sets how often (make crash).
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "index/collection_model.h"
#include "io/temp_directory.h"

namespace kindred::index {
namespace {

constexpr std::size_t kDimension = 16;
constexpr int kKills = 40;

// The next change of a writer, as it follows from the numbers drawn and what is there.
struct Change {
  std::vector<std::uint64_t> erased;
  std::vector<std::pair<std::uint64_t, ModelRow>> put;

  static Change draw(Random& random, const Model& model) {
    Change change;
    if (random.below(4) == 0 && !model.empty()) {
      for (std::uint64_t i = 1 + random.below(5); i > 0; --i) {
        change.erased.push_back(random.below(3000));
      }
      return change;
    }
    for (std::uint64_t i = 1 + random.below(40); i > 0; --i) {
      ModelRow row{random.below(2) == 0 ? "id" + std::to_string(random.below(1000)) : "", "payload",
                   exact_vector(random, kDimension)};
      change.put.emplace_back(random.below(3000), std::move(row));
    }
    return change;
  }
  void apply(Model& model) const {
    for (const std::uint64_t key : erased) model.erase(key);
    for (const auto& [key, row] : put) model_put(model, key, row);
  }
  void apply(Collection& collection) const {
    if (!erased.empty()) collection.erase_keys(erased);
    std::vector<NewRow> rows;
    for (const auto& [key, row] : put)
      rows.push_back({key, row.id, row.payload, {}, row.vector.data()});
    if (!rows.empty()) collection.insert(rows);
  }
};

UseOptions options() {
  UseOptions open;
  open.memtable_bytes = 60'000;
  open.threads = 1;
  return open;
}

// Writes until killed; a byte down the pipe for each change that was answered.
[[noreturn]] void write_for_ever(const std::string& directory, Model model, std::uint64_t seed,
                                 int pipe) {
  try {
    const auto collection = Collection::open(directory, options());
    Random random(seed);
    while (true) {
      const Change change = Change::draw(random, model);
      change.apply(*collection);
      change.apply(model);
      const char answered = 1;
      if (::write(pipe, &answered, 1) != 1) ::_exit(3);
    }
  } catch (const std::exception& error) {
    const std::string_view what = error.what();
    (void)!::write(STDERR_FILENO, what.data(), what.size());
    ::_exit(2);
  }
}

std::uint64_t count_until_closed(int pipe) {
  std::uint64_t count = 0;
  char bytes[4096];
  for (ssize_t got; (got = ::read(pipe, bytes, sizeof(bytes))) > 0;)
    count += static_cast<std::uint64_t>(got);
  return count;
}

TEST(Kill, NothingAnsweredIsLost) {
  const char* asked = std::getenv("KINDRED_KILLS");
  const int kills = asked != nullptr ? std::atoi(asked) : kKills;
  const io::TempDirectory temp;
  CollectionOptions made;
  made.dimension = kDimension;
  made.metric = Metric::euclidean;
  made.recall = 1.0;
  Collection::create(temp.file("c"), made, options());
  Model model;
  Random delay(99);
  std::uint64_t changes = 0;
  for (int kill = 0; kill < kills; ++kill) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const auto seed = static_cast<std::uint64_t>(kill);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(pipe[0]);
      write_for_ever(temp.file("c"), model, seed, pipe[1]);
    }
    ::close(pipe[1]);
    std::this_thread::sleep_for(std::chrono::microseconds(1000 + delay.below(120'000)));
    ::kill(child, SIGKILL);
    const std::uint64_t answered = count_until_closed(pipe[0]);
    ::close(pipe[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself with " << WEXITSTATUS(status);
    changes += answered;

    Random random(seed);
    for (std::uint64_t i = 0; i < answered; ++i) Change::draw(random, model).apply(model);
    Model maybe = model;
    Change::draw(random, maybe).apply(maybe);
    UseOptions open = options();
    open.read_only = kill % 2 == 0;  // recovery with and without repair
    const auto collection = Collection::open(temp.file("c"), open);
    ASSERT_NO_THROW(collection->verify()) << "kill " << kill;
    const Model held = contents(*collection);
    ASSERT_TRUE(held == model || held == maybe)
        << "kill " << kill << ": " << held.size() << " rows";
    model = held;
  }
  RecordProperty("changes", static_cast<int>(changes));
  EXPECT_GT(changes, static_cast<std::uint64_t>(kills) / 4);
}

}  // namespace
}  // namespace kindred::index
