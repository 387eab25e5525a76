// The umbrella in two translation units: this file is compiled twice and linked once. A function or a variable that
// forgot `inline` is a duplicate symbol; an unnamed namespace in a header would give the two units different objects.
#include <headroom/headroom.hpp>

const void* other_no_state();

#ifdef HEADROOM_ODR_OTHER
const void* other_no_state() { return &headroom::no_state; }
#else
int main() { return other_no_state() == &headroom::no_state ? 0 : 1; }
#endif
