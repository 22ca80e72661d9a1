#include "cli/shop_flags.h"

#include <charconv>

#include "base/error.h"
#include "base/progress.h"
#include "cli/console.h"
#include "cli/index_flags.h"
#include "cli/model_flags.h"
#include "io/file.h"

namespace kindred::cli {

void ShopFlags::add_argument(Command& command) {
  command.arguments.push_back(argument("SHOP", "the directory of the shop", &directory)
                                  .must_be_given()
                                  .completed_by(Completes::directory));
}

void ShopFlags::add_resources(Command& command) {
  auto& flags = command.group("Resources").flags;
  flags.push_back(flag("--ram", "SIZE", "most memory for the index, such as 6G or 512M", &ram)
                      .shown_default("what the machine has free"));
  flags.push_back(flag("-t,--threads", "N", "threads; 0 is one a physical core", &threads));
}

void ShopFlags::add_version(Command& command) {
  command.group("Search").flags.push_back(
      flag("--version-number", "N", "another version than the current one", &version));
}

void ShopFlags::add_model(Command& command) {
  command.group("Search").flags.push_back(
      flag("-m,--model", "MODEL",
           "where the model is now; refused if it makes other vectors than the shop has",
           &model_path)
          .shown_default("where it was when the shop was made")
          .completed_by(Completes::model));
}

index::UseOptions ShopFlags::use() const {
  index::UseOptions options;
  options.threads = threads_or_environment(threads);
  if (!ram.empty()) options.ram_bytes = parse_bytes("--ram", ram);
  return options;
}

shop::EncoderUse ShopFlags::encoder_use() const {
  return {threads_or_environment(threads), model_path};
}

shop::Version ShopFlags::open_version(const shop::Shop& shop) const {
  return shop.open_version(version, use());
}

void NewModelFlags::add(Command& command, const std::string& default_of_prompt) {
  auto& flags = command.group("Model").flags;
  flags.push_back(flag("-m,--model", "MODEL", "model directory or GGUF file that embeds products",
                       &request.path)
                      .completed_by(Completes::model));
  flags.push_back(flag("--precision", "P", "how weights are held and multiplied", &precision)
                      .one_of({"fp32", "bf16", "int8"}));
  flags.push_back(
      flag("--prompt", "TEMPLATE",
           "a product as the text that is embedded: {title} {description} {brand} "
           "{category} {price} {currency} {language} {id} {attributes} {attribute:KEY}; "
           "[…] is left out where a place in it is empty",
           &prompt)
          .shown_default(default_of_prompt));
  flags.push_back(
      flag("--prompts", "FILE", "templates by language, as JSON: {\"zh\": …, \"*\": …}", &prompts)
          .completed_by(Completes::file));
  flags.push_back(flag("--pooling", "HOW", "as for 'kindred embed'", &request.pooling)
                      .shown_default("the model's own"));
  flags.push_back(
      flag("--dimensions", "N", "keep the first N dimensions (Matryoshka)", &request.dimensions)
          .shown_default("all"));
  flags.push_back(
      flag("--max-length", "TOKENS", "longest text, template tokens included", &request.max_length)
          .shown_default("the model's own"));
  flags.push_back(
      flag("--passage-prompt", "NAME", "the model's prompt for products", &request.passage_prompt)
          .shown_default("passage, document or corpus, where it has one"));
  flags.push_back(
      flag("--query-prompt", "NAME", "the model's prompt for queries", &request.query_prompt)
          .shown_default("query, where it has one"));
}

bool NewModelFlags::any() const {
  const shop::ModelRequest& r = request;
  return !r.path.empty() || precision || prompt || prompts || !r.pooling.empty() || r.max_length ||
         r.dimensions || r.passage_prompt || r.query_prompt;
}

bool NewModelFlags::matches(const shop::VersionSettings& version) const {
  const shop::ModelRequest& r = request;
  const shop::ModelSettings& model = version.model;
  const auto prompt_asked = asked_prompt();
  return (r.path.empty() || shop::absolute_path(r.path) == model.path) &&
         (!precision || parse_precision(*precision) == model.precision) &&
         (r.pooling.empty() || r.pooling == model.pooling) &&
         (!r.max_length || r.max_length == model.max_length) &&
         (!r.dimensions || r.dimensions == model.dimensions) &&
         (!prompt_asked || prompt_asked->version() == version.prompt.version());
}

void NewModelFlags::fill_from(const shop::VersionSettings& before) {
  const shop::ModelSettings& model = before.model;
  request.precision = precision ? parse_precision(*precision) : model.precision;
  if (!request.path.empty()) return;  // another model: its own pooling, length and prompts
  request.path = model.path;
  if (request.pooling.empty()) request.pooling = model.pooling;
  if (!request.max_length) request.max_length = model.max_length;
  if (!request.dimensions) request.dimensions = model.dimensions;
}

std::optional<catalog::Prompt> NewModelFlags::asked_prompt() const {
  if (prompt && prompts)
    fail(ErrorKind::bad_input, "--prompt and --prompts exclude each other; give one of them");
  if (prompt) return catalog::Prompt(*prompt);
  if (prompts) return catalog::Prompt::from_json(io::read_text_file(*prompts), *prompts);
  return std::nullopt;
}

const shop::ShopEncoder& LazyEncoder::get() {
  if (!encoder_) encoder_ = shop::ShopEncoder::open(version_, use_);
  return *encoder_;
}

shop::SyncCounts run_sync(shop::Shop& shop, shop::Version& version, const shop::EncoderUse& use,
                          const shop::Version* donor, bool quiet) {
  LazyEncoder encoder(version.settings(), use);
  shop::SyncOptions options;
  options.donor = donor;
  options.stop = [] { return interrupted(); };
  Progress progress(quiet ? nullptr : stderr, "index", "products",
                    shop.catalogue().count_changes(version.position()));
  return shop::synchronise(shop.catalogue(), version, encoder.source(), options, progress);
}

void print_sync(const shop::SyncCounts& counts, const shop::VersionSettings& version) {
  if (counts.written + counts.removed == 0) {
    print("the index is up to date\n");
    return;
  }
  print("{} products indexed and {} removed in {}: ", with_thousands(counts.written),
        with_thousands(counts.removed),
        format_duration(std::chrono::duration<double>(counts.seconds)));
  constexpr std::uint64_t kWorthARate = 100;
  const auto rate = [](std::uint64_t count, double seconds) {
    return with_thousands(
        static_cast<std::uint64_t>(static_cast<double>(count) / std::max(seconds, 1e-3)));
  };
  if (!version.has_vectors()) {
    print("by words alone, {} products/s\n", rate(counts.written + counts.removed, counts.seconds));
    return;
  }
  print("{} encoded, {} had a vector\n", with_thousands(counts.encoded),
        with_thousands(counts.written - counts.encoded));
  if (counts.encoded < kWorthARate) return;
  print("{} products/s; the encoder alone {} products/s, {} tokens/s\n",
        rate(counts.written + counts.removed, counts.seconds),
        rate(counts.encoded, counts.encode_seconds), rate(counts.tokens, counts.encode_seconds));
}

nlohmann::ordered_json json_of(const shop::SyncCounts& counts) {
  return {{"written", counts.written},  {"removed", counts.removed},
          {"encoded", counts.encoded},  {"tokens", counts.tokens},
          {"seconds", counts.seconds},  {"encode_seconds", counts.encode_seconds},
          {"complete", counts.complete}};
}

std::vector<std::string> ids_and_lines(std::vector<std::string> ids, const std::string& file) {
  if (file.empty()) return ids;
  const IdLines lines(file);
  for (std::size_t i = 0; i < lines.size(); ++i) ids.emplace_back(lines[i]);
  return ids;
}

double parse_share(const std::string& flag, const std::string& text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    fail(ErrorKind::bad_input, "{}: '{}' is not a number", flag, text);
  return value;
}

std::string megabytes(std::uint64_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

}  // namespace kindred::cli
