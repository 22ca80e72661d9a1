#include "train/run_log.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "io/file.h"
#include "io/temp_directory.h"

namespace kindred::train {
namespace {

// Made by TensorBoard's own writer (tensorboard 2.20, EventFileWriter): an event at time 1.5 of
// step 300 with the scalar "a" = 0.25.
TEST(RunLog, WritesTheEventsOfTensorBoard) {
  const std::string event = scalar_event(1.5, 300, {{"a", 0.25}});
  const unsigned char expected[] = {0x09, 0,    0,    0,    0,    0,    0,    0xf8,
                                    0x3f, 0x10, 0xac, 0x02, 0x2a, 0x0a, 0x0a, 0x08,
                                    0x0a, 0x01, 'a',  0x15, 0,    0,    0x80, 0x3e};
  EXPECT_EQ(event, std::string(reinterpret_cast<const char*>(expected), sizeof expected));
}

TEST(RunLog, AppendsLinesAndRecords) {
  io::TempDirectory temp;
  const std::string directory = temp.file("run");
  std::filesystem::create_directories(directory);
  {
    RunLog log(directory, 100);
    log.write(1, 100.5, {{"loss", 2.0}});
  }
  { RunLog(directory, 200).write(2, 200.5, {{"loss", 1.0}}); }
  EXPECT_EQ(io::read_text_file(directory + "/log.jsonl"),
            "{\"step\":1,\"loss\":2.0}\n{\"step\":2,\"loss\":1.0}\n");
  const std::string events = io::read_text_file(directory + "/events.out.tfevents.100.kindred");
  EXPECT_EQ(events.substr(0, 8), std::string("\x18\0\0\0\0\0\0\0", 8));
}

}  // namespace
}  // namespace kindred::train
