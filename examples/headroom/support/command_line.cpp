#include "support/command_line.hpp"

#include <cstddef>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <typeinfo>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "support/terminal.hpp"

namespace tool {

option option::shows_default() const {
  of_->capture_default_str();
  return *this;
}
option option::required() const {
  of_->required();
  return *this;
}
option option::needs(const option& other) const {
  of_->needs(other.of_);
  return *this;
}
option option::excludes(const option& other) const {
  of_->excludes(other.of_);
  return *this;
}

namespace {

// An option with an older spelling, "--gap,--trace-gap", is shown under its own name alone.
class shows_one_name : public CLI::Formatter {
 public:
  std::string make_option_name(const CLI::Option* of, bool positional) const override {
    std::string names = CLI::Formatter::make_option_name(of, positional);
    const std::size_t older = names.find(",--trace-");
    return older == std::string::npos ? names : names.substr(0, older);
  }
};

std::string first_of(const std::string& names) { return names.substr(0, names.find(',')); }

}  // namespace

struct command::parts {
  struct declared {
    CLI::Option* option;
    const void* value;
    const std::type_info* type;
  };

  CLI::App& parser;
  std::map<std::string, declared> options{};
  std::vector<std::string> names{};
  std::vector<std::function<void()>> copies{};  // from the first value of a name to the others
  std::function<int()> action{};
};

command::command(CLI::App& parser) : parts_(new parts{parser}) {}
command::~command() = default;

// Declares a name, or shares one that was declared before; `make` asks the parser for a new one.
template <class T, class Make>
option command::shared(const std::string& names, T& value, const std::string& help, Make&& make) {
  const std::string name = first_of(names);
  parts_->names.push_back(name);
  if (const auto found = parts_->options.find(name); found != parts_->options.end()) {
    const parts::declared& first = found->second;
    if (*first.type != typeid(T)) throw std::logic_error(name + " is declared with two types");
    parts_->copies.emplace_back([option = first.option, from = static_cast<const T*>(first.value), to = &value] {
      if (option->count() > 0) *to = *from;
    });
    const std::string before = first.option->get_description();
    if (before.find(help) == std::string::npos) first.option->description(before + ". " + help);
    return option(first.option);
  }
  CLI::Option* const added = make();
  parts_->options.emplace(name, parts::declared{added, &value, &typeid(T)});
  return option(added);
}

template <class T>
option command::add(const std::string& names, T& value, const std::string& help) {
  return shared(names, value, help, [&] { return parts_->parser.add_option(names, value, help); });
}
template option command::add(const std::string&, std::string&, const std::string&);
template option command::add(const std::string&, std::filesystem::path&, const std::string&);
template option command::add(const std::string&, std::vector<std::filesystem::path>&, const std::string&);
template option command::add(const std::string&, std::vector<std::string>&, const std::string&);
template option command::add(const std::string&, double&, const std::string&);
template option command::add(const std::string&, unsigned long&, const std::string&);
template option command::add(const std::string&, unsigned long long&, const std::string&);
template option command::add(const std::string&, std::optional<unsigned long>&, const std::string&);
template option command::add(const std::string&, std::optional<unsigned long long>&, const std::string&);
template option command::add(const std::string&, std::optional<double>&, const std::string&);

option command::add_flag(const std::string& names, bool& value, const std::string& help) {
  return shared(names, value, help, [&] { return parts_->parser.add_flag(names, value, help); });
}

void command::hide() { parts_->parser.group(""); }
void command::footer(const std::string& text) { parts_->parser.footer(text); }
void command::runs(std::function<int()> action) { parts_->action = std::move(action); }
bool command::given(const std::string& name) const { return parts_->parser.count(name) > 0; }
bool command::needs(const std::string& name, const std::string& other) const {
  const auto& needed = parts_->options.at(name).option->get_needs();
  return needed.count(parts_->options.at(other).option) > 0;
}
const std::vector<std::string>& command::names() const { return parts_->names; }
std::vector<command::setting> command::settings() const {
  std::vector<setting> all;
  for (const CLI::Option* one : parts_->parser.get_options()) {
    std::string value;
    for (const std::string& part : one->results()) value.append(value.empty() ? "" : " ").append(part);
    const bool given = one->count() > 0;
    if (!given) value = one->get_default_str();
    if (!value.empty()) all.push_back({one->get_name(), value, given});
  }
  return all;
}

struct command_line::parts {
  CLI::App parser;
  std::vector<std::unique_ptr<command>> commands{};
};

command_line::command_line(const std::string& description, const std::string& footer)
    : parts_(new parts{CLI::App(description)}) {
  parts_->parser.formatter(std::make_shared<shows_one_name>());
  parts_->parser.require_subcommand(1);
  parts_->parser.footer(footer);
}
command_line::~command_line() = default;

command& command_line::add(const std::string& name, const std::string& description) {
  parts_->commands.push_back(std::make_unique<command>(*parts_->parser.add_subcommand(name, description)));
  return *parts_->commands.back();
}

namespace {

// What every command understands; `run` has a --quiet of its own, which says less of decisions.
void add_common(CLI::App& to) {
  const char* const group = "Of every command";
  if (to.get_option_no_throw("--quiet") == nullptr) {
    to.add_flag_callback(
          "--quiet", [] { terminal::quiet = true; }, "No progress on standard error")
        ->group(group);
  }
  to.add_flag_callback(
        "--plain", [] { terminal::plain = true; }, "No bar, no colour, nothing drawn: lines alone")
      ->group(group);
}

}  // namespace

int command_line::run(int argc, char** argv) {
  for (const auto& one : parts_->commands) add_common(one->parts_->parser);
  try {
    parts_->parser.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return parts_->parser.exit(e);
    std::cerr << "headroom: " << e.what() << " (see headroom --help)\n";
    return exit_refused;
  }
  for (const auto& one : parts_->commands) {
    if (!one->parts_->parser.parsed()) continue;
    // A variable that is not set, in a script: nothing is not the default.
    for (const CLI::Option* given : one->parts_->parser.get_options()) {
      for (const std::string& value : given->results()) {
        if (!value.empty()) continue;
        std::cerr << "headroom: " << given->get_name() << ": the value is empty, must be left out or say something\n";
        return exit_refused;
      }
    }
    for (const auto& copy : one->parts_->copies) copy();
    return one->parts_->action();
  }
  return exit_refused;  // cannot be: the parser requires a command
}

}  // namespace tool
