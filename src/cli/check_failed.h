// How a command says that it ran well and that what it checked did not hold.
#pragma once

namespace kindred::cli {

/// Thrown after everything was printed; the program ends with kCheckFailedStatus.
struct CheckFailed {};
constexpr int kCheckFailedStatus = 1;

}  // namespace kindred::cli
