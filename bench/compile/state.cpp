// What a program pays that loads what a part has learned.
#include <headroom/io/state.hpp>
