// Lanczos with full reorthogonalisation (Golub and Van Loan, Matrix Computations, 10.3).
#include "estimators/lanczos.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/random.h"

namespace kindred::estimators {
namespace {

using Vector = std::vector<double>;

constexpr std::size_t kMostSteps = 200;
constexpr std::size_t kFewestSteps = 40;
constexpr std::size_t kMostValues = std::size_t{32} << 20;
constexpr std::size_t kPart = 4096;  // rows summed in one order, whatever the threads

// x less its share of each basis vector; the shares, but for x's own length, go to `shares`.
void remove_shares(Vector& x, const std::vector<const Vector*>& basis, ThreadPool& pool,
                   Vector& shares) {
  const std::size_t parts = (x.size() + kPart - 1) / kPart;
  std::vector<Vector> of_part(parts, Vector(basis.size()));
  pool.run(parts, [&](std::size_t part, int) {
    const std::size_t end = std::min((part + 1) * kPart, x.size());
    for (std::size_t b = 0; b < basis.size(); ++b) {
      const Vector& v = *basis[b];
      double sum = 0.0;
      for (std::size_t i = part * kPart; i < end; ++i) sum += v[i] * x[i];
      of_part[part][b] = sum;
    }
  });
  shares.assign(basis.size(), 0.0);
  for (const Vector& sums : of_part)
    for (std::size_t b = 0; b < basis.size(); ++b) shares[b] += sums[b];
  pool.run(parts, [&](std::size_t part, int) {
    const std::size_t end = std::min((part + 1) * kPart, x.size());
    for (std::size_t b = 0; b < basis.size(); ++b) {
      const Vector& v = *basis[b];
      const double share = shares[b];
      for (std::size_t i = part * kPart; i < end; ++i) x[i] -= share * v[i];
    }
  });
}

double length(const Vector& x) {
  double square = 0.0;
  for (const double v : x) square += v * v;
  return std::sqrt(square);
}

// x to length 1; false where nothing is left of it.
bool make_unit(Vector& x) {
  const double norm = length(x);
  if (!(norm > 1e-12)) return false;
  for (double& v : x) v /= norm;
  return true;
}

// The tridiagonal matrix of the steps so far.
struct Tridiagonal {
  Vector diagonal;
  Vector beside;  // one fewer

  // Whether every eigenvalue is below x: whether all pivots of T − x are negative.
  bool all_below(double x) const {
    double pivot = diagonal[0] - x;
    for (std::size_t i = 1; i < diagonal.size() && pivot < 0.0; ++i)
      pivot = diagonal[i] - x - beside[i - 1] * beside[i - 1] / pivot;
    return pivot < 0.0;
  }

  double largest_eigenvalue() const {
    double low = diagonal[0], high = diagonal[0];
    for (std::size_t i = 0; i < diagonal.size(); ++i) {
      const double radius = (i > 0 ? std::fabs(beside[i - 1]) : 0.0) +
                            (i < beside.size() ? std::fabs(beside[i]) : 0.0);
      low = std::min(low, diagonal[i] - radius);
      high = std::max(high, diagonal[i] + radius);
    }
    high += 1e-12 * (1.0 + std::fabs(high));
    for (int step = 0; step < 100 && low < high; ++step) {
      const double middle = low + (high - low) / 2.0;
      if (middle == low || middle == high) break;
      (all_below(middle) ? high : low) = middle;
    }
    return high;
  }

  // By inverse iteration from just above the eigenvalue, where T − x is definite: no pivoting.
  Vector eigenvector(double eigenvalue) const {
    const std::size_t n = diagonal.size();
    const double x = eigenvalue + 1e-13 * (1.0 + std::fabs(eigenvalue));
    Vector pivots(n), v(n, 1.0);
    pivots[0] = diagonal[0] - x;
    for (std::size_t i = 1; i < n; ++i)
      pivots[i] = diagonal[i] - x - beside[i - 1] * beside[i - 1] / pivots[i - 1];
    for (int round = 0; round < 4; ++round) {
      for (std::size_t i = 1; i < n; ++i) v[i] -= beside[i - 1] / pivots[i - 1] * v[i - 1];
      v[n - 1] /= pivots[n - 1];
      for (std::size_t i = n - 1; i-- > 0;) v[i] = (v[i] - beside[i] * v[i + 1]) / pivots[i];
      make_unit(v);
    }
    return v;
  }
};

// The largest eigenvector beside `known`; empty where there is none.
Vector largest_beside(std::size_t n, const SymmetricProduct& product,
                      const std::vector<const Vector*>& known, double tolerance, Random random,
                      ThreadPool& pool) {
  const std::size_t steps =
      std::min({kMostSteps, std::max(kFewestSteps, kMostValues / n), n - known.size()});
  std::vector<Vector> basis;
  basis.reserve(steps);  // `all` points into it
  std::vector<const Vector*> all = known;
  Tridiagonal t;
  Vector x(n), shares, ritz;
  for (double& v : x) v = random.normal();
  remove_shares(x, all, pool, shares);
  remove_shares(x, all, pool, shares);
  while (basis.size() < steps && make_unit(x)) {
    basis.push_back(x);
    all.push_back(&basis.back());
    product(basis.back(), x);
    remove_shares(x, all, pool, shares);
    t.diagonal.push_back(shares.back());
    remove_shares(x, all, pool, shares);
    t.diagonal.back() += shares.back();
    const double rest = length(x);
    if (basis.size() % 10 == 0 || basis.size() == steps || rest <= 1e-12) {
      ritz = t.eigenvector(t.largest_eigenvalue());
      if (std::fabs(rest * ritz.back()) <= tolerance) break;
    }
    if (basis.size() < steps) t.beside.push_back(rest);
  }
  if (basis.empty()) return {};
  Vector found(n);
  for (std::size_t b = 0; b < ritz.size(); ++b)
    for (std::size_t i = 0; i < n; ++i) found[i] += ritz[b] * basis[b][i];
  make_unit(found);
  return found;
}

}  // namespace

std::vector<Vector> largest_eigenvectors(std::size_t n, const SymmetricProduct& product,
                                         std::size_t count, const std::vector<Vector>& known,
                                         double tolerance, std::uint64_t seed, ThreadPool& pool) {
  std::vector<Vector> found;
  found.reserve(count);
  std::vector<const Vector*> all;
  for (const Vector& v : known) all.push_back(&v);
  while (found.size() < count && all.size() < n) {
    Vector next =
        largest_beside(n, product, all, tolerance, Random(seed).split(found.size()), pool);
    if (next.empty()) break;
    found.push_back(std::move(next));
    all.push_back(&found.back());
  }
  return found;
}

}  // namespace kindred::estimators
