// What a run says of its steps: lines of JSON, and TensorBoard's events. Tested by run_log_test.cc.
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>

namespace kindred::train {

/// Appends to DIR/log.jsonl, one object a step ({"step": 10, "loss": 2.3, …}), and to a new
/// DIR/events.out.tfevents.… of scalars, which `tensorboard --logdir DIR` shows.
///
/// Threads: one at a time.
class RunLog {
 public:
  /// `seconds`: the time of day. Errors: bad_input where the files cannot be written.
  RunLog(const std::string& directory, std::uint64_t seconds);
  ~RunLog();
  RunLog(const RunLog&) = delete;
  RunLog& operator=(const RunLog&) = delete;

  void write(std::uint64_t step, double seconds, const std::map<std::string, double>& values);

 private:
  void write_event(const std::string& event);

  std::FILE* lines_ = nullptr;
  std::FILE* events_ = nullptr;
};

/// A record of TensorBoard's event files: lengths, data, and masked CRC-32Cs, all little-endian
/// (TFRecord). Of an Event with scalars: protocol buffers' wire format by hand, three fields deep.
std::string event_record(const std::string& event);
std::string scalar_event(double wall_time, std::uint64_t step,
                         const std::map<std::string, double>& values);

}  // namespace kindred::train
