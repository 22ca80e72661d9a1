#include "cli/torch_program.h"

#include <unistd.h>

#include <filesystem>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace kindred::cli {
namespace {

Trainer& the_trainer() {
  static Trainer trainer;
  return trainer;
}

bool asks_for_torch(int argc, char** argv) {
  constexpr std::string_view kDevice = "--device";
  if (argc > 1 && std::string_view(argv[1]) == "train") return true;
  for (int i = 1; i < argc; ++i) {
    std::string_view word = argv[i];
    if (word == "--") return false;
    if (word == kDevice && i + 1 < argc) return std::string_view(argv[i + 1]) != "cpu";
    if (word.substr(0, kDevice.size() + 1) == "--device=")
      return word.substr(kDevice.size() + 1) != "cpu";
  }
  return false;
}

}  // namespace

void set_trainer(Trainer trainer) {
  the_trainer() = std::move(trainer);
}

const Trainer& trainer() {
  if (!the_trainer())
    fail(ErrorKind::unsupported,
         "kindred-torch, which trains, is not beside this program: it is built where scripts/setup "
         "could install LibTorch (package torch)");
  return the_trainer();
}

void hand_over_to_torch(int argc, char** argv) {
  if (the_trainer() || !asks_for_torch(argc, argv)) return;
  std::error_code none;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", none);
  const std::filesystem::path other = self.parent_path() / "kindred-torch";
  if (none || !std::filesystem::exists(other)) return;
  execv(other.c_str(), argv);
}

}  // namespace kindred::cli
