#include "text/grapheme.h"

#include "text/code_points.h"

namespace kindred::text {

bool ClusterBreaks::is_break(std::uint32_t bits) const {
  const auto next = static_cast<Cluster>(bits >> kClusterShift);
  const auto is_control = [](Cluster c) {
    return c == Cluster::control || c == Cluster::carriage_return || c == Cluster::line_feed;
  };
  if (last_ == Cluster::carriage_return && next == Cluster::line_feed) return false;  // GB3
  if (is_control(last_) || is_control(next)) return true;                             // GB4, GB5
  switch (last_) {                                                                    // GB6–GB8
    case Cluster::hangul_l:
      if (next == Cluster::hangul_l || next == Cluster::hangul_v || next == Cluster::hangul_lv ||
          next == Cluster::hangul_lvt)
        return false;
      break;
    case Cluster::hangul_v:
    case Cluster::hangul_lv:
      if (next == Cluster::hangul_v || next == Cluster::hangul_t) return false;
      break;
    case Cluster::hangul_t:
    case Cluster::hangul_lvt:
      if (next == Cluster::hangul_t) return false;
      break;
    case Cluster::prepend:  // GB9b
      return false;
    default:
      break;
  }
  if (next == Cluster::extend || next == Cluster::joiner || next == Cluster::spacing_mark)
    return false;                                                       // GB9, GB9a
  if (linked_ && (bits & kConsonant) != 0) return false;                // GB9c
  if (joined_pictograph_ && (bits & kPictographic) != 0) return false;  // GB11
  return !(odd_regional_ && next == Cluster::regional_indicator);       // GB12, GB13
}

void ClusterBreaks::advance(std::uint32_t bits) {
  const auto next = static_cast<Cluster>(bits >> kClusterShift);
  odd_regional_ = next == Cluster::regional_indicator && !odd_regional_;
  joined_pictograph_ = after_pictograph_ && next == Cluster::joiner;
  after_pictograph_ = (bits & kPictographic) != 0 || (after_pictograph_ && next == Cluster::extend);
  if ((bits & kConsonant) != 0) {
    after_consonant_ = true;
    linked_ = false;
  } else if (after_consonant_ && (bits & kLinker) != 0) {
    linked_ = true;
  } else if ((bits & kConjunctExtend) == 0) {
    after_consonant_ = linked_ = false;
  }
  last_ = next;
}

std::size_t cluster_end(std::string_view text, std::size_t begin) {
  ClusterBreaks breaks;
  CodePoint c = decode(text, begin);
  breaks.before(c.value);
  std::size_t at = begin + c.bytes;
  while (at < text.size()) {
    c = decode(text, at);
    if (breaks.before(c.value)) break;
    at += c.bytes;
  }
  return at;
}

}  // namespace kindred::text
