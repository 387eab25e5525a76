// What the tool says where it was built without MPI.
#include <stdexcept>

#include "mpi/gather.hpp"

namespace tool::mpi {

bool built_in() { return false; }
place begin() { throw std::logic_error("this program was built without MPI"); }
std::vector<std::string> gather(const std::string&) { throw std::logic_error("this program was built without MPI"); }

}  // namespace tool::mpi
