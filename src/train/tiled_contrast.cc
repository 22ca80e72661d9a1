#include "train/tiled_contrast.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "torch/differentiable.h"

namespace kindred::train {
namespace {

constexpr double kShortest = 1e-12;
constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

std::size_t index_of(Side side) {
  return side == Side::anchors ? 0 : 1;
}

/// The texts of one side: vectors as they came, and what makes them unit vectors.
struct Texts {
  at::Tensor vectors;
  at::Tensor inverse;  // rows × 1; 0 where a vector has no direction

  explicit Texts(const at::Tensor& x) : vectors(x), inverse(x.norm(2, {1}, true)) {
    const at::Tensor none = inverse.le(kShortest);
    inverse.reciprocal_().masked_fill_(none, 0.0);
  }
  at::Tensor units(const at::Tensor& rows) const {
    return vectors.index_select(0, rows).mul_(inverse.index_select(0, rows));
  }
  at::Tensor units(std::int64_t begin, std::int64_t count) const {
    return vectors.narrow(0, begin, count).mul(inverse.narrow(0, begin, count));
  }
};

/// Some terms, as rows of tiles.
struct Rows {
  std::array<at::Tensor, 2> index;  // of each term's anchor and positive
  std::array<at::Tensor, 2> units;  // r × d
  at::Tensor scaled;                // r × 1: scale · cosine of the positive
  at::Tensor highest;               // r × 1: no candidate above, scaled; undefined: any
  std::array<at::Tensor, 2> guide;  // r × d'
  at::Tensor guide_highest;         // r × 1
};

/// A candidate list's next entries, as tiles go over the columns.
struct Cursor {
  std::int64_t row;
  std::span<const std::uint32_t> left;
};

/// The walk over all tiles that forward and backward share.
class Walk {
 public:
  Walk(const std::vector<at::Tensor>& in, const Contrast& contrast)
      : contrast_(contrast), texts_{Texts(in[0]), Texts(in[1])}, scale_(in[2]) {}

  const Texts& texts(Side side) const { return texts_[index_of(side)]; }
  std::int64_t terms() const { return static_cast<std::int64_t>(contrast_.terms.size()); }

  Rows rows(std::int64_t begin, std::int64_t count) const {
    std::array<std::vector<std::int64_t>, 2> index;
    for (std::int64_t t = begin; t < begin + count; ++t) {
      index[0].push_back(contrast_.terms[static_cast<std::size_t>(t)].anchor);
      index[1].push_back(contrast_.terms[static_cast<std::size_t>(t)].positive);
    }
    Rows rows;
    for (std::size_t side = 0; side < 2; ++side) {
      rows.index[side] = index_tensor(index[side], scale_);
      rows.units[side] = texts_[side].units(rows.index[side]);
    }
    const at::Tensor cosine = rows.units[0].mul(rows.units[1]).sum({1}, true);
    rows.scaled = cosine.mul(scale_);
    if (std::isfinite(contrast_.score_margin))
      rows.highest = cosine.add(contrast_.score_margin).mul_(scale_);
    if (contrast_.guide.anchors.defined()) {
      rows.guide = {contrast_.guide.anchors.index_select(0, rows.index[0]),
                    contrast_.guide.passages.index_select(0, rows.index[1])};
      rows.guide_highest =
          rows.guide[0].mul(rows.guide[1]).sum({1}, true).sub_(contrast_.guide_margin);
    }
    return rows;
  }

  /// Calls `visit(block, first column, units of the columns, scale · cosines)` for every tile of
  /// some rows; what is masked is −∞.
  template <typename Visit>
  void tiles(std::int64_t begin, const Rows& rows, const Visit& visit) const {
    for (const ContrastBlock& block : contrast_.blocks) {
      std::vector<Cursor> cursors = cursors_of(block, begin, rows.index[0].size(0));
      const at::Tensor scaled = rows.units[index_of(block.row)].mul(scale_);
      const std::int64_t columns = texts(block.candidates).vectors.size(0);
      for (std::int64_t first = 0; first < columns; first += contrast_.tile) {
        const std::int64_t count = std::min(contrast_.tile, columns - first);
        const at::Tensor units = texts(block.candidates).units(first, count);
        const at::Tensor scores = scaled.matmul(units.t());
        mask(block, rows, first, cursors, scores);
        visit(block, first, units, scores);
      }
    }
  }

