#include "prepare/click_log_reader.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/error.h"
#include "base/printable.h"
#include "base/sha256.h"
#include "io/parquet.h"
#include "prepare/bots.h"
#include "prepare/log_value.h"
#include "prepare/text_hash.h"

namespace kindred::prepare {
namespace {

using simdjson::dom::element;

constexpr std::size_t kMostItems = 2000;
constexpr std::int64_t kMostPosition = 100'000;
constexpr std::size_t kMostQueryBytes = 1024;
constexpr std::size_t kMostIdBytes = 512;
constexpr std::size_t kSampleBytes = 200;

// Thrown inside of this file alone.
struct Rejected {
  std::string reason;
};
[[noreturn]] void reject(std::string reason) {
  throw Rejected{std::move(reason)};
}

// Members of an item that is an object, by simple_name.
enum class Member { none, id, position, clicked, in_cart, ordered, dwell };
Member member_of(std::string_view key) {
  struct Known {
    std::string_view name;
    Member member;
  };
  constexpr Known kKnown[] = {{"id", Member::id},
                              {"itemid", Member::id},
                              {"productid", Member::id},
                              {"objectid", Member::id},
                              {"sku", Member::id},
                              {"asin", Member::id},
                              {"item", Member::id},
                              {"position", Member::position},
                              {"rank", Member::position},
                              {"index", Member::position},
                              {"itemlistindex", Member::position},
                              {"clicked", Member::clicked},
                              {"click", Member::clicked},
                              {"cart", Member::in_cart},
                              {"incart", Member::in_cart},
                              {"addedtocart", Member::in_cart},
                              {"ordered", Member::ordered},
                              {"order", Member::ordered},
                              {"purchased", Member::ordered},
                              {"dwell", Member::dwell},
                              {"dwellseconds", Member::dwell}};
  const std::string simple = simple_name(key);
  for (const Known& known : kKnown)
    if (known.name == simple) return known.member;
  return Member::none;
}

// "en" of "en-US" and "EN_us"; nothing of what is no code.
std::string primary_language(std::string_view code) {
  std::string language;
  for (const char c : code.substr(0, code.find_first_of("-_"))) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c;
    if (lower < 'a' || lower > 'z') return {};
    language += lower;
  }
  return language.size() <= 3 ? language : std::string();
}

class LineBuilder {
 public:
  explicit LineBuilder(const ClickLogOptions& options) : options_(options) {}

  void clear() {
    values_.fill({});
    ranks_.fill(~std::size_t{0});
  }
  // A column's value; `root` where its JSON is known, else `text`.
  void take(std::span<const ColumnTarget> targets, std::string_view text, const element* root) {
    for (const ColumnTarget& target : targets) {
      const auto role = static_cast<std::size_t>(target.role);
      if (target.rank >= ranks_[role]) continue;
      const LogValue value = root != nullptr        ? follow(*root, target.steps)
                             : target.steps.empty() ? LogValue::of_text(text)
                                                    : into(text, target);
      if (!value.there()) continue;
      values_[role] = value;
      ranks_[role] = target.rank;
    }
  }
  void build(LogLine& line);

 private:
  const LogValue& value(ClickRole role) const { return values_[static_cast<std::size_t>(role)]; }
  bool has(ClickRole role) const { return value(role).there(); }

  // Into a table's cell that is JSON.
  LogValue into(std::string_view text, const ColumnTarget& target) {
    if (!text.starts_with('{') && !text.starts_with('[')) return {};
    element root;
    if (cell_parsers_[static_cast<std::size_t>(target.role)]
            .parse(text.data(), text.size())
            .get(root))
      return {};
    return follow(root, target.steps);
  }

