// expect: 'policy.start(o)' does not satisfy return-type-requirement | type constraint 'std::same_as<double, int>'
// A policy whose actions are real numbers does not drive an environment that counts replicas: no silent rounding.
#include <headroom/core/concepts.hpp>

struct sample {
  double queue = 0;
};

template <class Action>
struct hold {
  Action start(const sample&);
  Action step(const sample&);
  void stop(const sample&, headroom::episode);
};

void drive(headroom::Policy<sample, int> auto& policy);

void use() {
#ifdef HEADROOM_ACCEPT
  hold<int> policy;
#else
  hold<double> policy;
#endif
  drive(policy);
}
