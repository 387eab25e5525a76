#pragma once

#include <memory>       // std::unique_ptr
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include <headroom/io/journal_record.hpp>
#include <headroom/live/reading.hpp>

#include "hosts/settings.hpp"

/// What `headroom run` scales. A kind of target is one file and one line of the table in targets.cpp.
namespace tool {

/// Something with a number of replicas. Each call returns within the target's own deadline, and none throws but
/// `check`. One thread at a time.
class scaled_target {
 public:
  scaled_target() = default;
  scaled_target(const scaled_target&) = delete;
  scaled_target& operator=(const scaled_target&) = delete;
  virtual ~scaled_target() = default;

  /// Whether the target itself tells the replicas that were asked for. If not, the source must (source.replicas).
  [[nodiscard]] virtual bool tells_replicas() const = 0;
  [[nodiscard]] virtual headroom::reading replicas() = 0;
  /// Whether it tells how many of them serve.
  [[nodiscard]] virtual bool tells_ready() const { return false; }
  [[nodiscard]] virtual headroom::reading ready() { return headroom::reading::none(headroom::unknown_why::empty); }

  /// Asks for `to` replicas of a target that was read with `from`. One request, no further try.
  [[nodiscard]] virtual headroom::decision_outcome scale(int from, int to) = 0;

  /// In shadow, in the place of `scale`: whether the target would take it, without any change; `said` tells why not.
  /// Nothing for a target that cannot be asked.
  virtual std::optional<headroom::decision_outcome> rehearse(int, int) { return std::nullopt; }

  /// Called once before the first decision. Throws std::invalid_argument or std::runtime_error with the sentence why
  /// this target must not be scaled from here, or cannot be reached. `shadow`: nothing will be changed.
  virtual void check(bool shadow) = 0;
  /// What it is, for standard error: "the Deployment shop in the namespace web".
  [[nodiscard]] virtual std::string sentence() const = 0;
  /// Why the last call had no value or was not applied, in a sentence; empty if there is nothing to say. Never a
  /// secret.
  [[nodiscard]] virtual std::string said() const { return {}; }
};

/// A kind of target, as target.kind names it.
struct target_kind {
  std::string_view name;
  std::string_view help;
  std::vector<setting_key> keys;  ///< what it reads, each named "target...." and `only` for this kind
  /// Throws std::invalid_argument (settings::refuse) and file_error. Nothing is asked or changed yet.
  std::unique_ptr<scaled_target> (*make)(const settings& s);
};

/// Every kind, in the order of the documentation.
[[nodiscard]] const std::vector<target_kind>& target_kinds();
/// The one that target.kind names. Throws std::invalid_argument.
[[nodiscard]] std::unique_ptr<scaled_target> make_target(const settings& s);

/// Each in a file of its own.
[[nodiscard]] target_kind command_target_kind();
[[nodiscard]] target_kind no_target_kind();
[[nodiscard]] target_kind kubernetes_target_kind();
[[nodiscard]] target_kind openfaas_target_kind();
[[nodiscard]] target_kind ray_serve_target_kind();

}  // namespace tool
