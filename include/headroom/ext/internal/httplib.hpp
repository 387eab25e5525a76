#pragma once

#include <httplib.h>

// cpp-httplib includes <resolv.h>, whose macro _res is the name of a parameter in Eigen: a program that includes Eigen
// afterwards would not compile.
#undef _res
