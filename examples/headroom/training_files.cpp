#include "training_files.hpp"

#include <iostream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <headroom/core/check.hpp>
#include <headroom/io/file.hpp>

#include "report.hpp"

using namespace headroom;

namespace training_files {

namespace {

// Where the result of a resumed training goes, if nobody says.
std::filesystem::path without_partial(const std::filesystem::path& file) {
  if (file.extension() != ".partial") {
    throw std::invalid_argument("--out: the file is not named, must be, since " + file.string() +
                                " does not end in .partial");
  }
  return file.parent_path() / file.stem();
}

}  // namespace

std::filesystem::path begin(arguments& a) {
  const bool resumed = !a.resume.empty();
  if (resumed && a.out.empty()) a.out = without_partial(a.resume);
  require(!a.out.empty(), "train", "--out", "missing", "name the file to write");
  std::filesystem::path partial = resumed ? a.resume : std::filesystem::path(a.out.string() + ".partial");
  report::require_place(a.out);
  report::require_place(partial);
  std::error_code ignored;
  if (!resumed && std::filesystem::exists(partial, ignored)) {
    throw file_error(partial, "is a training that was interrupted; continue it with --resume " + partial.string() +
                                  ", or remove it");
  }
  return partial;
}

std::function<void()> safety_net(const arguments& a, std::function<void()> save) {
  if (!(a.checkpoint_every_s > 0)) return {};
  return [save = std::move(save), warned = false]() mutable {
    try {
      save();
    } catch (const file_error& e) {  // hours of training are worth more than their safety net
      if (!std::exchange(warned, true)) std::cerr << "headroom: " << e.what() << "; the training goes on\n";
    }
  };
}

void end(const std::filesystem::path& partial) {
  std::error_code ignored;
  std::filesystem::remove(partial, ignored);
  remove_leftovers(partial);
}

}  // namespace training_files
