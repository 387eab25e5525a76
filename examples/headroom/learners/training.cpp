#include "learners/training.hpp"

#include <chrono>
#include <iostream>

#include <headroom/core/check.hpp>

namespace tool {

void train(training& t, std::uint64_t until, terminal::progress_bar& bar, const std::function<void()>& save,
           double every_s) {
  using clock = std::chrono::steady_clock;
  auto saved = clock::now();
  while (!t.finished() && t.episodes() < until && !terminal::interrupted) {
    bool due = false;
    t.go_on([&](std::uint64_t done) {
      bar.level(t.level());
      bar.show(done);
      due = save && std::chrono::duration<double>(clock::now() - saved).count() >= every_s;
      return due || done >= until || terminal::interrupted;
    });
    if (due) {
      save();
      saved = clock::now();
    }
  }
}

void note(const std::string& line) {
  if (!line.empty()) std::cerr << "headroom: " << line << '\n';
}

std::string training_task(const std::string& name, std::uint64_t train_seed) {
  return "training " + name + ", seed " + headroom::to_text(train_seed);
}

}  // namespace tool
