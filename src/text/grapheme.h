// Boundaries of extended grapheme clusters (UAX #29). Tested by grapheme_test.cc.
#pragma once

#include <string_view>

#include "text/unicode.h"

namespace kindred::text {

/// Fed the characters of a text in order, says where clusters end.
class ClusterBreaks {
 public:
  /// True where a cluster begins before `c`; not asked for the first character.
  bool before(char32_t c) {
    const std::uint32_t bits = unicode_.bits(c);
    const bool result = is_break(bits);
    advance(bits);
    return result;
  }

 private:
  bool is_break(std::uint32_t bits) const;
  void advance(std::uint32_t bits);

  const Unicode& unicode_ = Unicode::get();
  Cluster last_ = Cluster::control;
  bool odd_regional_ = false;       // an odd number of regional indicators up to here
  bool after_pictograph_ = false;   // pictograph, extend* up to here
  bool joined_pictograph_ = false;  // and then a joiner
  bool after_consonant_ = false;    // consonant, (extend | linker)* up to here
  bool linked_ = false;             // with a linker among them
};

/// The end of the cluster that begins at `begin`.
std::size_t cluster_end(std::string_view text, std::size_t begin);

}  // namespace kindred::text
