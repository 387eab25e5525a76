#include "shards/shared_work.hpp"

#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <iostream>
#include <stdexcept>

#include <headroom/core/types.hpp>
#include <headroom/io/file.hpp>
#include <headroom/io/internal/from_text.hpp>

#include "commands/commands.hpp"
#include "mpi/gather.hpp"
#include "shards/parts.hpp"
#include "support/command_line.hpp"
#include "support/files.hpp"
#include "support/terminal.hpp"

namespace tool::shards {

using namespace headroom;

namespace {

// How many processes were started together, as their starter says it: OpenMPI, MPICH and MVAPICH. None: by no mpirun.
std::optional<std::uint64_t> started_together() {
  for (const char* const variable : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE"}) {
    const char* const value = std::getenv(variable);
    if (const auto size = value == nullptr ? std::nullopt : from_text<std::uint64_t>(std::string_view(value)))
      return size;
  }
  return std::nullopt;
}

bool& by_mpi() {
  static bool yes = false;
  return yes;
}

// Nobody's hours are written over. The same shard may be there from a try before: it holds the same.
void require_free_place(const std::string& command, const part_of_all& which) {
  const std::filesystem::path file = shard_name(command, which);
  require_place(file);
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return;
  if (const shard_file there = load_shard(file); there.words != words()) {
    throw file_error(file, "is there already and of another command (" + there.command() +
                               "), must be removed first; or run this one in another folder");
  }
}

}  // namespace

shared_work& work() {
  static shared_work one;
  return one;
}

bool shared_work::mine() { return role_ == role::whole || asked_++ % which_.of == which_.index - 1; }

std::vector<std::size_t> shared_work::own(std::size_t units) {
  std::vector<std::size_t> all;
  for (std::size_t k = 0; !is_merge() && k < units; ++k) {
    if (mine()) all.push_back(k);
  }
  return all;
}

void shared_work::become(const part_of_all& which) {
  role_ = role::part;
  which_ = which;
}
void shared_work::become(std::vector<shard_file> parts) {
  *this = shared_work();
  role_ = role::merge;
  parts_ = std::move(parts);
}

void shared_work::keep(const std::string& name, json result) { own_.push_back({name, std::move(result)}); }
void shared_work::take(const std::string& name, const std::function<void(const json&)>& read) {
  for (const shard_file& part : parts_) {
    for (const kept_unit& one : part.units) {
      if (one.name != name) continue;
      ++used_;
      try {
        return read(one.result);
      } catch (const json::exception& e) {
        throw file_error(part.source, "holds '" + name + "' otherwise than this program keeps it: " + e.what());
      }
    }
  }
  throw std::runtime_error("merge: no shard holds '" + name +
                           "', which the command asks for: were all made by this program, with the same files?");
}
void shared_work::keep_counts(const std::string& name, const std::vector<std::uint64_t>& counts) {
  if (is_part()) counts_[name] = counts;
}
std::optional<std::vector<std::uint64_t>> shared_work::kept_counts(const std::string& name) const {
  for (const shard_file& part : parts_) {
    if (part.counts.contains(name)) return part.counts.at(name).get<std::vector<std::uint64_t>>();
  }
  return std::nullopt;
}

shard_file shared_work::done(const std::string& command, json about) const {
  shard_file one{.source = shard_name(command, which_).string(), .words = words(), .inputs = inputs_in(words())};
  one.which = which_;
  one.about = std::move(about);
  one.about["units_of_all"] = asked_;
  one.units = own_;
  one.counts = counts_;
  return one;
}

void shared_work::require_all_used() const {
  std::uint64_t held = 0;
  for (const shard_file& part : parts_) held += part.units.size();
  if (held != used_) {
    throw std::runtime_error("merge: the shards hold " + to_text(held) + " results, the command asked for " +
                             to_text(used_) + ": were all made by this program, with the same files?");
  }
}

void shard_option::declare(command& to) {
  to.add(
      "--shard", asked,
      "Do only part I of N, as in 2/7, and leave it in a file, for headroom merge, in the place of every result. I "
      "may be a variable of the environment that counts from 0 (docs/many-machines.md). Processes that mpirun starts "
      "share the work by themselves, in a program that was built with -DHEADROOM_TOOL_MPI=ON");
}

bool shard_option::asked_for() const { return !asked.empty() || started_together().value_or(1) > 1; }

void shard_option::begin(const std::string& command) const {
  if (work().is_merge()) return;
  // What mpirun forwards comes through a terminal of its own, wherever it goes: nothing is drawn.
  if (started_together()) terminal::plain = true;
  if (!asked.empty()) {
    const part_of_all which = part_in(asked);
    require_free_place(command, which);
    work().become(which);
    return;
  }
  if (!asked_for()) return;
  const std::uint64_t together = started_together().value_or(1);
  if (!mpi::built_in()) {
    throw std::invalid_argument(command + ": " + to_text(together) +
                                " processes were started together, and this program was built without MPI, so each "
                                "would do the whole; must be built with -DHEADROOM_TOOL_MPI=ON, or give each its "
                                "--shard I/" +
                                to_text(together) + " and merge the files");
  }
  const mpi::place at = mpi::begin();
  by_mpi() = true;
  if (at.rank > 0) terminal::quiet = true;
  work().become({at.rank + 1, at.size});
}

json about(const std::string& environment, const std::string& workload, const std::vector<std::uint64_t>& seeds,
           std::uint64_t train_seeds) {
  return {{"environment", environment},
          {"workload", workload},
          {"seeds", {{"first", seeds.front()}, {"count", seeds.size()}}},
          {"training_seeds", {{"first", 1}, {"count", train_seeds}}}};
}

int leave_part(const std::string& command, json about) {
  if (terminal::interrupted) {
    std::cerr << "headroom: interrupted, no shard was written\n";
    return exit_interrupted;
  }
  const shard_file mine = work().done(command, std::move(about));
  if (by_mpi()) {
    std::vector<shard_file> parts;
    for (const std::string& text : mpi::gather(mine.text()))
      parts.push_back(read_shard(text, "rank " + to_text(parts.size())));
    return parts.empty() ? exit_done : merge(std::move(parts));
  }
  write_file(mine.source, mine.text());
  std::cout << "shard " << mine.which.text() << " of " << command << ", " << mine.units.size() << " of "
            << mine.about.at("units_of_all") << " units of work: " << mine.source << '\n';
  return exit_done;
}

int merge(std::vector<shard_file> parts) {
  require_one_command(parts);
  const std::vector<std::string> line = parts.front().words;
  for (const auto& [file, sum] : parts.front().inputs) {
    if (const std::string here = checksum_of(file); here != sum) {
      throw file_error(file, "has the checksum " + here + " here, must have " + sum +
                                 " as where the shards were made: copy it from there");
    }
  }
  work().become(std::move(parts));
  const int code = run_words(line);
  if (code == exit_done) work().require_all_used();
  return code;
}

std::optional<clairvoyant_bound> bound_unit(const std::function<std::optional<clairvoyant_bound>()>& compute) {
  return work().unit<clairvoyant_bound>("clairvoyant bound", compute);
}
std::optional<known_rate_line> known_rate_unit(const std::function<std::optional<known_rate_line>()>& compute) {
  return work().unit<known_rate_line>("known rate", compute);
}
void keep_counts(const std::string& name, const std::vector<std::uint64_t>& counts) {
  work().keep_counts(name, counts);
}
std::optional<std::vector<std::uint64_t>> kept_counts(const std::string& name) { return work().kept_counts(name); }

}  // namespace tool::shards
