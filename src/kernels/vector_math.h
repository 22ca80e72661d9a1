// exp, tanh and the activations for float vectors of any width. Internal; tested by
// matmul_test.cc and attention_test.cc.
#pragma once

// Included by vector_math_avx2.h and vector_math_avx512.h after their primitives `splat`, `fma`,
// `smaller`, `larger` (both return the second argument when either is NaN), `magnitude`, `nearest`,
// `times_power_of_two` and `zero_below`. All polynomials are minimax fits of our own, made in
// double precision; the errors named are those of the float evaluation.

// Anonymous: each including file must keep its own copy, compiled for its own instruction set.
namespace kindred::kernels {
namespace {

/// Σ c[i] xⁱ by Horner's rule.
template <typename V, int kCount>
inline V polynomial(const float (&c)[kCount], V x) {
  V sum = splat<V>(c[kCount - 1]);
#pragma GCC unroll 16  // at -O2 it would stay a loop
  for (int i = kCount - 2; i >= 0; --i) sum = fma(sum, x, splat<V>(c[i]));
  return sum;
}

/// Relative error below 1.2e-7. Exactly 0 below -87.33, 2.4e38 above 88.37.
template <typename V>
inline V exp_vector(V x) {
  constexpr float kLowest = -87.33654F;
  const V clamped = smaller(splat<V>(88.37F), larger(splat<V>(kLowest), x));
  // x = n ln 2 + r, with ln 2 in two parts so that n times the first is exact.
  const V n = nearest(clamped * splat<V>(1.44269504F));
  V r = fma(n, splat<V>(-0.693359375F), clamped);
  r = fma(n, splat<V>(2.12194440e-4F), r);
  constexpr float kTail[] = {0.49999994F, 0.166665211F, 0.0416683890F, 0.00836874545F,
                             0.00138145383F};
  const V p = fma(polynomial(kTail, r), r * r, r + splat<V>(1.0F));
  return zero_below(times_power_of_two(p, n), x, splat<V>(kLowest));
}

/// Relative error below 3e-7; at most 1 in size.
template <typename V>
inline V tanh_vector(V x) {
  // At this bound the quotient is exactly 1 in float.
  constexpr float kBound = 8.30008602F;
  const V y = smaller(splat<V>(kBound), larger(splat<V>(-kBound), x));
  const V t = y * y;
  constexpr float kOver[] = {1.0F,
                             0.131047741F,
                             0.00312726526F,
                             1.14023687e-5F,
                             -2.12654268e-8F,
                             5.80274127e-11F,
                             -9.91409374e-14F};
  constexpr float kUnder[] = {1.0F, 0.464381039F, 0.0245876703F, 0.000258031796F};
  return y * polynomial(kOver, t) / polynomial(kUnder, t);
}

/// x Φ(x), absolute error below 3e-7 (or one rounding of x): max(x, 0) less the small bump
/// |x| Φ(-|x|), in which nothing cancels. Φ(-a) ≈ 1 / 2P(a)⁸, the form of Abramowitz and Stegun
/// 7.1.28.
template <typename V>
inline V gelu_erf_vector(V x) {
  const V a = smaller(splat<V>(64.0F), magnitude(x));
  constexpr float kRoot[] = {1.0F,           0.0997324958F,   0.0447888002F,
                             0.00859163981F, 0.000980651123F, 0.000111359470F,
                             9.75785952e-5F, -1.67464532e-5F, 2.93242897e-6F};
  V p = polynomial(kRoot, a);
  p = p * p;
  p = p * p;
  p = p * p;
  return larger(splat<V>(0.0F), x) - splat<V>(0.5F) * a / p;
}

template <typename V>
inline V silu_vector(V x) {
  return x / (splat<V>(1.0F) + exp_vector(splat<V>(0.0F) - x));
}

/// x (1 + tanh u) / 2 = x / (1 + exp(-2u)), u = √(2/π) (x + 0.044715 x³).
template <typename V>
inline V gelu_tanh_vector(V x) {
  const V u = fma(x * x, splat<V>(0.044715F), splat<V>(1.0F)) * x;
  return x / (splat<V>(1.0F) + exp_vector(u * splat<V>(-1.59576912F)));
}

}  // namespace
}  // namespace kindred::kernels
