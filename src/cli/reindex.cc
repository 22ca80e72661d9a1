// kindred reindex and move: a new version beside the old, switched to when it is whole.
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/progress.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/parity_output.h"
#include "cli/shop_flags.h"

namespace kindred::cli {
namespace {

/// Fills a version and switches to it. Interrupted, it is gone on with by the same command.
shop::SyncCounts fill_and_use(shop::Shop& shop, std::uint64_t number, const ShopFlags& flags,
                              bool quiet = false) {
  shop::Version version = shop.open_version(number, flags.use());
  std::optional<shop::Version> donor;
  if (shop.current().fingerprint == version.settings().fingerprint &&
      number != shop.settings().current)
    donor = shop.open_version(std::nullopt, flags.use());
  const shop::SyncCounts counts =
      run_sync(shop, version, flags.encoder_use(), donor ? &*donor : nullptr, quiet);
  if (!quiet) print_sync(counts, version.settings());
  if (!counts.complete) throw Interrupted{};
  shop.use_version(number);
  if (!quiet) print("version {} is searched now\n", number);
  return counts;
}

struct ReindexState {
  ShopFlags shop;
  NewModelFlags model;
  bool again = false;
  bool drop = false;
  std::optional<std::size_t> use;
};

shop::VersionSettings describe(ReindexState& s, const shop::Shop& shop) {
  const shop::VersionSettings& before = shop.current();
  const catalog::Prompt prompt = s.model.asked_prompt().value_or(before.prompt);
  const bool same_model = s.model.request.path.empty();
  s.model.fill_from(before);
  if (s.model.request.path.empty()) {
    if (s.model.any()) before.check_vectors("another text or precision");
    shop::VersionSettings version = before;
    version.place = {};
    return version;
  }
  shop::VersionSettings version =
      shop::describe_version(s.model.request, prompt, s.shop.encoder_use());
  if (same_model) {  // prompts that were chosen by name are kept by their text
    if (!s.model.request.passage_prompt) version.model.passage_prompt = before.model.passage_prompt;
    if (!s.model.request.query_prompt) version.model.query_prompt = before.model.query_prompt;
    version.fusion = before.fusion;
  }
  version.place = shop.place_beside();
  return version;
}

void run_reindex(ReindexState& s) {
  shop::Shop shop = shop::Shop::open(s.shop.directory, shop::Access::write);
  catch_interrupts();
  if (s.use) {
    fill_and_use(shop, *s.use, s.shop);
  } else if (s.again || s.model.any()) {
    const shop::VersionSettings version = describe(s, shop);
    shop::VersionSettings there = version;
    there.place = shop.current().place;
    if (there.same_index(shop.current()) && !s.again) {
      fail(ErrorKind::bad_input,
           "the shop is indexed in this way already (version {}); --again does it all the same",
           shop.settings().current);
    }
    fill_and_use(shop, shop.begin_version(version), s.shop);
  } else if (!s.drop) {
    fail(ErrorKind::bad_input,
         "say what is to change: --model, --precision, --prompt …; --again for the same once more, "
         "--use N for a version that is there, --drop to remove old ones");
  }
  if (!s.drop) return;
  for (const std::uint64_t number : shop.drop_others()) print("version {} is gone\n", number);
}

struct MoveState {
  ShopFlags shop;
  std::string to;
  std::string schema = "kindred";
  std::vector<std::string> partitions;
  std::string queries;
  bool json = false;
};

bool is_url(const std::string& target) {
  return target.starts_with("postgres://") || target.starts_with("postgresql://");
}

shop::PlaceSettings place_of(const MoveState& s) {
  shop::PlaceSettings place;
  if (is_url(s.to)) {
    place.url = s.to;
    place.schema = s.schema;
    place.partitions = s.partitions;
    for (const std::string& partition : s.partitions) {
      if (is_url(partition)) continue;
      fail(ErrorKind::bad_input, "--partition {} is no address like postgres://user@host/database",
           partition);
    }
    return place;
  }
  if (!s.partitions.empty())
    fail(ErrorKind::bad_input, "--partition is for items in PostgreSQL; give --to postgres://…");
  if (shop::absolute_path(s.to) != shop::absolute_path(s.shop.directory)) {
    place.directory = shop::absolute_path(s.to);
  }
  return place;
}

VersionParity compare_with(shop::Shop& shop, std::uint64_t before, const MoveState& s) {
  try {
    return compare_versions(shop, before, s.queries, s.shop);
  } catch (const Error& error) {
    fail(error.kind(),
         "the items are moved and searched where they are now; comparing them with version {} "
         "failed: {}",
         before, error.what());
  }
}

void run_move(const MoveState& s) {
  shop::Shop shop = shop::Shop::open(s.shop.directory, shop::Access::write);
  const std::uint64_t from = shop.settings().current;
  shop::VersionSettings version = shop.current();
  version.place = place_of(s);
  if (version.place == shop.current().place)
    fail(ErrorKind::bad_input, "the items of {} are there already", s.shop.directory);
  catch_interrupts();
  const std::uint64_t number = shop.begin_version(version);
  const shop::SyncCounts counts = fill_and_use(shop, number, s.shop, /*quiet=*/s.json);
  const VersionParity parity = compare_with(shop, from, s);
  if (s.json) {
    const nlohmann::ordered_json json = {{"version", number},
                                         {"kept_version", from},
                                         {"index", json_of(counts)},
                                         {"parity", json_of(parity)}};
    write_out(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    return;
  }
  print_parity(parity);
  print("version {} is kept: --use {} goes back to it, --drop removes it (kindred reindex {})\n",
        from, from, s.shop.directory);
}

}  // namespace

Command reindex_command() {
  auto s = std::make_shared<ReindexState>();
  Command c;
  c.name = "reindex";
  c.summary = "a shop's index by another model or prompt, beside the old one";
  c.description =
      "Embeds the whole catalogue anew into a new version, while the old one is searched, and "
      "switches when it is whole; a shop whose items are in PostgreSQL stays there. A shop that "
      "was made without a model gets its first vectors so. It may be stopped or killed: the same "
      "command goes on. A text that the old version has a vector of by the same encoder is not "
      "embedded again. The old "
      "version stays, to go back to, until --drop.";
  s->shop.add_argument(c);
  s->model.add(c, "the present one");
  auto& flags = c.group("Versions").flags;
  flags.push_back(toggle("--again", "the same model and prompt, all products anew", &s->again));
  flags.push_back(flag("--use", "N", "bring version N up to date and search it", &s->use));
  flags.push_back(
      toggle("--drop", "remove all versions but the one that is searched then", &s->drop));
  s->shop.add_resources(c);
  c.examples = {{"a better model", "kindred reindex shop --model models/e5-base"},
                {"another text of each product, and the old version away",
                 "kindred reindex shop --prompt \"[{brand} ]{title}\" --drop"}};
  c.run = [s] { run_reindex(*s); };
  return c;
}

Command move_command() {
  auto s = std::make_shared<MoveState>();
  Command c;
  c.name = "move";
  c.summary = "a shop's index to PostgreSQL with pgvector, on one server or several, or back";
  c.description =
      "Copies the items with their vectors, embeds nothing that has not changed, and switches when "
      "all are there; the same command goes on after an interruption. Then it compares what both "
      "find for the same queries (overlap of the first ten). The catalogue stays where it is.\n\n"
      "With --partition the server of --to holds no items: it asks the partitions' servers, each "
      "of which holds its share by the hash of the key. A password is never given in an address: "
      "it "
      "comes from ~/.pgpass (PGPASSFILE), PGPASSWORD or a service, and that of a partition is kept "
      "by the server of --to, in the user mapping.";
  s->shop.add_argument(c);
  auto& flags = c.group("Target").flags;
  flags.push_back(flag("--to", "TARGET",
                       "postgres://user@host/database, or a new directory; SHOP itself for its own",
                       &s->to)
                      .must_be_given()
                      .completed_by(Completes::directory));
  flags.push_back(flag("--schema", "NAME", "in PostgreSQL: where the tables are made", &s->schema));
  flags.push_back(flag("--partition", "ADDRESS",
                       "another server to hold a share of the items, as both this machine and the "
                       "server of --to reach it; given once for each, a server may come twice",
                       &s->partitions));
  flags.push_back(flag("--queries", "FILE", "texts to compare both by, one a line", &s->queries)
                      .shown_default("titles of products")
                      .completed_by(Completes::file));
  c.group("Output").flags.push_back(
      toggle("--json", "print a JSON object, with the comparison", &s->json));
  s->shop.add_resources(c);
  c.examples = {{"to a server", "kindred move shop --to postgres://kindred@db/shop"},
                {"to a server that shares the items out to two others",
                 "kindred move shop --to postgres://kindred@db/shop --partition "
                 "postgres://kindred@db1/shop --partition postgres://kindred@db2/shop"},
                {"and back", "kindred move shop --to shop"}};
  c.run = [s] { run_move(*s); };
  return c;
}

}  // namespace kindred::cli
