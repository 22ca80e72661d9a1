#include "catalog/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "text/code_points.h"

namespace kindred::catalog {
namespace {

struct Unit {
  std::string_view symbol;
  std::string_view base;
  double factor;           // of one such in base units
  bool whole;              // "5.000" of it is five thousand
  std::string_view words;  // how it is written, in lower case, between spaces
  std::string_view exact;  // likewise, upper and lower case as given
};

// The longest word that fits counts, so that 千克 is not 克.
constexpr Unit kUnits[] = {
    {"KB", "GB", 1.0 / 1048576, true, " kb kilobyte kilobytes ", " Ko "},
    {"MB", "GB", 1.0 / 1024, true, " mb megabyte megabytes 兆字节 兆 ", " Mo "},
    {"GB", "GB", 1, false, " gb gigabyte gigabytes gigaoctets 吉字节 吉 千兆字节 ギガバイト ",
     " Go "},
    {"TB", "GB", 1024, false, " tb terabyte terabytes 太字节 テラバイト ", " To "},
    {"mg", "g", 0.001, true, " mg milligram milligrams 毫克 ", " "},
    {"g", "g", 1, true, " gr gram grams gramm gramme grammes gramo gramos 克 グラム ", " g "},
    {"kg", "g", 1000, false,
     " kg kgs kilo kilos kilogram kilograms kilogramme kilogrammes kilogramo kilogramos kilogramm "
     "千克 公斤 "
     "キログラム ",
     " "},
    {"lb", "g", 453.59237, false, " lb lbs pound pounds libra libras 磅 ポンド ", " "},
    {"oz", "g", 28.349523125, false, " oz ounce ounces onza onzas 盎司 オンス ", " "},
    {"mm", "mm", 1, true,
     " mm millimeter millimeters millimetre millimetres millimètre millimètres milímetro "
     "milímetros 毫米 "
     "ミリメートル ",
     " "},
    {"cm", "mm", 10, false,
     " cm centimeter centimeters centimetre centimetres centimètre centimètres centímetro "
     "centímetros "
     "zentimeter 厘米 公分 センチメートル センチ ",
     " "},
    {"m", "mm", 1000, false, " meter meters metre metres mètre mètres metro metros 米 メートル ",
     " m "},
    {"in", "mm", 25.4, false,
     " inch inches inch. zoll pulgada pulgadas pouce pouces 英寸 寸 吋 インチ ″ ” \" ", " in "},
    {"ft", "mm", 304.8, false, " ft feet foot 英尺 フィート ", " "},
    {"ml", "ml", 1, true,
     " ml milliliter milliliters millilitre millilitres mililitro mililitros 毫升 ミリリットル ",
     " "},
    {"cl", "ml", 10, false, " cl centilitre centilitres centilitro centilitros ", " "},
    {"L", "ml", 1000, false, " l liter liters litre litres litro litros 升 公升 リットル ", " "},
    {"W", "W", 1, true, " w watt watts vatio vatios 瓦 瓦特 ワット ", " "},
    {"kW", "W", 1000, false, " kw kilowatt kilowatts kilovatio kilovatios 千瓦 キロワット ", " "},
    {"V", "V", 1, true, " v volt volts voltio voltios 伏 伏特 ボルト ", " "},
    {"mAh", "mAh", 1, true, " mah 毫安时 毫安 ", " "},
    {"Wh", "Wh", 1, false, " wh 瓦时 ", " "},
    {"lm", "lm", 1, true, " lm lumen lumens lúmenes lúmen 流明 ルーメン ", " "},
    {"Hz", "Hz", 1, true, " hz hertz hercios 赫兹 赫 ヘルツ ", " "},
    {"kHz", "Hz", 1e3, false, " khz 千赫 ", " "},
    {"MHz", "Hz", 1e6, false, " mhz 兆赫 ", " "},
    {"GHz", "Hz", 1e9, false, " ghz 吉赫 ", " "},
};

const Unit& unit_of(std::string_view symbol) {
  return *std::find_if(std::begin(kUnits), std::end(kUnits),
                       [symbol](const Unit& unit) { return unit.symbol == symbol; });
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_ascii_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Of an alphabet in which words end at other characters; Chinese and Japanese have no such.
bool is_word_character(char32_t c) {
  if (c < 0x80) return is_digit(static_cast<char>(c)) || is_ascii_letter(static_cast<char>(c));
  return (c >= 0xc0 && c < 0x2000 && c != 0xd7 && c != 0xf7);
}

/// Lower case of the letters that units are written with.
std::string lower(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const auto [c, bytes] = text::decode(text, i);
    const bool upper = (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7);
    text::append(result, upper ? c + 32 : c);
    i += bytes;
  }
  return result;
}

bool has_any(std::string_view text, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(), [text](std::string_view part) {
    return text.find(part) != std::string_view::npos;
  });
}

bool is_data_key(std::string_view key) {
  return has_any(key, {"storage", "memor", "ram", "rom", "disk", "ssd", "almacen", "mémoire",
                       "stockage", "存储", "内存", "容量", "硬盘", "メモリ", "speicher"});
}
bool is_mass_key(std::string_view key) {
  return has_any(key, {"weight", "mass", "peso", "poids", "gewicht", "重", "净含量"});
}
bool is_size_key(std::string_view key) {
  return has_any(key, {"size", "talla", "taille", "größe", "尺码", "サイズ"});
}

/// "256 G", "1T", "512M": letters that stand for several units.
const Unit* unit_of_letter(char letter, double value, std::string_view key) {
  constexpr std::array<double, 8> kStores = {8, 16, 32, 64, 128, 256, 512, 1024};
  if (is_data_key(key)) {
    switch (letter) {
      case 'G':
      case 'g':
        return &unit_of("GB");
      case 'T':
      case 't':
        return &unit_of("TB");
      case 'M':
        return &unit_of("MB");
      default:
        return nullptr;
    }
  }
  if (letter != 'G') return nullptr;
  if (is_mass_key(key)) return &unit_of("g");
  const bool is_store = std::find(kStores.begin(), kStores.end(), value) != kStores.end();
  return is_store ? &unit_of("GB") : nullptr;
}

struct Match {
  std::size_t begin;
  std::size_t end;
  Quantity quantity;
};

/// digits, groups and a fraction as they stand: "1,5", "5.000", "1,234.5".
std::size_t number_end(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const bool separated =
        (text[at] == '.' || text[at] == ',') && at + 1 < text.size() && is_digit(text[at + 1]);
    if (!is_digit(text[at]) && !separated) break;
    ++at;
  }
  return at;
}

