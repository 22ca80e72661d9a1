// kindred verify, stats, compact and snapshot.
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/progress.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/index_flags.h"
#include "cli/shop_flags.h"
#include "search/postgres_connection.h"
#include "shop/verify.h"

namespace kindred::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string place_of(const shop::VersionSettings& version) {
  const shop::PlaceSettings& place = version.place;
  if (place.is_postgres()) {
    const std::string text =
        fmt::format("PostgreSQL, {}, schema {}", search::describe_address(place.url), place.schema);
    if (place.partitions.empty()) return text;
    return fmt::format("{}, {} partitions", text, place.partitions.size());
  }
  return place.directory.empty() ? "in the shop" : place.directory;
}

// A write that was cut off between vectors and words is finished by the next writer, and until then
// the two differ: verifying should be that writer, unless there is one.
shop::Shop open_to_verify(const std::string& directory) {
  try {
    return shop::Shop::open(directory, shop::Access::write);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::bad_input) throw;
    return shop::Shop::open(directory, shop::Access::read);
  }
}

void run_verify(const ShopFlags& flags) {
  shop::Shop shop = open_to_verify(flags.directory);
  shop::Version version = flags.open_version(shop);
  catch_interrupts();
  Progress progress(stderr, "verify", "products", shop.catalogue().count_changes(0));
  std::uint64_t before = 0;
  const shop::VerifyResult result =
      shop::verify(shop.catalogue(), version, [&](std::uint64_t done) {
        if (interrupted()) throw Interrupted{};
        progress.add(done - before);
        before = done;
      });
  progress.finish();
  note(fmt::format("{}: {} products, {} items, {} changes to be indexed; all sound",
                   flags.directory, with_thousands(result.products), with_thousands(result.items),
                   with_thousands(result.waiting)));
}

Json describe(const shop::VersionSettings& settings, bool current) {
  Json json{{"number", settings.number},
            {"current", current},
            {"model", settings.has_vectors() ? Json(settings.model.path) : Json(nullptr)},
            {"precision", shop::name_of(settings.model.precision)},
            {"fingerprint", settings.fingerprint},
            {"prompt", Json::parse(settings.prompt.to_json())},
            {"prompt_version", settings.prompt.version()},
            {"dimension", settings.dimension},
            {"place", place_of(settings)},
            {"fusion", search::to_string(settings.fusion.method)},
            {"vector_weight", settings.fusion.vector_weight}};
  if (settings.place.partitions.empty()) return json;
  json["partitions"] = Json::array();  // without a password, if somebody wrote one into shop.json
  for (const std::string& partition : settings.place.partitions)
    json["partitions"].push_back(search::describe_address(partition));
  return json;
}

void add_items(Json& json, shop::Version& version, std::uint64_t waiting) {
  json["items"] = version.items();
  json["waiting"] = waiting;
  if (version.embedded() == nullptr) return;
  const index::CollectionStats vectors = version.embedded()->vectors().stats();
  const search::LexicalStats words = version.embedded()->words().stats();
  json["vectors"] = {{"segments", vectors.segments.size()},
                     {"deleted", vectors.deleted},
                     {"memory_bytes", vectors.memory_bytes},
                     {"disk_bytes", vectors.disk_bytes}};
  json["words"] = {{"segments", words.segments},
                   {"deleted", words.deleted},
                   {"terms", words.terms},
                   {"disk_bytes", words.disk_bytes}};
}

void print_version(const Json& v) {
  print("\nversion {}{}: {} items, {} changes to be indexed, {}\n",
        v["number"].get<std::uint64_t>(), v["current"].get<bool>() ? " (searched)" : "",
        with_thousands(v["items"].get<std::uint64_t>()),
        with_thousands(v["waiting"].get<std::uint64_t>()), v["place"].get<std::string>());
  for (std::size_t part = 0; v.contains("partitions") && part < v["partitions"].size(); ++part)
    print("  part {:<3} {}\n", part, v["partitions"][part].get<std::string>());
  const bool has_vectors = !v["model"].is_null();
  if (has_vectors) {
    print("  model    {}, {}, {} dimensions\n  encoder  {}\n", v["model"].get<std::string>(),
          v["precision"].get<std::string>(), v["dimension"].get<std::uint64_t>(),
          v["fingerprint"].get<std::string>());
    for (const auto& [language, text] : v["prompt"].items())
      print("  prompt   {}{}\n", language == "*" ? "" : language + ": ", text.get<std::string>());
    print("  hybrid   {}, weight of the vector {:.2f}\n", v["fusion"].get<std::string>(),
          v["vector_weight"].get<double>());
  } else {
    print("  model    none: searched by words alone\n");
  }
  for (const char* part : {"vectors", "words"}) {
    if (!v.contains(part)) continue;
    const bool items = part == std::string_view("vectors") && !has_vectors;
    print("  {:8} {} segments, {} deleted, disk {}\n", items ? "items" : part,
          v[part]["segments"].get<std::uint64_t>(),
          with_thousands(v[part]["deleted"].get<std::uint64_t>()),
          megabytes(v[part]["disk_bytes"].get<std::uint64_t>()));
  }
}

