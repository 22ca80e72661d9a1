#include "train/run_log.h"

#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <span>

#include "base/error.h"
#include "io/crc32c.h"

namespace kindred::train {
namespace {

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

template <typename T>
void append_fixed(std::string& out, T value) {
  static_assert(std::endian::native == std::endian::little);
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

// Wire types of protocol buffers.
constexpr unsigned kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5;

void append_tag(std::string& out, unsigned field, unsigned type) {
  append_varint(out, std::uint64_t{field} << 3 | type);
}

void append_bytes(std::string& out, unsigned field, const std::string& bytes) {
  append_tag(out, field, kBytes);
  append_varint(out, bytes.size());
  out += bytes;
}

std::uint32_t masked_crc(const std::string& data) {
  const std::uint32_t crc = io::crc32c(std::as_bytes(std::span(data)));
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
}

std::FILE* open_file(const std::string& path, const char* mode) {
  std::FILE* file = std::fopen(path.c_str(), mode);
  if (file == nullptr)
    fail(ErrorKind::bad_input, "{}: cannot be written: {}", path, std::strerror(errno));
  return file;
}

}  // namespace

std::string event_record(const std::string& event) {
  std::string length;
  append_fixed(length, static_cast<std::uint64_t>(event.size()));
  std::string record = length;
  append_fixed(record, masked_crc(length));
  record += event;
  append_fixed(record, masked_crc(event));
  return record;
}

std::string scalar_event(double wall_time, std::uint64_t step,
                         const std::map<std::string, double>& values) {
  std::string summary;
  for (const auto& [name, value] : values) {
    std::string scalar;
    append_bytes(scalar, 1, name);  // Summary.Value.tag
    append_tag(scalar, 2, kFixed32);
    append_fixed(scalar, static_cast<float>(value));  // simple_value
    append_bytes(summary, 1, scalar);
  }
  std::string event;
  append_tag(event, 1, kFixed64);
  append_fixed(event, wall_time);
  append_tag(event, 2, kVarint);
  append_varint(event, step);
  append_bytes(event, 5, summary);
  return event;
}

RunLog::RunLog(const std::string& directory, std::uint64_t seconds)
    : lines_(open_file(directory + "/log.jsonl", "ab")),
      events_(open_file(directory + "/events.out.tfevents." + std::to_string(seconds) + ".kindred",
                        "ab")) {
  std::string first;
  append_tag(first, 1, kFixed64);
  append_fixed(first, static_cast<double>(seconds));
  append_bytes(first, 3, "brain.Event:2");
  write_event(first);
}

RunLog::~RunLog() {
  if (lines_ != nullptr) std::fclose(lines_);
  if (events_ != nullptr) std::fclose(events_);
}

void RunLog::write(std::uint64_t step, double seconds,
                   const std::map<std::string, double>& values) {
  nlohmann::ordered_json line = {{"step", step}};
  for (const auto& [name, value] : values) line[name] = value;
  const std::string text = line.dump() + '\n';
  std::fwrite(text.data(), 1, text.size(), lines_);
  std::fflush(lines_);
  write_event(scalar_event(seconds, step, values));
}

void RunLog::write_event(const std::string& event) {
  const std::string record = event_record(event);
  std::fwrite(record.data(), 1, record.size(), events_);
  std::fflush(events_);
}

}  // namespace kindred::train
