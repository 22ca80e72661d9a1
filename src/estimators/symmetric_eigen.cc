#include "estimators/symmetric_eigen.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>

#include "base/error.h"
#include "estimators/double_rows.h"

namespace kindred::estimators {
namespace {

/// Rows of a step are shared out by bands whose number does not depend on the threads, so that sums
/// are taken in one order.
constexpr std::size_t kBandRows = 128;
/// Columns of the vectors that go through all reflections and rotations together.
constexpr std::size_t kPanelColumns = 16;

struct Tridiagonal {
  std::vector<double> diagonal;      ///< d
  std::vector<double> off_diagonal;  ///< d; [i] couples i - 1 and i, [0] is 0
  std::vector<double> norms;  ///< d: the h of reflection i, I - u uᵀ / h; 0 where there is none
};

/// One Householder step after another on the lower triangle, the last row first. What a step does
/// to the matrix is done when the next step reads it: one pass over the memory a step.
class Reduction {
 public:
  Reduction(std::vector<double>& matrix, std::size_t d, ThreadPool& pool)
      : matrix_(matrix), d_(d), pool_(pool), product_(d), correction_(d) {}

  /// The reflections' vectors stay in the rows of the matrix, that of step i in [0, i) of row i.
  Tridiagonal run() {
    Tridiagonal t{std::vector<double>(d_), std::vector<double>(d_), std::vector<double>(d_)};
    for (std::size_t i = d_ - 1; i > 0; --i) {
      double* row = matrix_.data() + i * d_;
      if (pending_ != nullptr) change(row, i);
      t.diagonal[i] = row[i];
      const double h = reflect(row, i, t.off_diagonal[i]);
      t.norms[i] = h;
      multiply(h != 0.0 ? row : nullptr, i);
      if (h != 0.0) correct(row, i, h);
      pending_ = h != 0.0 ? row : nullptr;
    }
    if (pending_ != nullptr) change(matrix_.data(), 0);
    t.diagonal[0] = matrix_[0];
    return t;
  }

 private:
  /// The last step's change of row j: A -= u qᵀ + q uᵀ.
  void change(double* row, std::size_t j) const {
    add_scaled(correction_.data(), -pending_[j], pending_, -correction_[j], j + 1, row);
  }

  /// Makes the vector u of row[0, n) and gives h = uᵀu / 2; `off` becomes what is left of the row.
  static double reflect(double* row, std::size_t n, double& off) {
    double scale = 0.0;
    for (std::size_t k = 0; k + 1 < n; ++k) scale += std::fabs(row[k]);
    off = row[n - 1];
    if (scale == 0.0) return 0.0;
    scale += std::fabs(row[n - 1]);
    double h = 0.0;
    for (std::size_t k = 0; k < n; ++k) {
      row[k] /= scale;
      h += row[k] * row[k];
    }
    const double f = row[n - 1];
    const double g = f >= 0.0 ? -std::sqrt(h) : std::sqrt(h);
    off = scale * g;
    row[n - 1] = f - g;
    return h - f * g;
  }

  /// Applies the pending change to rows [0, n) and, unless u is null, product_ = A u over them.
  void multiply(const double* u, std::size_t n) {
    if (pending_ == nullptr && u == nullptr) return;
    const std::size_t bands = (n + kBandRows - 1) / kBandRows;
    if (u != nullptr) partial_.assign(bands * n, 0.0);
    pool_.run(bands, [&](std::size_t band, int) {
      const std::size_t end = std::min(n, (band + 1) * kBandRows);
      for (std::size_t j = band * kBandRows; j < end; ++j) {
        double* row = matrix_.data() + j * d_;
        if (pending_ != nullptr) change(row, j);
        if (u == nullptr) continue;
        double* sums = partial_.data() + band * n;
        sums[j] += dot(row, u, j + 1);
        add_scaled(row, u[j], j, sums);  // the upper triangle's half
      }
    });
    if (u == nullptr) return;
    std::fill_n(product_.begin(), n, 0.0);
    for (std::size_t band = 0; band < bands; ++band)
      add_scaled(partial_.data() + band * n, 1.0, std::min(n, (band + 1) * kBandRows),
                 product_.data());
  }

  /// correction_ = q = p - (uᵀp / 2h) u with p = A u / h.
  void correct(const double* u, std::size_t n, double h) {
    for (std::size_t k = 0; k < n; ++k) correction_[k] = product_[k] / h;
    const double half = dot(u, correction_.data(), n) / (h + h);
    add_scaled(u, -half, n, correction_.data());
  }

