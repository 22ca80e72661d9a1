// Over MPI, on CPUs: also the one unit that includes its header.
#include "train/processes.h"

#include "base/error.h"

#ifdef KINDRED_MPI
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <mpi.h>

#include <algorithm>
#include <numeric>
#include <vector>
#endif

namespace kindred::train {

#ifndef KINDRED_MPI

std::unique_ptr<Processes> mpi_processes() {
  fail(ErrorKind::unsupported,
       "this program was built without MPI, which several processes need: install libopenmpi-dev "
       "and build again");
}

#else

namespace {

MPI_Datatype type_of(const at::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case at::kFloat:
      return MPI_FLOAT;
    case at::kDouble:
      return MPI_DOUBLE;
    case at::kLong:
      return MPI_INT64_T;
    default:
      fail(ErrorKind::internal, "a tensor type that processes do not exchange");
  }
}

/// MPI counts in int: more goes in pieces.
constexpr std::int64_t kPiece = std::int64_t{1} << 28;

template <typename Send>
void in_pieces(at::Tensor& tensor, const Send& send) {
  require(tensor.is_contiguous() && tensor.device().is_cpu(), "MPI: contiguous tensors on the CPU");
  auto* data = static_cast<std::byte*>(tensor.mutable_data_ptr());
  for (std::int64_t begin = 0; begin < tensor.numel(); begin += kPiece)
    send(data + begin * static_cast<std::int64_t>(tensor.element_size()),
         static_cast<int>(std::min(kPiece, tensor.numel() - begin)), type_of(tensor));
}

class MpiProcesses final : public Processes {
 public:
  MpiProcesses() {
    int started = 0;
    MPI_Initialized(&started);
    if (started == 0) MPI_Init(nullptr, nullptr);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
  }
  // Where a process ends by an exception the others wait for it in vain: MPI ends them.
  ~MpiProcesses() override {
    if (std::uncaught_exceptions() > 0 && size_ > 1) {
      MPI_Abort(MPI_COMM_WORLD, 1);
    } else {
      MPI_Finalize();
    }
  }

  int rank() const override { return rank_; }
  int size() const override { return size_; }

  void sum(at::Tensor& tensor) override {
    in_pieces(tensor, [](std::byte* data, int count, MPI_Datatype type) {
      MPI_Allreduce(MPI_IN_PLACE, data, count, type, MPI_SUM, MPI_COMM_WORLD);
    });
  }

  void broadcast(at::Tensor& tensor, int root) override {
    in_pieces(tensor, [root](std::byte* data, int count, MPI_Datatype type) {
      MPI_Bcast(data, count, type, root, MPI_COMM_WORLD);
    });
  }

  at::Tensor gather_rows(const at::Tensor& rows) override {
    std::vector<std::int64_t> counts(static_cast<std::size_t>(size_));
    const std::int64_t mine = rows.size(0);
    MPI_Allgather(&mine, 1, MPI_INT64_T, counts.data(), 1, MPI_INT64_T, MPI_COMM_WORLD);
    std::vector<at::Tensor> parts;
    for (int root = 0; root < size_; ++root) {
      std::vector<std::int64_t> shape = rows.sizes().vec();
      shape[0] = counts[static_cast<std::size_t>(root)];
      at::Tensor part = root == rank_ ? rows.contiguous() : at::empty(shape, rows.options());
      broadcast(part, root);
      parts.push_back(std::move(part));
    }
    return at::cat(parts);
  }

  void barrier() override { MPI_Barrier(MPI_COMM_WORLD); }

 private:
  int rank_ = 0;
  int size_ = 1;
};

}  // namespace

std::unique_ptr<Processes> mpi_processes() {
  return std::make_unique<MpiProcesses>();
}

#endif

}  // namespace kindred::train
