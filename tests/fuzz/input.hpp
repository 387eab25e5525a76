#pragma once

#include <sys/mman.h>  // memfd_create
#include <unistd.h>    // ftruncate, pwrite

#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint8_t
#include <cstdlib>     // std::abort
#include <filesystem>  // std::filesystem::path
#include <stdexcept>   // std::invalid_argument
#include <string>      // std::string

#include <headroom/io/file.hpp>

/// What the fuzzers of readers have in common. A reader reads files, so each input becomes one, in memory.
namespace fuzz {

inline int memory_file() {
  static const int file = ::memfd_create("input", 0);
  if (file < 0) std::abort();
  return file;
}

/// The file that holds the bytes, until the next call.
inline const std::filesystem::path& file_of(const void* data, std::size_t size) {
  static const std::filesystem::path path = "/proc/self/fd/" + std::to_string(memory_file());
  const bool written =
      ::ftruncate(memory_file(), 0) == 0 && ::pwrite(memory_file(), data, size, 0) == static_cast<ssize_t>(size);
  if (!written) std::abort();
  return path;
}

/// Runs `f`, which may refuse in the two ways that a reader has. Every other exception ends the program: no memory, an
/// index out of range.
template <class F>
void may_refuse(F&& f) {
  try {
    f();
  } catch (const std::invalid_argument&) {
  } catch (const headroom::file_error&) {
  }
}

/// What must hold of everything that a reader accepts.
inline void must(bool holds) {
  if (!holds) std::abort();
}

}  // namespace fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