 private:
  std::vector<Cursor> cursors_of(const ContrastBlock& block, std::int64_t begin,
                                 std::int64_t count) const {
    std::vector<Cursor> cursors;
    Columns lists;
    for (std::int64_t row = 0; row < count; ++row) {
      lists.clear();
      block.excluded(contrast_.terms[static_cast<std::size_t>(begin + row)], lists);
      for (const std::span<const std::uint32_t> list : lists)
        if (!list.empty()) cursors.push_back({row, list});
    }
    return cursors;
  }

  void mask(const ContrastBlock& block, const Rows& rows, std::int64_t first,
            std::vector<Cursor>& cursors, const at::Tensor& scores) const {
    const std::int64_t count = scores.size(1);
    std::vector<std::int64_t> places;
    for (Cursor& cursor : cursors)
      while (!cursor.left.empty() && cursor.left.front() < first + count) {
        places.push_back(cursor.row * count + cursor.left.front() - first);
        cursor.left = cursor.left.subspan(1);
      }
    if (!places.empty())
      scores.view({-1}).index_fill_(0, index_tensor(places, scores), kMinusInfinity);
    if (rows.highest.defined()) scores.masked_fill_(scores.gt(rows.highest), kMinusInfinity);
    if (rows.guide_highest.defined()) {
      const at::Tensor& side =
          block.candidates == Side::anchors ? contrast_.guide.anchors : contrast_.guide.passages;
      const at::Tensor by_guide =
          rows.guide[index_of(block.row)].matmul(side.narrow(0, first, count).t());
      scores.masked_fill_(by_guide.gt(rows.guide_highest), kMinusInfinity);
    }
  }

  const Contrast& contrast_;
  std::array<Texts, 2> texts_;
  at::Tensor scale_;
};

/// The logarithm of every term's denominator (T × 1), and the sum of the losses.
std::pair<at::Tensor, at::Tensor> forward(const Walk& walk, const at::Tensor& scale,
                                          std::int64_t tile) {
  const at::Tensor denominators = scale.new_empty({walk.terms(), 1});
  const at::Tensor loss = scale.new_zeros({});
  for (std::int64_t begin = 0; begin < walk.terms(); begin += tile) {
    const std::int64_t count = std::min(tile, walk.terms() - begin);
    const Rows rows = walk.rows(begin, count);
    at::Tensor largest = rows.scaled.clone();
    const at::Tensor sum = largest.new_full({count, 1}, 1.0);
    walk.tiles(begin, rows,
               [&](const ContrastBlock&, std::int64_t, const at::Tensor&, const at::Tensor& z) {
                 const at::Tensor now = z.amax({1}, true).maximum(largest);
                 sum.mul_(largest.sub_(now).exp_()).add_(z.sub_(now).exp_().sum({1}, true));
                 largest = now;
               });
    const at::Tensor denominator = denominators.narrow(0, begin, count);
    denominator.copy_(sum.log().add_(largest));
    loss.add_(denominator.sub(rows.scaled).sum());
  }
  return {denominators, loss};
}

/// Gradients by unit vectors and scale, of the sum of the losses.
struct Gradients {
  std::array<at::Tensor, 2> units;
  at::Tensor scale;  // Σ softmax · scale · cosine, less the positive's; undefined: not asked for

