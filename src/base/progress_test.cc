#include "base/progress.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <thread>
#include <vector>

namespace kindred {
namespace {

using std::chrono::seconds;
using testing::EndsWith;
using testing::StartsWith;

TEST(Progress, LineSaysHowFarHowFastHowLong) {
  Progress progress(nullptr, "embed", "texts", 5000);
  EXPECT_EQ(progress.line(seconds(0)), "embed  0 / 5,000 texts");
  progress.add(1000);
  progress.add(200);
  EXPECT_EQ(progress.done(), 1200U);
  EXPECT_EQ(progress.line(seconds(2)), "embed  1,200 / 5,000 texts  600 texts/s  6 s left");
  progress.add(3800);
  EXPECT_EQ(progress.line(seconds(4)), "embed  5,000 / 5,000 texts  1,250 texts/s");
}

TEST(Progress, EarlierWorkIsNotInTheRate) {
  Progress progress(nullptr, "embed", "texts", 200);
  progress.skip(100);
  EXPECT_EQ(progress.line(seconds(9)), "embed  100 / 200 texts");
  progress.add(50);
  EXPECT_EQ(progress.line(seconds(10)), "embed  150 / 200 texts  5 texts/s  10 s left");
}

TEST(Progress, WithoutATotal) {
  Progress progress(nullptr, "read", "rows");
  progress.add(7);
  EXPECT_EQ(progress.line(seconds(2)), "read  7 rows  3.5 rows/s");
}

TEST(Progress, CountsFromManyThreads) {
  Progress progress(nullptr, "x", "y");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) progress.add(1);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(progress.done(), 4000U);
}

TEST(Progress, SilentUnlessTheStreamIsATerminal) {
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  {
    Progress progress(file, "x", "y", 1);
    progress.add(1);
    progress.finish();
  }
  EXPECT_EQ(std::ftell(file), 0);
  std::fclose(file);
}

TEST(Progress, DrawsOnATerminal) {
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal < 0 || ::grantpt(terminal) != 0 || ::unlockpt(terminal) != 0) {
    GTEST_SKIP() << "no pseudo-terminals here";
  }
  std::FILE* stream = std::fopen(::ptsname(terminal), "w");
  ASSERT_NE(stream, nullptr);
  {
    Progress progress(stream, "embed", "texts", 10);
    progress.add(10);
    progress.finish();
    progress.finish();
  }
  // The kernel hands the line on in pieces of its own choice.
  std::string text;
  for (char piece[200]; !text.ends_with('\n');) {
    const ssize_t got = ::read(terminal, piece, sizeof(piece));
    ASSERT_GT(got, 0);
    text.append(piece, static_cast<std::size_t>(got));
  }
  EXPECT_THAT(text, StartsWith("\rembed  10 / 10 texts"));
  EXPECT_THAT(text, EndsWith("\r\n"));
  std::fclose(stream);
  ::close(terminal);
}

TEST(Progress, Words) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(1234567), "1,234,567");
  EXPECT_EQ(format_duration(std::chrono::milliseconds(8400)), "8 s");
  EXPECT_EQ(format_duration(seconds(200)), "3 min 20 s");
  EXPECT_EQ(format_duration(seconds(7500)), "2 h 5 min");
}

}  // namespace
}  // namespace kindred
