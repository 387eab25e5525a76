#include "mpi/gather.hpp"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <utility>

#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>

namespace tool::mpi {

namespace {

void require_success(int code, const char* what) {
  if (code != MPI_SUCCESS) throw std::runtime_error(std::string("MPI: ") + what + " failed");
}

}  // namespace

bool built_in() { return true; }

place begin() {
  int rank = 0;
  int size = 1;
  require_success(MPI_Init(nullptr, nullptr), "MPI_Init");
  require_success(MPI_Comm_rank(MPI_COMM_WORLD, &rank), "MPI_Comm_rank");
  require_success(MPI_Comm_size(MPI_COMM_WORLD, &size), "MPI_Comm_size");
  return {static_cast<std::uint64_t>(rank), static_cast<std::uint64_t>(size)};
}

// One after the other, in pieces: a count of MPI is an int, and a shard with models may be larger.
std::vector<std::string> gather(const std::string& mine) {
  constexpr std::size_t piece = std::size_t{1} << 28U;
  int rank = 0;
  int size = 1;
  require_success(MPI_Comm_rank(MPI_COMM_WORLD, &rank), "MPI_Comm_rank");
  require_success(MPI_Comm_size(MPI_COMM_WORLD, &size), "MPI_Comm_size");
  std::vector<std::string> all;
  if (rank == 0) {
    all.push_back(mine);
    for (int from = 1; from < size; ++from) {
      unsigned long long length = 0;
      require_success(MPI_Recv(&length, 1, MPI_UNSIGNED_LONG_LONG, from, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE),
                      "MPI_Recv");
      std::string text(static_cast<std::size_t>(length), '\0');
      for (std::size_t at = 0; at < text.size(); at += piece) {
        require_success(MPI_Recv(text.data() + at, static_cast<int>(std::min(piece, text.size() - at)), MPI_BYTE, from,
                                 2, MPI_COMM_WORLD, MPI_STATUS_IGNORE),
                        "MPI_Recv");
      }
      all.push_back(std::move(text));
    }
  } else {
    const unsigned long long length = mine.size();
    require_success(MPI_Send(&length, 1, MPI_UNSIGNED_LONG_LONG, 0, 1, MPI_COMM_WORLD), "MPI_Send");
    for (std::size_t at = 0; at < mine.size(); at += piece) {
      require_success(MPI_Send(mine.data() + at, static_cast<int>(std::min(piece, mine.size() - at)), MPI_BYTE, 0, 2,
                               MPI_COMM_WORLD),
                      "MPI_Send");
    }
  }
  require_success(MPI_Finalize(), "MPI_Finalize");
  return all;
}

}  // namespace tool::mpi
