#include "prepare/reject_log.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace kindred::prepare {

RejectLog::RejectLog(const std::string& path, std::uint64_t of_each) : of_each_(of_each) {
  if (!path.empty()) file_ = io::AtomicFile::create(path);
}

void RejectLog::add(const SourceRow& row, const Reject& reject, std::string_view text) {
  ++total_;
  if (first_.empty()) {
    first_ = fmt::format("{}, line {}: {}", row.file, row.line, reject.reason);
    if (!reject.detail.empty()) first_ += fmt::format(" ({})", reject.detail);
  }
  if (++counts_[reject.reason] > of_each_ || !file_) return;
  const nlohmann::ordered_json line{{"reason", reject.reason},
                                    {"detail", reject.detail},
                                    {"file", row.file},
                                    {"line", row.line},
                                    {"row", text}};
  // Bytes that are not UTF-8 are among what is rejected.
  file_->write(line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n');
}

void RejectLog::commit() {
  if (file_) file_->commit();
}

}  // namespace kindred::prepare
