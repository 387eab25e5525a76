#include <string>
#include <utility>
#include <vector>

#include <headroom/io/internal/from_text.hpp>

#include "hosts/target.hpp"
#include "support/child.hpp"

/// A target that is read and scaled by programs of the user.
namespace tool {

using namespace headroom;

namespace {

constexpr int conflict_code = 75;  // EX_TEMPFAIL of sysexits.h: try again later
constexpr std::string_view place_of_replicas = "{replicas}";
constexpr std::string_view place_of_seen = "{seen}";

std::string with_numbers(std::string text, int from, int to) {
  const auto put = [&text](std::string_view place, int number) {
    for (auto at = text.find(place); at != text.npos; at = text.find(place))
      text.replace(at, place.size(), std::to_string(number));
  };
  put(place_of_replicas, to);
  put(place_of_seen, from);
  return text;
}

class command_target final : public scaled_target {
 public:
  command_target(std::vector<std::string> get, std::vector<std::string> set, double deadline_s)
      : get_(std::move(get)), set_(std::move(set)), deadline_s_(deadline_s) {}

  [[nodiscard]] bool tells_replicas() const override { return !get_.empty(); }
  [[nodiscard]] reading replicas() override {
    said_.clear();
    if (get_.empty()) return reading::none(unknown_why::empty);
    const child_end e = run_child(get_, deadline_s_);
    if (e.end != child_end::how::exited || e.code != 0) {
      said_ = get_.front() + " " + e.sentence();
      return reading::none(unknown_why::failed);
    }
    std::string_view text = e.output;
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
    const auto number = from_text<double>(text);
    if (text.empty()) {
      said_ = get_.front() + " printed nothing, must print the number of replicas";
      return reading::none(unknown_why::empty);
    }
    if (!number) {
      said_ = get_.front() + " printed no number, must print the number of replicas and nothing else";
      return reading::none(unknown_why::impossible);
    }
    return reading::of(*number);
  }
  [[nodiscard]] decision_outcome scale(int from, int to) override {
    said_.clear();
    std::vector<std::string> command;
    for (const std::string& one : set_) command.push_back(with_numbers(one, from, to));
    const child_end e = run_child(command, deadline_s_);
    if (e.end == child_end::how::exited && e.code == 0) return decision_outcome::applied;
    said_ = set_.front() + " " + e.sentence();
    if (e.end == child_end::how::exited && e.code == conflict_code) return decision_outcome::conflict;
    if (e.end == child_end::how::exited || e.end == child_end::how::not_started) return decision_outcome::refused;
    return decision_outcome::unknown;  // it was killed: it may have scaled before that
  }
  void check(bool shadow) override {
    if (shadow || !set_.empty()) return;
    throw std::invalid_argument("target.set: the command is missing, must be named, or run with --shadow");
  }
  [[nodiscard]] std::string sentence() const override {
    return set_.empty() ? std::string("nothing, target.set is missing") : "what " + set_.front() + " scales";
  }
  [[nodiscard]] std::string said() const override { return said_; }

 private:
  std::vector<std::string> get_;
  std::vector<std::string> set_;
  double deadline_s_;
  std::string said_{};
};

}  // namespace

target_kind command_target_kind() {
  return {"command",
          "Programs of your own read and scale it; they are started without a shell",
          {{"target.get", setting_type::list, "",
            "The program that prints the number of replicas that are asked for, and its arguments; left out: "
            "source.replicas tells it",
            "command"},
           {"target.set", setting_type::list, "",
            "The program that scales, and its arguments; {replicas} is how many there should be, {seen} how many were "
            "read. Exit code 0: applied; 75: somebody else has scaled since; any other: refused",
            "command"},
           {"target.deadline_s", setting_type::number, "10",
            "Seconds after which a program is killed; what it did is then not known", "command"}},
          [](const settings& s) -> std::unique_ptr<scaled_target> {
            std::vector<std::string> set = s.list("target.set");
            bool named = set.empty();
            for (const std::string& one : set) named = named || one.find(place_of_replicas) != one.npos;
            if (!named) s.refuse("target.set", "hold {replicas}, where the number is to stand");
            return std::make_unique<command_target>(s.list("target.get"), std::move(set),
                                                    s.number("target.deadline_s", 0.05, 3600));
          }};
}

}  // namespace tool
