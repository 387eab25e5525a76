#pragma once

#include <cstdint>  // std::uint64_t
#include <string>   // std::string
#include <vector>   // std::vector

/// Processes that mpirun started together. The tool is built with MPI if HEADROOM_TOOL_MPI is on.
namespace tool::mpi {

[[nodiscard]] bool built_in();

struct place {
  std::uint64_t rank = 0;
  std::uint64_t size = 1;
};
/// Joins the others. It is called once, and only where mpirun started this process. Throws std::runtime_error.
[[nodiscard]] place begin();
/// Gives a text to the first process, which gets those of all, by rank; the others get none. The end of MPI.
[[nodiscard]] std::vector<std::string> gather(const std::string& mine);

}  // namespace tool::mpi
