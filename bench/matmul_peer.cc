#include "bench/matmul_peer.h"

#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>
#include <vector>

extern "C" void omp_set_num_threads(int threads);

namespace kindred::bench {
namespace {

using dnnl::memory;

struct Call {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  dnnl::matmul matmul;
  memory y;
  std::unordered_map<int, memory> arguments;
};

memory reordered(Call& call, memory from, const memory::desc& wanted) {
  if (from.get_desc() == wanted) return from;
  memory to(wanted, call.engine);
  dnnl::reorder(from, to).execute(call.stream, from, to);
  call.stream.wait();
  return to;
}

memory copy_of(Call& call, const memory::desc& desc, const float* values) {
  memory to(desc, call.engine);
  std::copy_n(values, desc.get_size() / sizeof(float), static_cast<float*>(to.get_data_handle()));
  return to;
}

}  // namespace

std::function<void(float*)> make_peer_product(const PeerProduct& p, const float* x, const float* w,
                                              const float* bias) {
  using type = memory::data_type;
  using tag = memory::format_tag;
  omp_set_num_threads(p.threads);
  auto call = std::make_shared<Call>();
  const auto m = static_cast<memory::dim>(p.m);
  const auto n = static_cast<memory::dim>(p.n);
  const auto k = static_cast<memory::dim>(p.k);
  const bool int8 = p.precision == "int8";
  const type x_type = int8 ? type::u8 : p.precision == "bf16" ? type::bf16 : type::f32;
  const type w_type = int8 ? type::s8 : x_type;
  try {
    const memory::desc x_plain({m, k}, type::f32, tag::ab);
    const memory::desc w_plain({k, n}, type::f32, tag::ba);
    const memory::desc bias_desc({1, n}, type::f32, tag::ab);
    const memory::desc y_desc({m, n}, type::f32, tag::ab);
    dnnl::primitive_attr attributes;
    if (int8) attributes.set_scales_mask(DNNL_ARG_WEIGHTS, 1 << 1);
    if (p.gelu) {
      dnnl::post_ops post;
      post.append_eltwise(dnnl::algorithm::eltwise_gelu_erf, 0.0F, 0.0F);
      attributes.set_post_ops(post);
    }
    const dnnl::matmul::primitive_desc desc(call->engine, memory::desc({m, k}, x_type, tag::ab),
                                            memory::desc({k, n}, w_type, tag::any), bias_desc,
                                            y_desc, attributes);
    call->matmul = dnnl::matmul(desc);
    call->y = memory(y_desc, call->engine, nullptr);
    call->arguments = {
        {DNNL_ARG_SRC, reordered(*call, copy_of(*call, x_plain, x), desc.src_desc())},
        {DNNL_ARG_WEIGHTS, reordered(*call, copy_of(*call, w_plain, w), desc.weights_desc())},
        {DNNL_ARG_BIAS, copy_of(*call, bias_desc, bias)},
        {DNNL_ARG_DST, call->y}};
    if (int8) {
      const std::vector<float> scales(p.n, 0.01F);
      call->arguments.insert({DNNL_ARG_ATTR_SCALES | DNNL_ARG_WEIGHTS,
                              copy_of(*call, memory::desc({n}, type::f32, tag::a), scales.data())});
    }
  } catch (const dnnl::error&) {
    return {};
  }
  return [call](float* y) {
    call->y.set_data_handle(y);
    call->matmul.execute(call->stream, call->arguments);
    call->stream.wait();
  };
}

}  // namespace kindred::bench