  std::string_view text_of(ClickRole role, std::size_t most) {
    text_.clear();
    if (!append_text(value(role), text_))
      reject(fmt::format("the {} is a list or an object", to_string(role)));
    if (text_.size() > most)
      reject(fmt::format("the {} is longer than {} bytes", to_string(role), most));
    check_utf8(text_);
    return text_;
  }
  static void check_utf8(std::string_view text) {
    if (!simdjson::validate_utf8(text.data(), text.size())) reject("not UTF-8");
  }
  double number_of(const LogValue& given, std::string_view what) {
    number_.clear();
    double number = 0.0;
    const bool text = append_text(given, number_);
    const char* const end = number_.data() + number_.size();
    const auto [at, error] = std::from_chars(number_.data(), end, number);
    if (!text || error != std::errc() || at != end)
      reject(fmt::format("the {} is no number", what));
    return number;
  }
  std::int32_t position_of(const LogValue& given) {
    if (!given.there()) return kNoPosition;
    const double number = number_of(given, "position");
    if (!(number >= 0.0 && number <= static_cast<double>(kMostPosition)))
      reject(fmt::format("the position is not from 0 to {}", kMostPosition));
    return static_cast<std::int32_t>(number);
  }
  float dwell_of(const LogValue& given) {
    if (!given.there()) return kNoDwell;
    const double seconds = number_of(given, "dwell");
    return seconds >= 0.0 && seconds < 1e6 ? static_cast<float>(seconds) : kNoDwell;
  }
  std::uint64_t hash_of(ClickRole role);
  LogType type_of(const LogLine& line);
  void add_items(LogLine& line);
  void add_item(LogLine& line, const LogValue& given);
  void add_object(LogItem& item, simdjson::dom::object object);
  void set_id(LogItem& item, const LogValue& given);
  void mark(LogLine& line, ClickRole role, bool LogItem::*flag);
  void mark_id(LogLine& line, const LogValue& id, bool LogItem::*flag);
  void add_positions(LogLine& line);
  void place_in_order(LogLine& line);
  void add_page(LogLine& line);

