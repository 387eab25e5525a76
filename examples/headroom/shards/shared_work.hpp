#pragma once

#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <functional>  // std::function
#include <optional>    // std::optional
#include <string>      // std::string
#include <utility>     // std::forward
#include <vector>      // std::vector

#include "shards/kept_results.hpp"
#include "shards/shard_file.hpp"

/// The work of `compare`, `frontier` and `train` in units: a training with its evaluation, the evaluation of a
/// baseline, a bound. A process does all of them; or its part, which it leaves in a file; or, in a merge, none, and
/// takes what the parts kept. The command's own code is the same in each case, so a merge prints what one process
/// prints.
namespace tool {

class command;

namespace shards {

/// What this process does of the command. There is one command a process, so there is one of this: work().
class shared_work {
 public:
  [[nodiscard]] bool is_part() const { return role_ == role::part; }
  [[nodiscard]] bool is_merge() const { return role_ == role::merge; }

  /// Does a unit if it is this process's. None: it is another's, or `compute()` gave none, as the user stopped it.
  template <class T, class Compute>
  [[nodiscard]] std::optional<T> unit(const std::string& name, Compute&& compute) {
    if (is_merge()) {
      T one{};
      take(name, [&](const json& from) { read_kept(from, one); });
      return one;
    }
    if (!mine()) return std::nullopt;
    std::optional<T> one = std::forward<Compute>(compute)();
    if (one && is_part()) keep(name, as_json(*one));
    return one;
  }

  /// The same for units that are done on threads: which of them are this process's, before; in a merge none is.
  [[nodiscard]] std::vector<std::size_t> own(std::size_t units);
  /// And after: keeps those that are its own, or reads all of them.
  template <class T>
  void settle(const std::vector<std::string>& names, const std::vector<std::size_t>& own, std::vector<T>& results) {
    for (const std::size_t k : own) {
      if (is_part()) keep(names[k], as_json(results[k]));
    }
    for (std::size_t k = 0; is_merge() && k < names.size(); ++k)
      take(names[k], [&](const json& from) { read_kept(from, results[k]); });
  }

  /// From here on this process does part `which` of a command, or all of it from parts.
  void become(const part_of_all& which);
  void become(std::vector<shard_file> parts);

  void keep(const std::string& name, json result);
  /// Gives what a part kept of a unit to `read`. Throws std::runtime_error if none did, file_error if it is damaged.
  void take(const std::string& name, const std::function<void(const json&)>& read);
  void keep_counts(const std::string& name, const std::vector<std::uint64_t>& counts);
  [[nodiscard]] std::optional<std::vector<std::uint64_t>> kept_counts(const std::string& name) const;

  [[nodiscard]] const part_of_all& which() const { return which_; }
  /// What this part did, to be written; `about` says of what, for a reader.
  [[nodiscard]] shard_file done(const std::string& command, json about) const;
  /// Throws std::runtime_error if a shard holds a unit that the command did not ask for.
  void require_all_used() const;

 private:
  enum class role { whole, part, merge };

  [[nodiscard]] bool mine();

  role role_ = role::whole;
  part_of_all which_{};
  std::uint64_t asked_ = 0;  // units so far
  std::vector<kept_unit> own_{};
  json counts_ = json::object();
  std::vector<shard_file> parts_{};
  std::uint64_t used_ = 0;
};
[[nodiscard]] shared_work& work();

/// --shard of a command.
struct shard_option {
  std::string asked{};  ///< "2/7"; empty: the whole

  void declare(command& to);
  /// Whether this process does a part: by --shard, or because mpirun started it beside others.
  [[nodiscard]] bool asked_for() const;
  /// Once the command line is accepted: from here on this process does its part. The part of a process that mpirun
  /// started follows from its rank. Throws std::invalid_argument and file_error.
  void begin(const std::string& command) const;
};

/// What a reader of the file wants to know of it.
[[nodiscard]] json about(const std::string& environment, const std::string& workload,
                         const std::vector<std::uint64_t>& seeds, std::uint64_t train_seeds);
/// At the end of a command that is_part() and was not interrupted: writes the shard and says so. Under MPI the parts
/// are gathered, and the first process goes on with the whole. Returns the exit code.
int leave_part(const std::string& command, json about);
/// Prints and writes what the whole command would. Throws std::invalid_argument and file_error for parts that are not
/// the parts of one command.
int merge(std::vector<shard_file> parts);

}  // namespace shards
}  // namespace tool
