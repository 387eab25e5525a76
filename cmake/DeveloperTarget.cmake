# headroom_developer: what our own tests, examples and benchmarks are compiled with, linked PRIVATE by each of them. It is
# not in the export set, so it cannot reach a consumer. No -ffast-math; -ffp-contract=off because a compiler that fuses
# a multiplication with an addition prints other numbers than one that does not.

add_library(headroom_developer INTERFACE)
target_compile_options(headroom_developer INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow $<$<BOOL:${HEADROOM_WERROR}>:-Werror>
  -ffp-contract=off)

if(HEADROOM_SANITIZE)
  set(sanitize -fsanitize=${HEADROOM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options(headroom_developer INTERFACE ${sanitize})
  target_compile_definitions(headroom_developer INTERFACE _GLIBCXX_ASSERTIONS)
  target_link_options(headroom_developer INTERFACE ${sanitize})
endif()

# How long one test may take, and one example; sanitizers cost about a factor of five.
set(headroom_test_timeout_s 120)
set(headroom_example_timeout_s 20)
if(HEADROOM_SANITIZE)
  set(headroom_test_timeout_s 600)
  set(headroom_example_timeout_s 120)
endif()