  const ClickLogOptions& options_;
  std::array<LogValue, kClickRoles> values_;
  std::array<std::size_t, kClickRoles> ranks_{};
  std::array<simdjson::dom::parser, kClickRoles> cell_parsers_;
  std::array<simdjson::dom::parser, kClickRoles> list_parsers_;
  std::vector<LogValue> elements_;
  std::string text_;
  std::string number_;
  std::string last_agent_;
  bool last_bot_ = false;
};

std::uint64_t LineBuilder::hash_of(ClickRole role) {
  const std::string_view text = text_of(role, kMostQueryBytes);
  if (text.empty() || text == "0" || text == "-" || text == "anonymous" || text == "guest")
    return 0;
  if (options_.salt.empty()) return hash_text(text) | 1;
  std::uint64_t hash = 0;
  const std::string digits = sha256(fmt::format("{}\n{}", options_.salt, text));
  std::from_chars(digits.data(), digits.data() + 16, hash, 16);
  return hash | 1;
}

void LineBuilder::set_id(LogItem& item, const LogValue& given) {
  item.id.clear();
  if (!append_text(given, item.id)) reject("an item's id is a list or an object");
  if (item.id.size() > kMostIdBytes)
    reject(fmt::format("an item's id is longer than {} bytes", kMostIdBytes));
  check_utf8(item.id);
  if (std::any_of(item.id.begin(), item.id.end(), [](char c) { return c >= 0 && c < ' '; }))
    reject("an item's id has control characters");
}

void LineBuilder::add_object(LogItem& item, simdjson::dom::object object) {
  const auto flag = [&](const LogValue& given) {
    return given.there() && number_of(given, "flag of an item") > 0.0;
  };
  for (const auto& [key, json] : object) {
    const Member member = member_of(key);
    if (member == Member::none) continue;
    const LogValue given = LogValue::of_json(json);
    switch (member) {
      case Member::id:
        if (item.id.empty()) set_id(item, given);
        break;
      case Member::position:
        item.position = position_of(given);
        break;
      case Member::clicked:
        item.clicked = flag(given);
        break;
      case Member::in_cart:
        item.in_cart = flag(given);
        break;
      case Member::ordered:
        item.ordered = flag(given);
        break;
      case Member::dwell:
        item.dwell = dwell_of(given);
        break;
      case Member::none:
        break;
    }
  }
}

void LineBuilder::add_item(LogLine& line, const LogValue& given) {
  LogItem item;
  simdjson::dom::object object;
  if (given.kind == LogValue::Kind::json && !given.json.get(object)) {
    add_object(item, object);
  } else {
    set_id(item, given);
  }
  if (!item.id.empty()) line.items.push_back(std::move(item));
}

void LineBuilder::add_items(LogLine& line) {
  line.items.clear();
  const auto parser = static_cast<std::size_t>(ClickRole::items);
  if (!list_of(value(ClickRole::items), list_parsers_[parser], elements_))
    reject("the items are no list");
  if (elements_.size() > kMostItems) reject(fmt::format("more than {} items", kMostItems));
  for (const LogValue& given : elements_) add_item(line, given);
  if (line.items.empty() && has(ClickRole::item)) {
    add_item(line, value(ClickRole::item));
    if (!line.items.empty() && has(ClickRole::position))
      line.items[0].position = position_of(value(ClickRole::position));
    if (!line.items.empty()) line.items[0].dwell = dwell_of(value(ClickRole::dwell));
  }
}

void LineBuilder::mark_id(LogLine& line, const LogValue& id, bool LogItem::*flag) {
  LogItem marked;
  simdjson::dom::object object;
  if (id.kind == LogValue::Kind::json && !id.json.get(object)) {
    add_object(marked, object);
  } else {
    set_id(marked, id);
  }
  if (marked.id.empty()) return;
  const auto found = std::find_if(line.items.begin(), line.items.end(),
                                  [&](const LogItem& item) { return item.id == marked.id; });
  LogItem& item = found != line.items.end() ? *found : line.items.emplace_back();
  item.*flag = true;
  if (item.id.empty()) item.id = marked.id;  // clicked, and not among those shown
  if (marked.dwell >= 0.0F) item.dwell = marked.dwell;
}

// Those clicked: ids, or a 0 or 1 for each item in their order.
void LineBuilder::mark(LogLine& line, ClickRole role, bool LogItem::*flag) {
  if (!has(role)) return;
  if (!list_of(value(role), list_parsers_[static_cast<std::size_t>(role)], elements_))
    reject(fmt::format("the {} are no list", to_string(role)));
  if (elements_.size() > kMostItems)
    reject(fmt::format("more than {} {}", kMostItems, to_string(role)));
  const auto bit = [&](const LogValue& given) -> int {
    number_.clear();
    if (!append_text(given, number_)) return -1;
    return number_ == "1" || number_ == "true" ? 1 : number_ == "0" || number_ == "false" ? 0 : -1;
  };
  const bool an_item_each = elements_.size() == line.items.size() &&
                            std::all_of(elements_.begin(), elements_.end(),
                                        [&](const LogValue& given) { return bit(given) >= 0; });
  if (an_item_each) {
    for (std::size_t i = 0; i < elements_.size(); ++i)
      if (bit(elements_[i]) == 1) line.items[i].*flag = true;
    return;
  }
  const std::vector<LogValue> ids = elements_;
  for (const LogValue& id : ids) mark_id(line, id, flag);
}

void LineBuilder::add_positions(LogLine& line) {
  if (!has(ClickRole::positions)) return;
  const auto parser = static_cast<std::size_t>(ClickRole::positions);
  if (!list_of(value(ClickRole::positions), list_parsers_[parser], elements_))
    reject("the positions are no list");
  if (elements_.size() != line.items.size()) reject("as many positions as items are needed");
  for (std::size_t i = 0; i < elements_.size(); ++i)
    line.items[i].position = position_of(elements_[i]);
}

// A list without positions is in the order shown.
void LineBuilder::place_in_order(LogLine& line) {
  if (std::any_of(line.items.begin(), line.items.end(),
                  [](const LogItem& item) { return item.position != kNoPosition; }))
    return;
  for (std::size_t i = 0; i < line.items.size(); ++i)
    line.items[i].position = static_cast<std::int32_t>(i) + 1;
  line.counted = true;
}

// Behind the pages before it.
void LineBuilder::add_page(LogLine& line) {
  const auto whole = [&](ClickRole role) -> std::int64_t {
    if (!has(role)) return 0;
    const double number = number_of(value(role), to_string(role));
    return number >= 0.0 && number <= static_cast<double>(kMostPosition)
               ? static_cast<std::int64_t>(number)
               : 0;
  };
  const std::int64_t page_size = whole(ClickRole::page_size);
  const std::int64_t page = whole(ClickRole::page);
  const std::int64_t before = page > 1 ? std::min((page - 1) * page_size, kMostPosition) : 0;
  if (before == 0) return;
  for (LogItem& item : line.items)
    if (item.position >= 0 && item.position <= page_size)
      item.position += static_cast<std::int32_t>(before);
}

LogType LineBuilder::type_of(const LogLine& line) {
  if (has(ClickRole::type)) {
    const LogType type = options_.columns.type_of(text_of(ClickRole::type, kMostQueryBytes));
    // A list whose type column says something of its own ("organic").
    return type == LogType::other && has(ClickRole::items) && !line.query.empty() ? LogType::list
                                                                                  : type;
  }
  if (has(ClickRole::items)) return LogType::list;
  const bool marked = has(ClickRole::clicks) || has(ClickRole::carts) || has(ClickRole::orders);
  if (!line.items.empty()) return marked ? LogType::impression : LogType::click;
  return line.query.empty() ? LogType::other : LogType::search;
}

void LineBuilder::build(LogLine& line) {
  if (!has(ClickRole::time)) reject("no time");
  const auto time = parse_time(text_of(ClickRole::time, kMostQueryBytes), options_.zone);
  if (!time) reject("the time cannot be read, or is not between 1995 and 2100");
  line.time = *time;
  line.query = text_of(ClickRole::query, kMostQueryBytes);
  line.language = primary_language(text_of(ClickRole::language, kMostIdBytes));
  line.user = hash_of(ClickRole::user);
  line.session = hash_of(ClickRole::session);
  const std::string_view search = text_of(ClickRole::search, kMostQueryBytes);
  line.search = search.empty() ? 0 : hash_text(search) | 1;
  if (text_of(ClickRole::agent, std::size_t{1} << 16) != last_agent_) {
    last_agent_ = text_;
    last_bot_ = is_bot_agent(last_agent_);
  }
  line.bot = last_bot_;
  line.counted = false;
  add_items(line);
  line.type = type_of(line);
  add_positions(line);
  if (line.type <= LogType::impression) {
    if (line.items.size() > 1 || line.type == LogType::list) place_in_order(line);
    mark(line, ClickRole::clicks, &LogItem::clicked);
    mark(line, ClickRole::carts, &LogItem::in_cart);
    mark(line, ClickRole::orders, &LogItem::ordered);
  }
  add_page(line);
  const bool needs_item = line.type == LogType::impression || line.type == LogType::click ||
                          line.type == LogType::cart || line.type == LogType::order;
  if (needs_item && line.items.empty())
    reject(fmt::format("a line of type {} without an item", to_string(line.type)));
}

}  // namespace

