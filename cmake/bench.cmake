# Programs that bench/run needs: the target `benches`, not in `all`.
#   bench-generate      the public API, in one process
#   bench-open          how long arny_model_open takes
#   bench-reopen        a switch as many apps do it
#   bench-states        the first token of an agent that is parked, closed, or not in the page cache
#   bench-llama-alone   llama.cpp without us: the only program outside src/engine/gguf that may know llama.h
add_custom_target(benches)
foreach(name generate llama_alone open reopen states)
  string(REPLACE "_" "-" program "bench-${name}")
  add_executable(${program} EXCLUDE_FROM_ALL "bench/${name}.c")
  set_target_properties(${program} PROPERTIES LINKER_LANGUAGE CXX RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bench")
  target_link_libraries(${program} PRIVATE arny_static)
  arny_warnings(${program})
  add_dependencies(benches ${program})
endforeach()
target_include_directories(bench-llama-alone SYSTEM PRIVATE "${ARNY_LLAMA_PREFIX}/include")
