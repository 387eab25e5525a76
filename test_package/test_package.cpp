#include <cstdio>

#include <headroom/headroom.hpp>
#include <headroom/systems/farm/environment.hpp>

int main() {
  headroom::farm::environment world{42};
  world.reset();
  std::printf("%g workers\n", world.step(+1).observation.workers);
}
