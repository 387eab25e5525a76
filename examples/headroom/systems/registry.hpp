#pragma once

#include <memory>       // std::unique_ptr
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include "systems/system.hpp"

/// The systems that the tool knows.
namespace tool {

/// --environment, and the options of every system.
class system_choice {
 public:
  /// Declares the options; `with_own`: those of the systems too, else --environment alone.
  system_choice(command& c, bool with_own);

  /// The system that was asked for. Throws std::invalid_argument for a name that is none, and for an option that this
  /// system has no use for.
  [[nodiscard]] std::unique_ptr<system> make() const;

 private:
  struct candidate {
    std::string_view name;
    std::unique_ptr<system_options> options;
    std::vector<std::string> names;  // of its options
  };
  [[nodiscard]] const candidate& chosen() const;

  const command& command_;
  std::string name_ = "farm";
  std::vector<candidate> candidates_;
};

}  // namespace tool
