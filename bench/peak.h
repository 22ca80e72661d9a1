// The processor's own limits: multiply-adds in registers, no memory.
#pragma once

namespace kindred::bench {

/// 1e9 operations a second of all threads together (a multiplication and an addition are two).
struct Peak {
  double fp32 = 0.0;
  double int8 = 0.0;        ///< vpmaddubsw, vpmaddwd, vpaddd
  double int8_pairs = 0.0;  ///< two vpmaddubsw added in 16 bits before one vpmaddwd
  double int16 = 0.0;       ///< vpmaddwd, vpaddd
};

Peak measure_peak(int threads);

}  // namespace kindred::bench
