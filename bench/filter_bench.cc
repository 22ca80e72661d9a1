// Question: what do filters cost at this many rows? Builds a table of fields (language, brand, a
// category path of three levels, price, weight), orders it at random, and times selections on it.
//   filter_bench [ROWS (default 10000000)] [DIRECTORY]
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

#include "base/random.h"
#include "index/field_table.h"
#include "index/field_table_builder.h"
#include "index/filter.h"

namespace {

using namespace kindred::index;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double peak_gigabytes() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1e6;
}

FieldValues draw(kindred::Random& random) {
  // Brands and categories are as uneven as in a shop: the n-th is drawn about 1/n as often.
  const auto uneven = [&](double most) {
    return std::to_string(static_cast<int>(std::exp(random.uniform() * std::log(most))));
  };
  const std::string leaf = uneven(5000);
  const std::string category = "d" + leaf.substr(0, 1) + " > g" + leaf.substr(0, 2) + " > l" + leaf;
  const double price = std::round(std::exp(random.normal() + 3.0) * 100.0) / 100.0;
  return {{{"lang", "l" + uneven(20)}, {"brand", "b" + uneven(50000)}, {"category", category}},
          {{"price", price}, {"weight", random.normal()}}};
}

template <typename Fn>
void time(const char* what, const Fn& fn) {
  std::uint64_t count = fn();  // reads the file and checks it
  const auto start = Clock::now();
  int calls = 0;
  while (seconds_since(start) < 0.5) {
    count = fn();
    ++calls;
  }
  std::printf("%-58s %9.3f ms  %llu\n", what, seconds_since(start) * 1e3 / calls,
              static_cast<unsigned long long>(count));
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t rows = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10000000;
  const std::string path = std::string(argc > 2 ? argv[2] : "/tmp") + "/filter_bench.fields";
  kindred::Random random(1);
  std::vector<std::uint32_t> order(rows);
  std::iota(order.begin(), order.end(), 0U);
  random.shuffle(std::span(order));
  auto start = Clock::now();
  {
    FieldTableBuilder builder(path);
    for (std::size_t row = 0; row < rows; ++row) {
      builder.add(static_cast<std::uint32_t>(row), draw(random));
    }
    std::printf("%zu rows added in %.1f s, ", rows, seconds_since(start));
    std::fflush(stdout);
    start = Clock::now();
    builder.finish(order);
  }
  std::printf("written in %.1f s; peak memory %.2f GB\n", seconds_since(start), peak_gigabytes());
  start = Clock::now();
  const auto table = FieldTable::open(path);
  std::printf("file: %.1f bytes a row, opened in %.1f ms\n",
              static_cast<double>(table->file_bytes()) / static_cast<double>(rows),
              seconds_since(start) * 1e3);
  for (const char* text :
       {"lang = l1", "brand = b40000", "category = d1", "price 10..50", "weight < 0",
        "lang = l1 AND (price < 20 OR brand IN (b1, b2, b3)) AND NOT category = d2"}) {
    const Filter filter = parse_filter(text);
    time(text, [&] { return evaluate(filter, *table).count(); });
  }
  const RowSet found = evaluate(parse_filter("lang = l3 AND price < 20"), *table);
  for (const char* field : {"lang", "category", "brand"}) {
    time((std::string("facet ") + field + " of some rows").c_str(), [&] {
      FacetCounts counts;
      table->count_values(field, found, counts);
      return counts.size();
    });
  }
  std::remove(path.c_str());
  return 0;
}
