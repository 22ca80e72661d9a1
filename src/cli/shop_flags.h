// What the commands of a shop share.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "catalog/prompt.h"
#include "cli/command.h"
#include "shop/encoder.h"
#include "shop/shop.h"
#include "shop/sync.h"

namespace kindred::cli {

/// Which shop, and what may be used: the argument SHOP and the group "Resources".
struct ShopFlags {
  std::string directory;
  std::string ram;
  int threads = 0;
  std::optional<std::size_t> version;
  std::string model_path;  ///< where the model is now; empty: where it was

  void add_argument(Command& command);
  void add_resources(Command& command);
  /// --version-number, for commands that can look at another than the current one.
  void add_version(Command& command);
  /// --model, for commands that encode queries.
  void add_model(Command& command);

  index::UseOptions use() const;
  shop::EncoderUse encoder_use() const;
  shop::Version open_version(const shop::Shop& shop) const;
};

/// How a new version's vectors are to be made: the group "Model".
struct NewModelFlags {
  shop::ModelRequest request;
  std::optional<std::string> precision;
  std::optional<std::string> prompt;   ///< a template
  std::optional<std::string> prompts;  ///< a file of templates, one a language

  void add(Command& command, const std::string& default_of_prompt);
  bool any() const;
  /// Nothing was asked that `version` is not.
  bool matches(const shop::VersionSettings& version) const;
  /// What was not said is as in `before`.
  void fill_from(const shop::VersionSettings& before);
  /// The template that was asked for; unset where none was.
  std::optional<catalog::Prompt> asked_prompt() const;
};

/// Opened when it is first needed, which is said on a terminal.
class LazyEncoder {
 public:
  LazyEncoder(shop::VersionSettings version, shop::EncoderUse use)
      : version_(std::move(version)), use_(std::move(use)) {}
  const shop::ShopEncoder& get();
  shop::EncoderSource source() {
    return [this]() -> const shop::ShopEncoder& { return get(); };
  }

 private:
  shop::VersionSettings version_;
  shop::EncoderUse use_;
  std::optional<shop::ShopEncoder> encoder_;
};

/// Brings a version up to the catalogue with a line of progress, until done or interrupted.
shop::SyncCounts run_sync(shop::Shop& shop, shop::Version& version, const shop::EncoderUse& use,
                          const shop::Version* donor, bool quiet);
/// What was indexed, and how fast.
void print_sync(const shop::SyncCounts& counts, const shop::VersionSettings& version);
nlohmann::ordered_json json_of(const shop::SyncCounts& counts);
/// The ids of `ids`, and the lines of `file` where it is given.
std::vector<std::string> ids_and_lines(std::vector<std::string> ids, const std::string& file);
/// Errors: bad_input, naming the flag, for what is no number.
double parse_share(const std::string& flag, const std::string& text);
std::string megabytes(std::uint64_t bytes);

}  // namespace kindred::cli