double number_value(std::string_view written, bool whole_unit) {
  const std::size_t points =
      static_cast<std::size_t>(std::count(written.begin(), written.end(), '.'));
  const std::size_t commas =
      static_cast<std::size_t>(std::count(written.begin(), written.end(), ','));
  const std::size_t last = written.find_last_of(".,");
  // The last separator is the decimal one, unless it can only be, or surely is, one of thousands.
  bool decimal = last != std::string_view::npos;
  if (decimal) {
    const bool three = written.size() - last - 1 == 3 && last <= 3 && written[0] != '0';
    const bool repeats = (written[last] == '.' ? points : commas) > 1;
    const bool mixed = points > 0 && commas > 0;
    if (repeats || (three && !mixed && (whole_unit || written[last] == ','))) decimal = false;
  }
  std::string plain;
  for (std::size_t i = 0; i < written.size(); ++i) {
    if (is_digit(written[i])) plain += written[i];
    if (decimal && i == last) plain += '.';
  }
  double value = 0.0;
  std::from_chars(plain.data(), plain.data() + plain.size(), value);
  return value;
}

/// The unit that is written at the begin of `rest`, and the bytes it takes.
const Unit* unit_at(std::string_view rest, std::size_t& bytes) {
  const Unit* found = nullptr;
  bytes = 0;
  const std::string folded = lower(rest.substr(0, text::valid_prefix(rest.substr(0, 48))));
  const auto try_words = [&](const Unit& unit, std::string_view words, std::string_view in) {
    for (std::size_t at = 1; at < words.size();) {
      const std::size_t end = words.find(' ', at);
      const std::string_view word = words.substr(at, end - at);
      at = end + 1;
      if (word.size() <= bytes || !in.starts_with(word)) continue;
      const bool by_alphabet = is_word_character(text::decode_before(word, word.size()).value);
      const bool goes_on =
          in.size() > word.size() && is_word_character(text::decode(in, word.size()).value);
      if (by_alphabet && goes_on) continue;
      found = &unit;
      bytes = word.size();
    }
  };
  for (const Unit& unit : kUnits) {
    try_words(unit, unit.words, folded);
    try_words(unit, unit.exact, rest);
  }
  return found;
}

