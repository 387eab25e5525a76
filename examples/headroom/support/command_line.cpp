#include "support/command_line.hpp"

#include <algorithm>
#include <cctype>
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

// Whether the arguments say the option, as --name or as --name=value.
bool said_in(const std::vector<std::string>& arguments, const CLI::Option& one) {
  for (const std::string& name : one.get_lnames()) {
    const std::string flag = "--" + name;
    for (const std::string& argument : arguments) {
      if (argument == "--") break;
      if (argument == flag || argument.starts_with(flag + "=")) return true;
    }
  }
  return false;
}

// The file that --settings names; empty: none.
std::string settings_file_in(const std::vector<std::string>& arguments) {
  const std::string flag = "--settings";
  for (std::size_t k = 0; k < arguments.size(); ++k) {
    if (arguments[k].starts_with(flag + "=")) return arguments[k].substr(flag.size() + 1);
    if (arguments[k] == flag && k + 1 < arguments.size()) return arguments[k + 1];
  }
  return {};
}

// Whether a sentence speaks of the option, and not of one whose name only begins like it.
bool speaks_of(const std::string& sentence, const std::string& option) {
  for (std::size_t at = sentence.find(option); at != std::string::npos; at = sentence.find(option, at + 1)) {
    const std::size_t end = at + option.size();
    const char next = end < sentence.size() ? sentence[end] : ' ';
    if (next != '-' && std::isalnum(static_cast<unsigned char>(next)) == 0) return true;
  }
  return false;
}

// The first sentence of a refusal, and of each option in it that a file said, where that was.
std::string with_places(std::string sentence, const std::map<std::string, said_value>& said) {
  std::string places;
  for (const auto& [option, value] : said) {
    if (!speaks_of(sentence, option)) continue;
    places.append(places.empty() ? " (" : ", ").append(option).append(" is ").append(value.key);
    places.append(" of ").append(value.from);
  }
  return places.empty() ? sentence : sentence + places + ")";
}

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
  settings_reader read{};
  std::filesystem::path settings{};
  std::map<std::string, said_value> said{};  // by option, what the settings file said and what holds

  void expand(const command& whole, std::vector<std::string>& arguments);
  void finish() const;
};

// Puts what the settings file says before the arguments.
void command::parts::expand(const command& whole, std::vector<std::string>& arguments) {
  said.clear();
  const std::string file = read ? settings_file_in(arguments) : std::string();
  if (file.empty()) return;
  std::string left_out;
  for (said_value& one : read(whole, file)) {
    if (!said_in(arguments, *options.at(one.option).option)) said.emplace(one.option, std::move(one));
  }
  // An option excludes another one, and what needs an option that was left out goes with it.
  for (bool again = true; again;) {
    again = false;
    for (auto one = said.begin(); one != said.end();) {
      const CLI::Option& option = *options.at(one->first).option;
      std::string why;
      for (const CLI::Option* other : option.get_excludes())
        if (said_in(arguments, *other)) why = other->get_name() + " replaces it";
      for (const CLI::Option* other : option.get_needs()) {
        const bool there = said.count(other->get_name()) > 0 || said_in(arguments, *other);
        if (!there && !left_out.empty()) why = "it needs " + other->get_name();
      }
      if (why.empty()) {
        ++one;
        continue;
      }
      left_out += (left_out.empty() ? "" : "; ") + one->second.key + ", since " + why;
      one = said.erase(one);
      again = true;
    }
  }
  if (!left_out.empty()) std::cerr << "headroom: of " << file << " are left out: " << left_out << '\n';
  std::vector<std::string> all;
  for (const auto& [option, value] : said) {
    if (*options.at(option).type != typeid(bool))
      all.push_back(option + "=" + value.text);
    else if (value.text == "true")
      all.push_back(option);
  }
  arguments.insert(arguments.begin(), all.begin(), all.end());
}

// What is left once the parser has set the values.
void command::parts::finish() const {
  // A variable that is not set, in a script: nothing is not the default.
  for (const CLI::Option* given : parser.get_options()) {
    for (const std::string& value : given->results()) {
      if (value.empty())
        throw std::invalid_argument(given->get_name() + ": the value is empty, must be left out or say something");
    }
  }
  for (const auto& copy : copies) copy();
}

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
    const auto file = parts_->said.find(one->get_name());
    if (!value.empty())
      all.push_back({one->get_name(), value, given, file == parts_->said.end() ? "" : file->second.from});
  }
  return all;
}

