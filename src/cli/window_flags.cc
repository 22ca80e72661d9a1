#include "cli/window_flags.h"

#include "base/error.h"

namespace kindred::cli {

void WindowFlags::add(Command& command, const std::string& rows_help) {
  auto& flags = command.group("Windows").flags;
  flags.push_back(flag("--window", "N",
                       "cut each text into windows of N tokens (template and prompt come on top)",
                       &window)
                      .shown_default("texts are whole"));
  flags.push_back(flag("--stride", "M",
                       "tokens from one window's begin to the next one's; fewer than N overlap",
                       &stride)
                      .shown_default("N"));
  flags.push_back(flag("--join", "HOW",
                       "one vector a text, the mean of its windows' or that weighted by tokens; or "
                       "a vector a window, from tokens that saw the whole text (late) or the "
                       "window alone (rows)" +
                           rows_help,
                       &join)
                      .one_of({"mean", "weighted", "late", "rows"})
                      .shown_default("rows"));
}

std::optional<WindowOptions> WindowFlags::options() const {
  if (!window) {
    if (stride || join)
      fail(ErrorKind::bad_input, "--stride and --join are about windows: give --window N");
    return std::nullopt;
  }
  if (stride == 0U)
    fail(ErrorKind::bad_input, "a stride of 0 tokens never reaches the end; choose 1 or more");
  WindowOptions windows;
  windows.window = *window;
  windows.stride = stride.value_or(0);
  windows.join = join == "mean"       ? WindowJoin::mean
                 : join == "weighted" ? WindowJoin::weighted
                 : join == "late"     ? WindowJoin::late
                                      : WindowJoin::rows;
  windows.validate();
  return windows;
}

}  // namespace kindred::cli
