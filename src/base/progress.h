// One line on a terminal that says how far long work is. Tested by progress_test.cc.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <optional>
#include <string>

namespace kindred {

/// "embed  1,200 / 5,000 texts  812 texts/s  5 s left", rewritten in place a few times a second.
/// Silent unless the stream is a terminal.
///
/// Threads: `add` and `set` may be called from any thread; they cost an atomic add between redraws.
class Progress {
 public:
  /// `stream` may be null (silent). `total` unset: no share and no time left are shown.
  Progress(std::FILE* stream, std::string label, std::string unit,
           std::optional<std::uint64_t> total = std::nullopt);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void add(std::uint64_t count);
  /// Work that an earlier run did: counted as done, but not in the rate.
  void skip(std::uint64_t count);
  /// Words behind the line ("loss 2.31") from the next time that it is drawn.
  void remark(std::string text);
  std::uint64_t done() const noexcept { return done_.load(std::memory_order_relaxed); }
  /// Draws the last state and ends the line. The destructor does it where the caller did not.
  void finish();

  /// The line as it would be drawn after `elapsed`.
  std::string line(std::chrono::duration<double> elapsed) const;

 private:
  using Clock = std::chrono::steady_clock;
  void draw(Clock::time_point now);

  std::FILE* stream_;  // null when silent
  std::string label_;
  std::string unit_;
  std::optional<std::uint64_t> total_;
  Clock::time_point start_;
  std::atomic<std::uint64_t> done_{0};
  std::atomic<std::uint64_t> skipped_{0};
  std::atomic<std::int64_t> next_draw_{0};  // nanoseconds after start_
  std::mutex mutex_;                        // of the stream, the width drawn and the remark
  std::string remark_;
  std::size_t drawn_width_ = 0;
  bool finished_ = false;
};

/// "1,234,567".
std::string with_thousands(std::uint64_t value);
/// "8 s", "3 min 20 s", "2 h 5 min".
std::string format_duration(std::chrono::duration<double> duration);

}  // namespace kindred