void run_stats(const ShopFlags& flags, bool as_json) {
  shop::Shop shop = shop::Shop::open(flags.directory, shop::Access::read);
  Json all{{"products", shop.catalogue().count()}, {"versions", Json::array()}};
  for (const shop::VersionSettings& settings : shop.settings().versions) {
    const bool current = settings.number == shop.settings().current;
    Json json = describe(settings, current);
    try {
      shop::Version version = shop.open_version(settings.number, flags.use());
      add_items(json, version, shop.catalogue().count_changes(version.position()));
    } catch (const Error& error) {  // one that was begun and has no items yet
      if (error.kind() != ErrorKind::not_found || current) throw;
      json["items"] = 0;
      json["waiting"] = shop.catalogue().count_changes(0);
    }
    all["versions"].push_back(std::move(json));
  }
  if (as_json) {
    write_out(all.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
    return;
  }
  print("{} products\n", with_thousands(all["products"].get<std::uint64_t>()));
  for (const Json& version : all["versions"]) print_version(version);
}

void run_compact(const ShopFlags& flags) {
  shop::Shop shop = shop::Shop::open(flags.directory, shop::Access::write);
  shop::Version version = flags.open_version(shop);
  if (version.embedded() == nullptr) {
    fail(ErrorKind::unsupported,
         "the items are in PostgreSQL, which clears up by itself (autovacuum); use VACUUM there");
  }
  catch_interrupts();
  StageProgress progress;
  version.embedded()->vectors().compact([&](const char* stage, std::size_t done,
                                            std::size_t total) { progress(stage, done, total); });
  progress.finish();
  version.embedded()->words().compact();
}

}  // namespace

Command verify_command() {
  auto s = std::make_shared<ShopFlags>();
  Command c;
  c.name = "verify";
  c.summary = "whether a shop is whole";
  c.description =
      "Reads the catalogue and every file of the index, checks every checksum, and compares each "
      "item with its product. Ends with status 4 and the first damage or difference found.";
  s->add_argument(c);
  s->add_resources(c);
  c.examples = {{"after the power failed", "kindred verify shop"}};
  c.run = [s] { run_verify(*s); };
  return c;
}

Command stats_command() {
  struct State {
    ShopFlags shop;
    bool json = false;
  };
  auto s = std::make_shared<State>();
  Command c;
  c.name = "stats";
  c.summary = "what a shop holds and takes";
  c.description = "Prints the products, and for each version its model, items and disk.";
  s->shop.add_argument(c);
  c.group("Output").flags.push_back(toggle("--json", "print a JSON object", &s->json));
  s->shop.add_resources(c);
  c.examples = {{"for a script", "kindred stats shop --json"}};
  c.run = [s] { run_stats(s->shop, s->json); };
  return c;
}

Command compact_command() {
  auto s = std::make_shared<ShopFlags>();
  Command c;
  c.name = "compact";
  c.summary = "a shop's index without what was deleted";
  c.description =
      "Rebuilds the current version's vectors and words as one segment each, without deleted rows. "
      "Needs room for both on the disk while it runs; readers are served meanwhile.";
  s->add_argument(c);
  s->add_resources(c);
  c.examples = {{"after many deletes", "kindred compact shop"}};
  c.run = [s] { run_compact(*s); };
  return c;
}

Command snapshot_command() {
  struct State {
    ShopFlags shop;
    std::string to;
  };
  auto s = std::make_shared<State>();
  Command c;
  c.name = "snapshot";
  c.summary = "a copy of a shop at this moment";
  c.description =
      "Makes the directory TO a shop of its own with the present catalogue and current version. "
      "The index's files are hard links where the disk is the same, and take no room until the "
      "shop changes; the catalogue is copied.";
  s->shop.add_argument(c);
  c.arguments.push_back(argument("TO", "the directory to make", &s->to)
                            .must_be_given()
                            .completed_by(Completes::directory)
                            .written());
  s->shop.add_resources(c);
  c.examples = {{"before a big import", "kindred snapshot shop backups/monday"}};
  c.run = [s] { shop::Shop::open(s->shop.directory, shop::Access::write).snapshot(s->to); };
  return c;
}

}  // namespace kindred::cli
