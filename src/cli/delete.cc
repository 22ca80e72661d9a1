// kindred delete: products out of a shop.
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/shop_flags.h"

namespace kindred::cli {
namespace {

struct State {
  ShopFlags shop;
  std::vector<std::string> ids;
  std::string file;
  bool json = false;
};

void run_delete(const State& s) {
  const std::vector<std::string> ids = ids_and_lines(s.ids, s.file);
  if (ids.empty())
    fail(ErrorKind::bad_input, "nothing is named to delete; give ids, or --ids FILE");
  shop::Shop shop = shop::Shop::open(s.shop.directory, shop::Access::write);
  catch_interrupts();
  const std::uint64_t removed = shop.catalogue().remove(ids);
  shop::Version version = shop.open_version(std::nullopt, s.shop.use());
  const shop::SyncCounts synced =
      run_sync(shop, version, s.shop.encoder_use(), /*donor=*/nullptr, s.json);
  if (s.json) {
    print_json(nlohmann::ordered_json({{"deleted", removed},
                                       {"products", shop.catalogue().count()},
                                       {"index", json_of(synced)}}));
  } else {
    print("{} of {} products deleted; {} are left\n", with_thousands(removed),
          with_thousands(ids.size()), with_thousands(shop.catalogue().count()));
  }
  if (!synced.complete) throw Interrupted{};
}

}  // namespace

Command delete_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "delete";
  c.summary = "products out of a shop";
  c.description =
      "Removes products from the catalogue and from the index. Ids that are not there are counted "
      "and otherwise passed over.";
  s->shop.add_argument(c);
  c.arguments.push_back(argument("ID", "products' ids", &s->ids));
  c.group("Products")
      .flags.push_back(
          flag("--ids", "FILE", "more ids, one a line", &s->file).completed_by(Completes::file));
  c.group("Output").flags.push_back(toggle("--json", "print a JSON object", &s->json));
  s->shop.add_resources(c);
  c.examples = {{"two products", "kindred delete shop 1234 1235"},
                {"what is sold out", "kindred delete shop --ids sold-out.txt"}};
  c.run = [s] { run_delete(*s); };
  return c;
}

}  // namespace kindred::cli