  Gradients(const std::vector<at::Tensor>& in, bool of_scale)
      : units{in[0].new_zeros(in[0].sizes()), in[1].new_zeros(in[1].sizes())} {
    if (of_scale) scale = in[2].new_zeros({});
  }
};

void add_rows(const Walk& walk, std::int64_t begin, const Rows& rows, const at::Tensor& denominator,
              Gradients& gradients) {
  std::array<at::Tensor, 2> of_rows;
  const at::Tensor rest = rows.scaled.sub(denominator).exp_().sub_(1.0);  // positive's softmax − 1
  for (std::size_t side = 0; side < 2; ++side) of_rows[side] = rows.units[1 - side].mul(rest);
  if (gradients.scale.defined()) gradients.scale.add_(rest.mul(rows.scaled).sum());
  walk.tiles(begin, rows,
             [&](const ContrastBlock& block, std::int64_t first, const at::Tensor& units,
                 const at::Tensor& z) {
               at::Tensor cosines;
               if (gradients.scale.defined()) cosines = z.masked_fill(z.isinf(), 0.0);
               const at::Tensor softmax = z.sub_(denominator).exp_();
               if (gradients.scale.defined()) gradients.scale.add_(cosines.mul_(softmax).sum());
               const std::size_t row = index_of(block.row);
               of_rows[row].addmm_(softmax, units);
               gradients.units[index_of(block.candidates)]
                   .narrow(0, first, units.size(0))
                   .addmm_(softmax.t(), rows.units[row]);
             });
  for (std::size_t side = 0; side < 2; ++side)
    gradients.units[side].index_add_(0, rows.index[side], of_rows[side]);
}

/// From the gradient by unit vectors to that by the vectors, in place: what lies along a vector
/// changes nothing.
void to_vectors(const Texts& texts, const at::Tensor& factor, std::int64_t tile,
                const at::Tensor& gradient) {
  for (std::int64_t begin = 0; begin < gradient.size(0); begin += tile) {
    const std::int64_t count = std::min(tile, gradient.size(0) - begin);
    const at::Tensor part = gradient.narrow(0, begin, count);
    const at::Tensor units = texts.units(begin, count);
    const at::Tensor along = part.mul(units).sum({1}, true);
    part.sub_(units.mul_(along)).mul_(texts.inverse.narrow(0, begin, count)).mul_(factor);
  }
}

std::vector<at::Tensor> backward(const std::vector<at::Tensor>& in, const Contrast& contrast,
                                 bool of_scale, const at::Tensor& denominators,
                                 const at::Tensor& upstream) {
  const Walk walk(in, contrast);
  Gradients gradients(in, of_scale);
  for (std::int64_t begin = 0; begin < walk.terms(); begin += contrast.tile) {
    const std::int64_t count = std::min(contrast.tile, walk.terms() - begin);
    add_rows(walk, begin, walk.rows(begin, count), denominators.narrow(0, begin, count), gradients);
  }
  const at::Tensor factor = upstream.div(contrast.divisor);
  const at::Tensor scaled = factor.mul(in[2]);
  to_vectors(walk.texts(Side::anchors), scaled, contrast.tile, gradients.units[0]);
  to_vectors(walk.texts(Side::passages), scaled, contrast.tile, gradients.units[1]);
  if (of_scale) gradients.scale.div_(in[2]).mul_(factor);
  return {gradients.units[0], gradients.units[1], gradients.scale};
}

}  // namespace

at::Tensor tiled_contrast(const at::Tensor& anchors, const at::Tensor& passages,
                          const at::Tensor& scale, std::shared_ptr<const Contrast> contrast) {
  const bool of_scale = scale.requires_grad();
  return torch::differentiable({anchors, passages, scale}, [&](const std::vector<at::Tensor>& in) {
    const auto [denominators, sum] = forward(Walk(in, *contrast), in[2], contrast->tile);
    std::vector<at::Tensor> kept;  // of their own, so that the graph holds no circle
    for (const at::Tensor& x : in) kept.push_back(x.detach());
    return torch::Computed{
        {sum.div(contrast->divisor)},
        [kept, contrast, of_scale, denominators](const std::vector<at::Tensor>& gradients) {
          return backward(kept, *contrast, of_scale, denominators, gradients[0]);
        }};
  })[0];
}

}  // namespace kindred::train
