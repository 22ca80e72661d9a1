// kindred train as a person runs it: killed and gone on with, over MPI, and its errors.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/dispatch_testing.h"
#include "io/expect_error.h"
#include "io/file.h"
#include "io/safetensors.h"
#include "io/temp_directory.h"

namespace kindred::cli {
namespace {

namespace fs = std::filesystem;

class TrainCommand : public testing::Test {
 protected:
  void SetUp() override {
    std::string lines;
    for (int i = 0; i < 40; ++i)
      for (int j = 0; j < 4; ++j)
        lines += fmt::format("{{\"anchor\": \"t{0} t{1}\", \"positives\": [\"t{2} t{1}\"]}}\n",
                             3 + i, 83 + j, 43 + i);
    const std::string pairs = temp_.write("pairs.jsonl", lines);
    recipe_ = temp_.write("recipe.toml", fmt::format(R"([model]
base = "{}/golden/vectors/st-dense"
[[data]]
name = "pairs"
paths = ["{}"]
[batch]
size = 16
[optimizer]
learning_rate = 0.001
[run]
steps = 60
checkpoint_every = 1
[eval]
dev_share = 0.2
)",
                                                     KINDRED_TEST_DATA, pairs));
  }

  static bool can_train() {
    return fs::exists(fs::path(KINDRED_PROGRAM).parent_path() / "kindred-torch");
  }

  /// Runs a program; its exit status, or minus the signal that ended it. `milliseconds`: killed
  /// after so long, 0: never.
  static int run(const std::vector<std::string>& words, int milliseconds = 0) {
    const pid_t child = fork();
    if (child == 0) {
      std::vector<char*> argv;
      for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
      argv.push_back(nullptr);
      execvp(argv[0], argv.data());
      _exit(127);
    }
    if (milliseconds > 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
      kill(child, SIGKILL);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  std::vector<std::string> words(const std::string& output) const {
    return {KINDRED_PROGRAM, "train", recipe_, "-q", "-o", temp_.file(output)};
  }
  std::string weights(const std::string& output) const {
    return temp_.file(output) + "/model/model.safetensors";
  }

  io::TempDirectory temp_;
  std::string recipe_;
};

TEST_F(TrainCommand, GoesOnAfterItWasKilled) {
  if (!can_train()) GTEST_SKIP() << "built without LibTorch";
  ASSERT_EQ(run(words("whole")), 0);
  int kills = 0;
  for (int wait = 400; wait < 3000 && !fs::exists(weights("killed")); wait += 150) {
    const int status = run(words("killed"), wait);
    if (status == 0) break;
    ASSERT_EQ(status, -SIGKILL);
    ++kills;
  }
  if (!fs::exists(weights("killed"))) {
    ASSERT_EQ(run(words("killed")), 0);
  }
  EXPECT_GT(kills, 0);
  EXPECT_TRUE(io::read_text_file(weights("killed")) == io::read_text_file(weights("whole")));
}

TEST_F(TrainCommand, TwoProcessesTrainAsOne) {
  if (!can_train() || std::system("command -v mpirun >/dev/null") != 0)
    GTEST_SKIP() << "built without LibTorch, or no mpirun";
  ASSERT_EQ(run(words("one")), 0);
  for (const char* shard : {"false", "true"}) {
    std::vector<std::string> two = {"mpirun", "-n", "2", "--oversubscribe", "--allow-run-as-root"};
    for (const std::string& word : words(std::string("two-") + shard)) two.push_back(word);
    two.insert(two.end(), {"--set", std::string("run.shard_optimizer=") + shard});
    ASSERT_EQ(run(two), 0);
    const auto one = io::Safetensors::open(weights("one"));
    const auto both = io::Safetensors::open(weights(std::string("two-") + shard));
    for (const io::TensorView& tensor : one.tensors()) {
      const std::vector<float> a = tensor.to_floats(), b = both.at(tensor.name).to_floats();
      for (std::size_t i = 0; i < a.size(); ++i)
        ASSERT_NEAR(a[i], b[i], 2e-3) << tensor.name << ' ' << i;
    }
  }
}

TEST_F(TrainCommand, ChecksARecipe) {
  const std::string settings = printed_by({"train", recipe_, "--check", "--set", "batch.size=7"});
  EXPECT_NE(settings.find("size = 7"), std::string::npos);
  EXPECT_KINDRED_ERROR(printed_by({"train", recipe_, "--set", "batch.sise=7"}),
                       ErrorKind::bad_input, "did you mean size");
  EXPECT_KINDRED_ERROR(printed_by({"train", recipe_}), ErrorKind::bad_input, "--output");
  EXPECT_KINDRED_ERROR(printed_by({"train", recipe_, "-o", temp_.file("run")}),
                       ErrorKind::unsupported, "kindred-torch");
}

}  // namespace
}  // namespace kindred::cli
