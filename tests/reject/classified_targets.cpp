// expect first: classified: takes a menu whose entries are actions, such as actions{-1, 0, +1}
// A class is one action; what a target does depends on the observation.
#include <cstddef>
#include <optional>
#include <span>

#include <headroom/actions/menu.hpp>
#include <headroom/actions/targets.hpp>
#include <headroom/policies/classifier.hpp>

struct sample {
  int replicas = 1;
};

const auto first = [](std::span<const double>) -> std::optional<std::size_t> { return 0; };
#ifdef HEADROOM_ACCEPT
const headroom::classified policy{first, headroom::actions{-1, 0, +1}, &sample::replicas};
#else
const headroom::classified policy{first, headroom::targets{{2, 4, 8}, &sample::replicas}, &sample::replicas};
#endif
