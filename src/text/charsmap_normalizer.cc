#include "text/charsmap_normalizer.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "text/charsmap.h"
#include "text/grapheme.h"
#include "text/models/utf8.h"

namespace kindred::text {
namespace {

std::string decode_base64(std::string_view in, const JsonField& field) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<std::uint8_t, 256> values;
  values.fill(0xff);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);

  while (in.ends_with('=')) in.remove_suffix(1);
  std::string out;
  out.reserve(in.size() * 3 / 4);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (char c : in) {
    const std::uint8_t value = values[static_cast<unsigned char>(c)];
    if (value == 0xff) field.corrupt("not base64");
    bits = bits << 6 | value;
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>(bits >> count & 0xff);
    }
  }
  return out;
}

// Clusters of this many bytes and more are looked up character by character.
constexpr std::size_t kLongCluster = 6;

class CharsmapNormalizer final : public Normalizer {
 public:
  CharsmapNormalizer(std::string_view blob, const std::string& place) : map_(blob, place) {}

  void apply(AlignedText& text) const override {
    std::vector<Change> changes;
    bool modified = false;
    for_each_part(text.text(), 0, [&](std::string_view part) {
      if (const auto replacement = map_.replacement(part)) {
        modified = true;
        replace(part, *replacement, changes);
        return true;
      }
      if (character_bytes(part, 0) < part.size()) return false;
      changes.push_back({decode(part, 0).value, 0});
      return true;
    });
    if (modified) text.transform(changes, 0);
  }

  void apply(PlainText& text) const override {
    const std::string_view in = text.text();
    std::size_t at = kept_prefix(in, 0);
    if (at == in.size()) return;
    std::string& out = text.buffer();
    out.append(in, 0, at);
    while (at < in.size()) {
      at = for_each_part_of_cluster(in, at, [&](std::string_view part) {
        if (const auto replacement = map_.replacement(part)) {
          out.append(*replacement);
          return true;
        }
        if (character_bytes(part, 0) < part.size()) return false;
        out.append(part);
        return true;
      });
      const std::size_t kept = kept_prefix(in, at);
      out.append(in, at, kept - at);
      at = kept;
    }
    text.swap_in();
  }

 private:
  // The end of the ASCII from `at` on that stays as it is, whatever follows it.
  std::size_t kept_prefix(std::string_view in, std::size_t at) const {
    const std::size_t begin = at;
    while (at < in.size()) {
      const auto c = static_cast<unsigned char>(in[at]);
      if (c >= 0x80) return at > begin ? at - 1 : at;  // may be a mark on the character before
      if (!map_.keeps(c) || c == '\r') break;
      ++at;
    }
    return at;
  }

  // Calls take(cluster); where that says false, and for long clusters, take(character) for each.
  template <typename Take>
  static std::size_t for_each_part_of_cluster(std::string_view text, std::size_t begin,
                                              const Take& take) {
    const std::size_t end = cluster_end(text, begin);
    const std::string_view cluster = text.substr(begin, end - begin);
    if (cluster.size() < kLongCluster && take(cluster)) return end;
    for (std::size_t at = 0; at < cluster.size();) {
      const std::size_t bytes = character_bytes(cluster, at);
      take(cluster.substr(at, bytes));
      at += bytes;
    }
    return end;
  }
  template <typename Take>
  static void for_each_part(std::string_view text, std::size_t at, const Take& take) {
    while (at < text.size()) at = for_each_part_of_cluster(text, at, take);
  }

  static void replace(std::string_view part, std::string_view replacement,
                      std::vector<Change>& changes) {
    for (std::size_t at = 0; at < replacement.size();) {
      const CodePoint c = decode(replacement, at);
      changes.push_back({c.value, 0});
      at += c.bytes;
    }
    const auto more = static_cast<std::ptrdiff_t>(count_characters(replacement)) -
                      static_cast<std::ptrdiff_t>(count_characters(part));
    if (more > 0) {
      std::for_each(changes.end() - more, changes.end(), [](Change& c) { c.change = 1; });
    } else if (more < 0 && !changes.empty()) {
      changes.back().change += static_cast<int>(more);
    }
  }

  Charsmap map_;
};

}  // namespace

std::unique_ptr<const Normalizer> make_charsmap_normalizer(const JsonField& field) {
  const JsonField map = field.at("precompiled_charsmap");
  return std::make_unique<CharsmapNormalizer>(decode_base64(map.string(), map), map.place());
}

}  // namespace kindred::text
