// Stands for matmul_peer.cc where oneDNN is not installed.
#include "bench/matmul_peer.h"

namespace kindred::bench {

std::function<void(float*)> make_peer_product(const PeerProduct&, const float*, const float*,
                                              const float*) {
  return {};
}

}  // namespace kindred::bench
