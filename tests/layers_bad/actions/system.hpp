#pragma once

#include <vector>
#include <sys/socket.h>
