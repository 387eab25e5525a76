#include <cstdio>  // std::puts

#include <headroom/ext/redis.hpp>

int main() {
  headroom::redis nobody{{.address = "127.0.0.1:1"}};
  std::puts(!nobody.ask({"PING"}).good() ? "unknown" : "wrong");
}
