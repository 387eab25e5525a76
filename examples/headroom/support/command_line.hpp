#pragma once

#include <functional>  // std::function
#include <memory>      // std::unique_ptr
#include <string>      // std::string
#include <vector>      // std::vector

namespace CLI {
class App;
class Option;
}  // namespace CLI

/// The command line: commands, each with its options. CLI11 does the parsing, in command_line.cpp alone, because it
/// takes the compiler seconds.
namespace tool {

/// An option that was declared.
class option {
 public:
  explicit option(CLI::Option* of) : of_(of) {}

  option shows_default() const;  ///< in the help
  option required() const;
  option needs(const option& other) const;     ///< refused without the other one
  option excludes(const option& other) const;  ///< refused beside the other one

 private:
  CLI::Option* of_;
};

/// One command: what it takes and what it does.
class command {
 public:
  explicit command(CLI::App& parser);
  ~command();
  command(const command&) = delete;
  command& operator=(const command&) = delete;

  /// Declares an option. `value` holds its default, receives what the user says, and must outlive the parsing. T:
  /// std::string, std::filesystem::path or several of them, double, an unsigned number, or std::optional of one. A name
  /// that is declared twice, by two systems for instance, sets both values; they must be of one type, and the help says
  /// both sentences. `names`: the name, and behind a comma an older spelling, which the help does not show:
  /// "--gap,--trace-gap".
  template <class T>
  option add(const std::string& names, T& value, const std::string& help);
  option add_flag(const std::string& names, bool& value, const std::string& help);
  /// What the help says under the options.
  void footer(const std::string& text);
  /// Keeps the command out of the help: the program itself starts it, not a user.
  void hide();
  /// What the command does, once `value`s are set: returns the exit code.
  void runs(std::function<int()> action);

  /// Whether the option stood on the command line.
  [[nodiscard]] bool given(const std::string& name) const;
  /// Whether it is refused without the other one.
  [[nodiscard]] bool needs(const std::string& name, const std::string& other) const;
  /// Every option of this command that has a value, with it: as it was said, or its default where the help shows one.
  struct setting {
    std::string name{};
    std::string value{};
    bool given = false;
  };
  [[nodiscard]] std::vector<setting> settings() const;
  /// All names in the order in which they were declared; one that was declared twice stands there twice.
  [[nodiscard]] const std::vector<std::string>& names() const;

 private:
  friend class command_line;
  struct parts;
  template <class T, class Make>
  option shared(const std::string& names, T& value, const std::string& help, Make&& make);
  std::unique_ptr<parts> parts_;
};

class command_line {
 public:
  command_line(const std::string& description, const std::string& footer);
  ~command_line();
  command_line(const command_line&) = delete;
  command_line& operator=(const command_line&) = delete;

  [[nodiscard]] command& add(const std::string& name, const std::string& description);
  /// Parses, and runs the command that was asked for. Returns the exit code: 0 after --help, exit_refused with a line
  /// on standard error for what cannot be parsed, else the command's own.
  int run(int argc, char** argv);

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_refused = 2;
inline constexpr int exit_interrupted = 130;

}  // namespace tool
