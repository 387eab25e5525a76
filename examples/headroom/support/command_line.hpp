#pragma once

#include <cstdint>     // std::uint8_t
#include <filesystem>  // std::filesystem::path
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

/// What a settings file says in the place of an option.
struct said_value {
  std::string option{};  ///< "--episodes"
  std::string key{};     ///< "seeds.episodes"
  std::string text{};    ///< as on the command line; "true" or "false" for a flag
  std::string from{};    ///< "web.toml, line 3"
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
    std::string from{};  ///< "web.toml, line 3"; empty: the command line, or nobody
  };
  [[nodiscard]] std::vector<setting> settings() const;
  /// All names in the order in which they were declared; one that was declared twice stands there twice.
  [[nodiscard]] const std::vector<std::string>& names() const;

  enum class kind : std::uint8_t { text, number, whole, yes_no, file };
  struct declared_option {
    std::string name{};
    kind is = kind::text;
    std::string usual{};  ///< its default where the help shows one
    std::string help{};
  };
  /// Each option once, in the order in which they were declared, without those that every command has.
  [[nodiscard]] std::vector<declared_option> options() const;

  /// Declares --settings. What that file says holds where the command line says nothing; where an option excludes what
  /// the command line says, the file's is left out, with a line on standard error. `read` may throw what it refuses.
  using settings_reader = std::function<std::vector<said_value>(const command&, const std::filesystem::path&)>;
  void reads_settings(settings_reader read);
  /// For a refusal: "web.toml, line 3: seeds.episodes" for an option that the settings file said, else its name.
  [[nodiscard]] std::string place(const std::string& name) const;
  /// Sets the values from these arguments, and does nothing else. Throws std::invalid_argument.
  void parse(const std::vector<std::string>& arguments);

 private:
  friend class command_line;
  struct parts;
  template <class T, class Make>
  option shared(const std::string& names, T& value, const std::string& help, Make&& make);
  std::unique_ptr<parts> parts_;
};

class command_line {
 public:
  /// `version` is what --version prints; without it there is no such option.
  command_line(const std::string& description, const std::string& footer, const std::string& version = {});
  ~command_line();
  command_line(const command_line&) = delete;
  command_line& operator=(const command_line&) = delete;

  [[nodiscard]] command& add(const std::string& name, const std::string& description);
  /// Null if there is none of this name.
  [[nodiscard]] command* find(const std::string& name) const;
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
