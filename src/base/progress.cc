#include "base/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

namespace kindred {
namespace {

constexpr std::chrono::milliseconds kRedraw{200};
// Before this the rate means nothing.
constexpr std::chrono::milliseconds kFirstRate{500};

std::FILE* only_terminal(std::FILE* stream) {
  return stream != nullptr && ::isatty(::fileno(stream)) == 1 ? stream : nullptr;
}

std::size_t terminal_width(std::FILE* stream) {
  winsize size{};
  const bool known = ::ioctl(::fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  return known ? size.ws_col - 1U : 79U;  // a character in the last column would wrap
}

std::string format_rate(double rate) {
  return rate >= 100 ? with_thousands(static_cast<std::uint64_t>(std::llround(rate)))
                     : fmt::format("{:.3g}", rate);
}

}  // namespace

std::string with_thousands(std::uint64_t value) {
  std::string digits = std::to_string(value);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::string format_duration(std::chrono::duration<double> duration) {
  const auto seconds = static_cast<std::uint64_t>(std::llround(std::max(0.0, duration.count())));
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {} min", seconds / 3600, seconds % 3600 / 60);
}

Progress::Progress(std::FILE* stream, std::string label, std::string unit,
                   std::optional<std::uint64_t> total)
    : stream_(only_terminal(stream)),
      label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      start_(Clock::now()),
      next_draw_(std::chrono::nanoseconds(kRedraw).count()) {}

Progress::~Progress() {
  finish();
}

void Progress::add(std::uint64_t count) {
  done_.fetch_add(count, std::memory_order_relaxed);
  if (stream_ == nullptr) return;
  const auto now = Clock::now();
  if ((now - start_).count() < next_draw_.load(std::memory_order_relaxed)) return;
  // Whoever comes while another draws goes on working.
  if (const std::unique_lock lock(mutex_, std::try_to_lock); lock.owns_lock()) {
    next_draw_.store((now - start_ + std::chrono::nanoseconds(kRedraw)).count(),
                     std::memory_order_relaxed);
    draw(now);
  }
}

void Progress::skip(std::uint64_t count) {
  skipped_.fetch_add(count, std::memory_order_relaxed);
  done_.fetch_add(count, std::memory_order_relaxed);
}

void Progress::finish() {
  if (stream_ == nullptr) return;
  const std::lock_guard lock(mutex_);
  if (finished_) return;
  draw(Clock::now());
  finished_ = true;
  std::fputc('\n', stream_);
  std::fflush(stream_);
}

void Progress::remark(std::string text) {
  if (stream_ == nullptr) return;
  const std::lock_guard lock(mutex_);
  remark_ = std::move(text);
}

std::string Progress::line(std::chrono::duration<double> elapsed) const {
  const std::uint64_t done = this->done();
  std::string text = fmt::format("{}  {}", label_, with_thousands(done));
  if (total_) text += fmt::format(" / {}", with_thousands(*total_));
  text += ' ' + unit_;
  const std::uint64_t worked = done - skipped_.load(std::memory_order_relaxed);
  if (worked == 0 || elapsed < kFirstRate) return text;
  const double rate = static_cast<double>(worked) / elapsed.count();
  text += fmt::format("  {} {}/s", format_rate(rate), unit_);
  if (total_ && done < *total_) {
    const std::chrono::duration<double> left(static_cast<double>(*total_ - done) / rate);
    text += fmt::format("  {} left", format_duration(left));
  }
  return text;
}

void Progress::draw(Clock::time_point now) {
  if (finished_) return;
  std::string text = line(now - start_);
  if (!remark_.empty()) text += "  " + remark_;
  text.resize(std::min<std::size_t>(text.size(), terminal_width(stream_)));
  const std::size_t width = text.size();
  if (width < drawn_width_)
    text.append(drawn_width_ - width, ' ');  // over the rest of the last line
  drawn_width_ = width;
  std::fputc('\r', stream_);
  std::fwrite(text.data(), 1, text.size(), stream_);
  std::fflush(stream_);
}

}  // namespace kindred
