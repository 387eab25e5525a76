#include <cstdio>  // std::printf

#include <headroom/environments/farm.hpp>

int main() {
  headroom::farm world{42};
  world.reset();
  std::printf("%g\n", world.step(+1).observation.workers);
}
