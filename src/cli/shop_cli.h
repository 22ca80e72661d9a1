// Shops made and used by the program itself, with a small random model. For tests only.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/random.h"
#include "io/file.h"
#include "io/temp_directory.h"

namespace kindred {

inline const std::string kModels = std::string(KINDRED_TEST_DATA) + "/golden/vectors/";

class ShopCli : public testing::Test {
 protected:
  // Product i is titled by words of the model's vocabulary.
  static std::string title(int number) {
    Random random(static_cast<std::uint64_t>(number));
    std::string text;
    for (int i = 0; i < 4; ++i) text += " t" + std::to_string(3 + random.below(80));
    return text.substr(1);
  }
  static std::string line(int number, const std::string& words, double price) {
    const nlohmann::json product = {
        {"id", "p" + std::to_string(number)},
        {"language", number % 2 == 0 ? "en" : "es"},
        {"title", words},
        {"category", number % 4 == 0 ? "Home > Lamps" : "Home > Chairs"},
        {"brand", "Brand" + std::to_string(number % 3)},
        {"price", price},
        {"currency", "EUR"}};
    return product.dump() + "\n";
  }
  void write_products(const std::string& name, int begin, int end, double price = 10.0) const {
    std::string text;
    for (int i = begin; i < end; ++i) text += line(i, title(i), price + i);
    temp_.write(name, text);
  }
  // In the test's directory. The exit status; what was printed in `out_` and `err_`.
  int run(const std::string& words) {
    const std::string command =
        "cd " + temp_.path() + " && " + KINDRED_PROGRAM + " < /dev/null " + words + " > out 2> err";
    const int status = std::system(command.c_str());
    out_ = io::read_text_file(temp_.file("out"));
    err_ = io::read_text_file(temp_.file("err"));
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  void ok(const std::string& words) { EXPECT_EQ(run(words), 0) << words << ": " << err_; }
  nlohmann::json answer(const std::string& words) {
    ok(words + " --json");
    return nlohmann::json::parse(out_, nullptr, false);
  }
  void make_shop(int products = 60) {
    write_products("a.jsonl", 0, products);
    ok("import a.jsonl --into s --model " + kModels +
       "st-dense --query-prompt passage --prompt "
       "'{title}'");
  }
  static std::vector<std::string> ids(const nlohmann::json& answer) {
    std::vector<std::string> all;
    for (const nlohmann::json& hit : answer["results"]) all.push_back(hit["id"]);
    return all;
  }

  // The same, killed after so many milliseconds, with nothing printed.
  void run_and_kill(const std::vector<std::string>& words, int milliseconds) const {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      if (::chdir(temp_.path().c_str()) != 0) ::_exit(127);
      ::close(STDOUT_FILENO);
      ::open("/dev/null", O_WRONLY);
      std::vector<char*> argv = {const_cast<char*>(KINDRED_PROGRAM)};
      for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
      argv.push_back(nullptr);
      ::execv(KINDRED_PROGRAM, argv.data());
      ::_exit(127);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }

  io::TempDirectory temp_;
  std::string out_, err_;
};

}  // namespace kindred