std::vector<command::declared_option> command::options() const {
  std::vector<declared_option> all;
  for (const std::string& name : parts_->names) {
    if (std::any_of(all.begin(), all.end(), [&](const declared_option& o) { return o.name == name; })) continue;
    const parts::declared& d = parts_->options.at(name);
    declared_option one{.name = name, .usual = d.option->get_default_str(), .help = d.option->get_description()};
    if (*d.type == typeid(bool))
      one.is = kind::yes_no;
    else if (*d.type == typeid(double) || *d.type == typeid(std::optional<double>))
      one.is = kind::number;
    else if (*d.type == typeid(std::filesystem::path))
      one.is = kind::file;
    else if (*d.type != typeid(std::string) && *d.type != typeid(std::vector<std::filesystem::path>))
      one.is = kind::whole;
    all.push_back(std::move(one));
  }
  return all;
}

void command::reads_settings(settings_reader read) {
  parts_->read = std::move(read);
  parts_->parser.add_option("--settings", parts_->settings,
                            "TOML file that says these options by the keys of docs/configuration.md; an option on the "
                            "command line replaces what it says. headroom config --print shows what is in force");
}

std::string command::place(const std::string& name) const {
  const auto found = parts_->said.find(name);
  return found == parts_->said.end() ? name : found->second.from + ": " + found->second.key;
}

void command::parse(const std::vector<std::string>& arguments) {
  std::vector<std::string> all = arguments;
  parts_->expand(*this, all);
  std::reverse(all.begin(), all.end());  // as CLI11 wants them
  try {
    parts_->parser.parse(all);
    parts_->finish();
  } catch (const CLI::ParseError& e) {
    throw std::invalid_argument(with_places(e.what(), parts_->said));
  } catch (const std::invalid_argument& e) {
    throw std::invalid_argument(with_places(e.what(), parts_->said));
  }
}

struct command_line::parts {
  CLI::App parser;
  std::vector<std::unique_ptr<command>> commands{};
};

command_line::command_line(const std::string& description, const std::string& footer, const std::string& version)
    : parts_(new parts{CLI::App(description)}) {
  parts_->parser.formatter(std::make_shared<shows_one_name>());
  parts_->parser.require_subcommand(1);
  parts_->parser.footer(footer);
  if (!version.empty()) {
    parts_->parser.set_version_flag("--version", version,
                                    "Print the version, and whether mpirun can start the program");
  }
}
command_line::~command_line() = default;

command& command_line::add(const std::string& name, const std::string& description) {
  parts_->commands.push_back(std::make_unique<command>(*parts_->parser.add_subcommand(name, description)));
  return *parts_->commands.back();
}

command* command_line::find(const std::string& name) const {
  for (const auto& one : parts_->commands) {
    if (one->parts_->parser.get_name() == name) return one.get();
  }
  return nullptr;
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
  std::vector<std::string> arguments(argv + 1, argv + argc);
  command* const asked = arguments.empty() ? nullptr : find(arguments.front());
  const auto wherefrom = [&](const char* sentence) {
    return asked == nullptr ? std::string(sentence) : with_places(sentence, asked->parts_->said);
  };
  if (asked != nullptr) {
    std::vector<std::string> own(arguments.begin() + 1, arguments.end());
    asked->parts_->expand(*asked, own);
    own.insert(own.begin(), arguments.front());
    arguments = std::move(own);
  }
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  parts_->parser.name(argv[0]);
  try {
    parts_->parser.parse(arguments);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return parts_->parser.exit(e);
    std::cerr << "headroom: " << wherefrom(e.what()) << " (see headroom --help)\n";
    return exit_refused;
  }
  for (const auto& one : parts_->commands) {
    if (!one->parts_->parser.parsed()) continue;
    try {
      one->parts_->finish();
      return one->parts_->action();
    } catch (const std::invalid_argument& e) {
      throw std::invalid_argument(wherefrom(e.what()));
    }
  }
  return exit_refused;  // cannot be: the parser requires a command
}

}  // namespace tool
