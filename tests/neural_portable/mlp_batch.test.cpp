#include "../neural/mlp_batch.test.cpp"
