#include "headroom.hpp"

#include <cstdio>  // std::printf

// The farm, a network and a file: something of the umbrellas that are large.
int main() {
  headroom::farm::environment world{42};
  world.reset();
  const double workers = world.step(+1).observation.workers;
  headroom::engine random{1};
  const headroom::mlp<float> network({3, 16, 2}, headroom::activation::relu, random);
  headroom::checkpoint file;
  file.set("what", "one header");
  std::printf("%g workers, %zu outputs, %s\n", workers, network.outputs(), file.text("what").c_str());
}
