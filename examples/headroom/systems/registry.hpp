#pragma once

#include <cstdint>      // std::uint8_t
#include <memory>       // std::unique_ptr
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include "systems/system.hpp"

namespace headroom {
class checkpoint;
}

/// The systems that the tool knows.
namespace tool {

class scaled_system;

/// --environment, and the options of every system.
class system_choice {
 public:
  /// Of which systems the options are declared: none but --environment, those of all, or of those that are scaled by
  /// replicas, where no other can be chosen; of these also without what only a table needs.
  enum class of : std::uint8_t { none, all, scaled, scaled_without_table };

  system_choice(command& c, of which);

  /// The system that was asked for. Throws std::invalid_argument for a name that is none, and for an option that this
  /// system has no use for.
  [[nodiscard]] std::unique_ptr<system> make() const;
  /// The same for `of::scaled`.
  [[nodiscard]] std::unique_ptr<scaled_system> make_scaled() const;
  /// The one that a model was trained on, with the options that are given in the place of its own. Throws
  /// std::invalid_argument, file_error and checkpoint_error.
  [[nodiscard]] std::unique_ptr<scaled_system> make_for(const headroom::checkpoint& model) const;
  /// Refuses all options of systems, where no system is simulated; `why` ends the sentence. Throws
  /// std::invalid_argument.
  void require_none(const std::string& why) const;

 private:
  struct candidate {
    std::string_view name;
    std::unique_ptr<system_options> options;
    std::vector<std::string> names;  // of its options
  };
  [[nodiscard]] const candidate& chosen() const;
  [[nodiscard]] const candidate& named(const std::string& name) const;
  void refuse_options_of_others(const candidate& mine) const;
  [[nodiscard]] bool any_given(const candidate& one) const;

  const command& command_;
  std::string name_ = "farm";
  std::vector<candidate> candidates_;
};

}  // namespace tool
