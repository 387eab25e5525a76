// Writes docs/figures/truncation.svg to standard output: the value that the two learners of 030-truncation estimate,
// step by step. A CTest compares the output with the file, so the figure always shows what the library does.

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include <headroom/agents/sarsa.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/run/observers.hpp>
#include <headroom/run/run.hpp>
#include <headroom/testing/problems.hpp>

namespace {

constexpr int steps = 12'000;
constexpr int every = 60;  // steps from point to point, six cuts

// The plot in pixels, and its scales.
constexpr double left = 56;
constexpr double right = 560;
constexpr double top = 76;
constexpr double bottom = 316;
constexpr double highest = 12;
double x_of(double step) { return left + (right - left) * step / steps; }
double y_of(double value) { return bottom - (bottom - top) * value / highest; }

std::vector<double> curve(bool truncation_is_terminal) {
  using namespace headroom;
  constant_reward world(10);  // reward 1, cut every 10 steps
  auto policy =
      learn_on<constant_reward>(problem_state{1}, sarsa{1, 1, {.learning_rate = 0.01, .discount = 0.9}, 1},
                                problem_reward{}, actions{0}, {.truncation_is_terminal = truncation_is_terminal});
  std::vector<double> values;
  run(world, policy, steps + 1, on_each_step{[&](const auto& r) {
        if (r.step % every == 0) values.push_back(policy.agent().value(state_index{0}, action_index{0}));
      }});
  return values;
}

void draw(const std::vector<double>& values, const char* colour) {
  std::printf("<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2.5\" stroke-linejoin=\"round\" points=\"", colour);
  for (std::size_t k = 0; k < values.size(); ++k) {
    std::printf("%s%.1f,%.1f",
                k == 0        ? ""
                : k % 10 == 0 ? "\n"
                              : " ",
                x_of(static_cast<double>(k) * every), y_of(values[k]));
  }
  std::printf("\"/>\n");
}

void text(double x, double y, const char* style, const std::string& what) {
  std::printf("<text x=\"%.1f\" y=\"%.1f\" %s>%s</text>\n", x, y, style, what.c_str());
}

}  // namespace

int main() {
  const std::vector<double> cut = curve(true);
  const std::vector<double> bootstrapped = curve(false);
  constexpr const char* grey = "font-size=\"12\" fill=\"#5f6368\"";
  constexpr const char* grey_centred = "font-size=\"12\" fill=\"#5f6368\" text-anchor=\"middle\"";
  constexpr const char* grey_right = "font-size=\"12\" fill=\"#5f6368\" text-anchor=\"end\"";
  constexpr const char* blue = "#1f6fb4";
  constexpr const char* red = "#c2410c";

  std::printf(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"760\" height=\"372\" viewBox=\"0 0 760 372\" "
      "font-family=\"Helvetica, Arial, sans-serif\">\n");
  std::printf("<title>A time limit taken for an end costs half of the value</title>\n");
  std::printf("<rect width=\"760\" height=\"372\" rx=\"6\" fill=\"#ffffff\"/>\n");
  text(24, 32, "font-size=\"17\" font-weight=\"bold\" fill=\"#202124\"",
       "A time limit taken for an end costs half of the value");
  text(24, 53, "font-size=\"13\" fill=\"#5f6368\"",
       "One state, reward 1 a step for ever, discount 0.9, cut every 10 steps: what SARSA believes it is worth");

  for (int value = 0; value <= highest; value += 2) {
    std::printf("<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n", left, right, y_of(value),
                y_of(value), value == 0 ? "#80868b" : "#e8eaed");
    text(left - 8, y_of(value) + 4, grey_right, std::to_string(value));
  }
  for (int step = 0; step <= steps; step += 3'000) text(x_of(step), bottom + 19, grey_centred, std::to_string(step));
  text((left + right) / 2, bottom + 40, grey_centred, "steps learned");

  std::printf("<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#202124\" stroke-dasharray=\"3 4\"/>\n",
              left, right, y_of(10), y_of(10));
  text(left + 6, y_of(10) - 7, grey, "the true value, 1 / (1 - 0.9) = 10");
  draw(cut, red);
  draw(bootstrapped, blue);

  char number[32];
  const auto label = [&](const std::vector<double>& values, const char* colour, const char* what) {
    std::snprintf(number, sizeof number, "%.3f", values.back());
    const std::string fill = std::string("fill=\"") + colour + "\" ";
    text(right + 10, y_of(values.back()) + 1, (fill + "font-size=\"15\" font-weight=\"bold\"").c_str(), number);
    text(right + 10, y_of(values.back()) + 17, (fill + "font-size=\"12\"").c_str(), what);
  };
  label(bootstrapped, blue, "the cut is bootstrapped");
  label(cut, red, "the cut is taken for an end");
  std::printf("</svg>\n");
}