  std::vector<double>& matrix_;
  std::size_t d_;
  ThreadPool& pool_;
  std::vector<double> product_, correction_, partial_;
  const double* pending_ = nullptr;
};

struct Rotation {
  double c, s;
};

/// Rotations of rows (i, i + 1) for i = first, first - 1, …
struct Sweep {
  std::size_t first;
  std::vector<Rotation> rotations;
};

/// One implicit QL step on rows [l, m] with the shift that the diagonal has been moved by.
void ql_step(std::vector<double>& d, std::vector<double>& e, std::size_t l, std::size_t m,
             std::vector<Sweep>& sweeps) {
  Sweep sweep{m - 1, {}};
  sweep.rotations.reserve(m - l);
  double g = (d[l + 1] - d[l]) / (2.0 * e[l]);
  double r = std::hypot(g, 1.0);
  g = d[m] - d[l] + e[l] / (g + (g >= 0.0 ? r : -r));
  double s = 1.0;
  double c = 1.0;
  double p = 0.0;
  for (std::size_t i = m; i-- > l;) {
    const double f = s * e[i];
    const double b = c * e[i];
    r = std::hypot(f, g);
    e[i + 1] = r;
    if (r == 0.0) {  // underflow: the matrix falls apart here
      d[i + 1] -= p;
      e[m] = 0.0;
      sweeps.push_back(std::move(sweep));
      return;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1] - p;
    r = (d[i] - g) * s + 2.0 * c * b;
    p = s * r;
    d[i + 1] = g + p;
    g = c * r - b;
    sweep.rotations.push_back({c, s});
  }
  d[l] -= p;
  e[l] = g;
  e[m] = 0.0;
  sweeps.push_back(std::move(sweep));
}

/// The diagonal becomes the eigenvalues; the rotations that do it, in order.
std::vector<Sweep> diagonalise(Tridiagonal& t) {
  constexpr int kMostSteps = 100;
  std::vector<double>& d = t.diagonal;
  const std::size_t n = d.size();
  std::vector<double> e(t.off_diagonal.begin() + 1, t.off_diagonal.end());
  e.push_back(0.0);
  double largest = 0.0;
  for (std::size_t i = 0; i < n; ++i)
    largest = std::max(largest, std::fabs(d[i]) + std::fabs(e[i]));
  const double nothing = std::numeric_limits<double>::epsilon() * largest * 1e-3;
  std::vector<Sweep> sweeps;
  for (std::size_t l = 0; l < n; ++l) {
    for (int steps = 0;; ++steps) {
      std::size_t m = l;
      for (; m + 1 < n; ++m) {
        const double around = std::fabs(d[m]) + std::fabs(d[m + 1]);
        if (std::fabs(e[m]) <= std::numeric_limits<double>::epsilon() * around ||
            std::fabs(e[m]) <= nothing)
          break;
      }
      if (m == l) break;
      require(steps < kMostSteps, "the QL method does not converge");
      ql_step(d, e, l, m, sweeps);
    }
  }
  return sweeps;
}

/// Columns [begin, begin + kPanelColumns) of the matrix whose rows are the eigenvectors: what the
/// reflections and rotations make of unit vectors.
void transform_panel(std::span<double> panel, std::size_t begin, const std::vector<double>& matrix,
                     const Tridiagonal& t, const std::vector<Sweep>& sweeps) {
  constexpr std::size_t kW = kPanelColumns;
  const std::size_t d = t.diagonal.size();
  std::fill(panel.begin(), panel.end(), 0.0);
  for (std::size_t c = 0; c < kW && begin + c < d; ++c) panel[(begin + c) * kW + c] = 1.0;
  for (std::size_t i = d - 1; i > 0; --i) {
    if (t.norms[i] == 0.0) continue;
    const double* u = matrix.data() + i * d;
    double sums[kW] = {};
    for (std::size_t k = 0; k < i; ++k)
      for (std::size_t c = 0; c < kW; ++c) sums[c] += u[k] * panel[k * kW + c];
    for (double& sum : sums) sum /= t.norms[i];
    for (std::size_t k = 0; k < i; ++k)
      for (std::size_t c = 0; c < kW; ++c) panel[k * kW + c] -= u[k] * sums[c];
  }
  for (const Sweep& sweep : sweeps) {
    double* low = panel.data() + sweep.first * kW;
    for (const Rotation& rotation : sweep.rotations) {
      double* high = low + kW;
      for (std::size_t c = 0; c < kW; ++c) {
        const double h = high[c];
        high[c] = rotation.s * low[c] + rotation.c * h;
        low[c] = rotation.c * low[c] - rotation.s * h;
      }
      low -= kW;
    }
  }
}

void fix_sign(double* vector, std::size_t d) {
  const auto by_magnitude = [](double a, double b) { return std::fabs(a) < std::fabs(b); };
  if (*std::max_element(vector, vector + d, by_magnitude) >= 0.0) return;
  for (std::size_t k = 0; k < d; ++k) vector[k] = -vector[k];
}

}  // namespace

EigenDecomposition symmetric_eigen(std::vector<double> matrix, std::size_t d, ThreadPool& pool) {
  require(matrix.size() == d * d, "a matrix of another size than d × d");
  for (const double value : matrix)
    if (!std::isfinite(value))
      fail(ErrorKind::bad_input,
           "a covariance has a value that is NaN or infinite: the vectors are damaged, or larger "
           "than their squares can be");
  EigenDecomposition result;
  if (d == 0) return result;
  Tridiagonal t = Reduction(matrix, d, pool).run();
  const std::vector<Sweep> sweeps = diagonalise(t);

  std::vector<std::size_t> order(d);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return t.diagonal[a] > t.diagonal[b]; });
  result.values.resize(d);
  for (std::size_t i = 0; i < d; ++i) result.values[i] = t.diagonal[order[i]];

  result.vectors.resize(d * d);
  std::vector<std::vector<double>> panels(static_cast<std::size_t>(pool.threads()));
  pool.run((d + kPanelColumns - 1) / kPanelColumns, [&](std::size_t part, int thread) {
    std::vector<double>& panel = panels[static_cast<std::size_t>(thread)];
    panel.resize(d * kPanelColumns);
    const std::size_t begin = part * kPanelColumns;
    transform_panel(panel, begin, matrix, t, sweeps);
    const std::size_t columns = std::min(kPanelColumns, d - begin);
    for (std::size_t i = 0; i < d; ++i)
      std::copy_n(panel.data() + order[i] * kPanelColumns, columns,
                  result.vectors.data() + i * d + begin);
  });
  for (std::size_t i = 0; i < d; ++i) fix_sign(result.vectors.data() + i * d, d);
  return result;
}

}  // namespace kindred::estimators
