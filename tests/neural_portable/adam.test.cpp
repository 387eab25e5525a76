#include "../neural/adam.test.cpp"