std::optional<Match> match_at(std::string_view text, std::size_t begin, std::string_view key) {
  const std::size_t number_stop = number_end(text, begin);
  const std::string_view written = text.substr(begin, number_stop - begin);
  std::size_t at = number_stop;
  while (at < text.size() && (text[at] == ' ' || text[at] == '-')) ++at;
  if (at - number_stop > 2) return std::nullopt;
  const std::string_view rest = text.substr(at);
  std::size_t bytes = 0;
  const Unit* unit = unit_at(rest, bytes);
  const bool letter_alone = !rest.empty() && is_ascii_letter(rest[0]) &&
                            (rest.size() == 1 || !is_word_character(text::decode(rest, 1).value));
  if (letter_alone) {
    const Unit* by_key = unit_of_letter(rest[0], number_value(written, false), key);
    if (by_key != nullptr) {
      unit = by_key;
      bytes = 1;
    }
  }
  if (unit == nullptr) return std::nullopt;
  return Match{begin, at + bytes, {number_value(written, unit->whole), unit->symbol}};
}

/// The first quantity from `from` on.
std::optional<Match> next_match(std::string_view text, std::size_t from, std::string_view key) {
  for (std::size_t i = from; i < text.size(); ++i) {
    if (!is_digit(text[i])) continue;
    const bool inside = i > 0 && (is_ascii_letter(text[i - 1]) ||
                                  (i > from && (text[i - 1] == '.' || text[i - 1] == ',')));
    if (!inside) {
      if (const auto match = match_at(text, i, key)) return match;
    }
    i = number_end(text, i) - 1;
  }
  return std::nullopt;
}

/// XXL → 2XL; nothing for other texts.
std::string letter_size(std::string_view text) {
  if (text.size() < 3) return {};
  const std::string_view letters = text.substr(0, text.size() - 1);
  const char last = text.back();
  const bool all_x = letters.find_first_not_of('X') == std::string_view::npos;
  if (!all_x || (last != 'L' && last != 'S')) return {};
  return fmt::format("{}X{}", letters.size(), last);
}

}  // namespace

Quantity Quantity::in_base_unit() const {
  const Unit& known = unit_of(unit);
  return {value * known.factor, known.base};
}

std::string normalize_quantities(std::string_view text, std::string_view attribute_key) {
  const std::string key = lower(attribute_key);
  if (is_size_key(key)) {
    std::string size = letter_size(text);
    if (!size.empty()) return size;
  }
  std::string result;
  std::size_t at = 0;
  while (const auto match = next_match(text, at, key)) {
    result += text.substr(at, match->begin - at);
    result += fmt::format("{} {}", match->quantity.value, match->quantity.unit);
    at = match->end;
    // "256GB存储" reads better apart.
    if (at < text.size() && static_cast<unsigned char>(text[at]) >= 0x80 &&
        text::decode(text, at).value >= 0x2e80) {
      result += ' ';
    }
  }
  return result.append(text.substr(at));
}

std::optional<Quantity> first_quantity(std::string_view text, std::string_view attribute_key) {
  const auto match = next_match(text, 0, lower(attribute_key));
  if (!match) return std::nullopt;
  return match->quantity;
}

}  // namespace kindred::catalog