struct ClickLogReader::Impl {
  ClickLogOptions options;
  std::string name;
  std::optional<io::TableReader> table;
  std::unique_ptr<io::ParquetTable> parquet;
  std::vector<std::span<const ColumnTarget>> targets;  // a column each, not of JSONL
  std::unordered_map<std::string, std::span<const ColumnTarget>> known_keys;
  simdjson::dom::parser parser;
  LineBuilder builder;
  std::uint64_t parquet_rows = 0;

  Impl(const ClickLogOptions& given, std::string of)
      : options(given), name(std::move(of)), builder(options) {}

  bool is_json() const { return table && table->format() == io::TableFormat::jsonl; }

  void start() {
    if (is_json()) return;
    const std::vector<std::string>& columns = parquet ? parquet->columns() : table->columns();
    bool time = false;
    for (const std::string& column : columns) {
      targets.push_back(options.columns.targets(column));
      for (const ColumnTarget& target : targets.back()) time |= target.role == ClickRole::time;
    }
    if (!time) {
      fail(ErrorKind::bad_input,
           "{}: no column is known for the time; its columns are {}; say which it is, as in "
           "--column time=NAME (looked for: {})",
           name, fmt::join(columns, ", "), options.columns.names_of(ClickRole::time));
    }
  }

  std::span<const ColumnTarget> targets_of(std::string_view key) {
    const auto [known, is_new] = known_keys.try_emplace(std::string(key));
    if (is_new) known->second = options.columns.targets(key);
    // A log with ever new keys is no reason to remember them all.
    if (known_keys.size() <= 10'000) return known->second;
    known_keys.clear();
    return options.columns.targets(key);
  }

  void read_json(std::string_view text, LogLine& line) {
    element root;
    if (parser.parse(text.data(), text.size()).get(root)) reject("not JSON");
    element source;
    if (!root["_source"].get(source)) root = source;
    simdjson::dom::object object;
    if (root.get(object)) reject("not a JSON object");
    builder.clear();
    for (const auto& [key, value] : object) {
      const auto found = targets_of(key);
      if (!found.empty()) builder.take(found, {}, &value);
    }
    builder.build(line);
  }

  void read_cells(std::span<const std::string_view> cells, LogLine& line) {
    builder.clear();
    for (std::size_t c = 0; c < cells.size(); ++c)
      if (!targets[c].empty()) builder.take(targets[c], cells[c], nullptr);
    builder.build(line);
  }

  static LogReject reject_of(std::string reason, std::uint64_t line, std::string_view text) {
    return {std::move(reason), line, printable(text.substr(0, kSampleBytes))};
  }

  bool next_parquet(ReadLog& read) {
    std::span<const io::ParquetValue> row;
    if (!parquet->next(row)) return false;
    ++parquet_rows;
    std::vector<std::string_view> cells;
    for (const io::ParquetValue& value : row) cells.push_back(value.text);
    try {
      read_cells(cells, read.line);
    } catch (Rejected& rejected) {
      read.reject = reject_of(std::move(rejected.reason), parquet_rows,
                              fmt::format("{}", fmt::join(cells, ",")));
    }
    return true;
  }

  bool next(ReadLog& read) {
    read.reject.reset();
    if (parquet) return next_parquet(read);
    io::TableRow row;
    try {
      if (!table->next(row)) return false;
    } catch (const Error& error) {
      if (!table->skip_bad_row()) throw;
      read.reject = reject_of("a malformed row", 0, error.what());
      return true;
    }
    try {
      if (is_json()) {
        read_json(row.values[0], read.line);
      } else {
        read_cells(row.values, read.line);
      }
    } catch (Rejected& rejected) {
      read.reject = reject_of(std::move(rejected.reason), row.line,
                              is_json() ? std::string(row.values[0].substr(0, kSampleBytes))
                                        : fmt::format("{}", fmt::join(row.values, ",")));
    }
    return true;
  }

  bool skip(std::uint64_t rows) {
    std::span<const io::ParquetValue> values;
    io::TableRow row;
    for (std::uint64_t i = 0; i < rows; ++i) {
      if (parquet) {
        if (!parquet->next(values)) return false;
        ++parquet_rows;
        continue;
      }
      try {
        if (!table->next(row)) return false;
      } catch (const Error&) {
        if (!table->skip_bad_row()) throw;
      }
    }
    return true;
  }
};

namespace {

io::TableOptions table_options(io::TableFormat format) {
  io::TableOptions options;
  options.format = format;
  options.tsv_escapes = true;
  options.find_delimiter = true;
  options.whole_json = true;
  return options;
}

}  // namespace

ClickLogReader ClickLogReader::open(const std::string& path, const ClickLogOptions& options) {
  auto impl = std::make_unique<Impl>(options, path == "-" ? "standard input" : path);
  io::TableFormat format =
      options.format.value_or(path == "-" ? io::TableFormat::jsonl : io::table_format_of(path));
  if (format == io::TableFormat::lines) format = io::TableFormat::jsonl;  // "clicks.log"
  if (format == io::TableFormat::parquet) {
    impl->parquet = io::open_parquet(path);
  } else if (path == "-") {
    impl->table = io::TableReader::from_descriptor(STDIN_FILENO, impl->name, table_options(format));
  } else {
    impl->table = io::TableReader::open(path, table_options(format));
  }
  impl->start();
  return ClickLogReader(std::move(impl));
}

ClickLogReader ClickLogReader::from_memory(std::string_view text, const std::string& name,
                                           const ClickLogOptions& options) {
  auto impl = std::make_unique<Impl>(options, name);
  impl->table = io::TableReader::from_memory(
      text, name, table_options(options.format.value_or(io::TableFormat::jsonl)));
  impl->start();
  return ClickLogReader(std::move(impl));
}

ClickLogReader::ClickLogReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ClickLogReader::ClickLogReader(ClickLogReader&&) noexcept = default;
ClickLogReader& ClickLogReader::operator=(ClickLogReader&&) noexcept = default;
ClickLogReader::~ClickLogReader() = default;

bool ClickLogReader::next(ReadLog& read) {
  return impl_->next(read);
}
bool ClickLogReader::skip(std::uint64_t rows) {
  return impl_->skip(rows);
}
std::optional<std::uint64_t> ClickLogReader::size() const noexcept {
  return impl_->table ? impl_->table->size() : std::nullopt;
}
std::uint64_t ClickLogReader::position() const noexcept {
  return impl_->table ? impl_->table->position() : 0;
}

}  // namespace kindred::prepare
