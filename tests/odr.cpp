// The umbrellas in two translation units: this file is compiled twice and linked once. A function or a variable that
// forgot `inline` is a duplicate symbol; an unnamed namespace in a header would give the two units different objects.
#include <headroom/calibration.hpp>
#include <headroom/headroom.hpp>
#include <headroom/io.hpp>
#include <headroom/live.hpp>
#include <headroom/neural.hpp>
#include <headroom/offline.hpp>
#include <headroom/planning.hpp>
#include <headroom/service.hpp>
#include <headroom/tables.hpp>
#include <headroom/traces.hpp>
#include <headroom/systems/farm.hpp>
#include <headroom/systems/quota.hpp>
#include <headroom/systems/scheduler.hpp>
#include <headroom/systems/teastore.hpp>

const void* other_no_state();

#ifdef HEADROOM_ODR_OTHER
const void* other_no_state() { return &headroom::no_state; }
#else
int main() { return other_no_state() == &headroom::no_state ? 0 : 1; }
#endif
