// Where the report of an evaluation goes, and what it must not say: the group "Report".
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "eval/report.h"

namespace kindred::cli {

struct ReportFlags {
  std::vector<std::string> files;  ///< written by their endings: .html, .md, .json, .txt
  std::string junit;
  std::vector<std::string> fail_if;
  bool json = false;

  void add(Command& command);
  /// Before hours of work: promises are read and endings known. Errors: bad_input.
  void check() const;
  bool has_html() const;  ///< one of the files is a page
  /// Prints and writes the report, then its verdicts. Throws CheckFailed where a promise is broken.
  void deliver(const eval::Report& report) const;
};

}  // namespace kindred::cli
