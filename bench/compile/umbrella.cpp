// The umbrella, and nothing else.
#include <headroom/headroom.hpp>
