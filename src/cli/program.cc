// Dispatches to a command and turns an error into one line and an exit status.
#include "cli/program.h"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>

#include "base/error.h"
#include "cli/check_failed.h"
#include "cli/command.h"
#include "cli/console.h"
#include "cli/torch_program.h"
#include "kindred/machine.h"

namespace kindred::cli {
namespace {

constexpr int kInternalStatus = 70;

int status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::bad_input:
      return 2;
    case ErrorKind::not_found:
      return 3;
    case ErrorKind::corrupt:
      return 4;
    case ErrorKind::unsupported:
      return 5;
    case ErrorKind::exhausted:
      return 6;
    case ErrorKind::internal:
      return kInternalStatus;
  }
  return kInternalStatus;
}

int report(ErrorKind kind, std::string message) {
  std::replace(message.begin(), message.end(), '\n', ' ');
  note(fmt::format("kindred: {}: {}", to_string(kind), message));
  return status_of(kind);
}

}  // namespace

int run_program(int argc, char** argv) {
  try {
    hand_over_to_torch(argc, argv);
    if (const char* highest = std::getenv("KINDRED_ISA"); highest != nullptr && *highest != '\0')
      limit_instruction_set(highest);
    std::vector<Command> commands = all_commands();
    dispatch(commands, argc, argv);
    flush_out();
    return 0;
  } catch (const Interrupted&) {
    return kInterruptedStatus;
  } catch (const CheckFailed&) {
    flush_out();
    return kCheckFailedStatus;
  } catch (const Error& e) {
    return report(e.kind(), e.what());
  } catch (const std::bad_alloc&) {
    return report(ErrorKind::exhausted,
                  "out of memory; a smaller --batch-tokens or --precision needs less");
  } catch (const std::exception& e) {
    return report(ErrorKind::internal, e.what());
  }
}

}  // namespace kindred::cli
