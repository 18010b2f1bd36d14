# Every test by its place and name:
#   tests/unit/test_*.c          cmocka, over the fake engine            label unit
#   tests/integration/test_*.c   cmocka, over real model files           label integration
#   training/tests/test_*.py     data, checks and configuration          label training
#   tests/cli/*.sh               run the command                         label cli
#   tests/conformance/*.{sh,py}  compare with llama.cpp's own programs   label conformance
#   tests/conformance/test_*.c   cmocka, compare with ourselves          label conformance
#   examples/*.c                 compiled, linked with the shared library
#   include/arny/**.h            each compiled alone, as C99 and as C++11   label headers
#
# In the environment of each: ARNY (the command), ARNY_ROOT (the source tree), ARNY_BUILD_DIR, ARNY_MODELS (folder of
# model files), ARNY_PEERS (folder with llama-bench, llama-completion, llama-simple), ARNY_SANITIZE (or empty).
# A test that cannot run here exits with 77, and is counted as skipped.
# What is compiled for them is in the target `tests`, not in `all`: a user's build stays short.
if(DEFINED ENV{ARNY_CACHE})
  set(cache "$ENV{ARNY_CACHE}")
elseif(DEFINED ENV{XDG_CACHE_HOME})
  set(cache "$ENV{XDG_CACHE_HOME}/arny")
else()
  set(cache "$ENV{HOME}/.cache/arny")
endif()
set(ARNY_CACHE_DIR "${cache}" CACHE PATH "where ./dev keeps models and peers")

set(ARNY_TEST_ENVIRONMENT
  "ARNY=${CMAKE_BINARY_DIR}/bin/arny"
  "ARNY_ROOT=${CMAKE_CURRENT_SOURCE_DIR}"
  "ARNY_BUILD_DIR=${CMAKE_BINARY_DIR}"
  "ARNY_MODELS=${ARNY_CACHE_DIR}/models"
  "ARNY_PEERS=${ARNY_CACHE_DIR}/peers/bin"
  "ARNY_SANITIZE=${ARNY_SANITIZE}"
  "ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:allocator_may_return_null=1"
  "UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1"
  "TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1")

function(arny_test_properties name label timeout)
  if(CMAKE_CROSSCOMPILING) # an emulator takes its time
    math(EXPR timeout "${timeout} * 10")
  endif()
  set_tests_properties(${name} PROPERTIES
    LABELS "${label}" TIMEOUT ${timeout} SKIP_RETURN_CODE 77
    WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" ENVIRONMENT "${ARNY_TEST_ENVIRONMENT}")
endfunction()

# arny_find(VARIABLE PATTERN...): the files that match, found again when one appears.
macro(arny_find out)
  set(patterns "${ARGN}")
  list(TRANSFORM patterns PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/")
  file(GLOB ${out} CONFIGURE_DEPENDS ${patterns})
endmacro()

# -- tests in C ------------------------------------------------------------------------------------------------
arny_find(unit_tests "tests/unit/test_*.c")
arny_find(integration_tests "tests/integration/test_*.c")
arny_find(conformance_c_tests "tests/conformance/test_*.c")
arny_find(support_sources "tests/support/*.c" "tests/support/*.cpp")

add_custom_target(tests)
if(PkgConfig_FOUND)
  pkg_check_modules(CMOCKA IMPORTED_TARGET cmocka)
endif()
if(NOT CMOCKA_FOUND)
  message(STATUS "no cmocka (Debian: libcmocka-dev): no tests in C")
  set(unit_tests)
  set(integration_tests)
  set(conformance_c_tests)
endif()
if(unit_tests OR integration_tests)
  add_library(arny_test_support INTERFACE)
  target_include_directories(arny_test_support INTERFACE src tests/support)
  target_link_libraries(arny_test_support INTERFACE arny_static PkgConfig::CMOCKA)
  target_include_directories(arny_test_support SYSTEM INTERFACE "${ARNY_YYJSON_DIR}")
  target_compile_definitions(arny_test_support INTERFACE
    $<$<BOOL:${ARNY_GGUF}>:ARNY_HAVE_GGUF=1> $<$<BOOL:${ARNY_PTE}>:ARNY_HAVE_PTE=1> $<$<BOOL:${ARNY_FAULTS}>:ARNY_FAULTS=1>
    $<$<BOOL:${CMAKE_CROSSCOMPILING}>:ARNY_EMULATED=1>
    $<$<OR:$<BOOL:${ARNY_OPENSSL}>,$<BOOL:${ARNY_SODIUM_DIR}>>:ARNY_HAVE_CRYPTO=1>)
  if(support_sources)
    add_library(arny_test_objects OBJECT EXCLUDE_FROM_ALL ${support_sources})
    target_link_libraries(arny_test_objects PRIVATE arny_test_support)
    arny_warnings(arny_test_objects)
  endif()
endif()

function(arny_c_tests label timeout)
  foreach(source IN LISTS ARGN)
    get_filename_component(name "${source}" NAME_WE)
    string(REGEX REPLACE "^test_" "" name "${name}")
    set(target "${label}_${name}")
    add_executable(${target} EXCLUDE_FROM_ALL "${source}")
    add_dependencies(tests ${target})
    if(TARGET arny_test_objects)
      target_sources(${target} PRIVATE $<TARGET_OBJECTS:arny_test_objects>)
    endif()
    target_link_libraries(${target} PRIVATE arny_test_support)
    set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
    arny_warnings(${target})
    add_test(NAME ${label}.${name} COMMAND ${target})
    arny_test_properties(${label}.${name} ${label} ${timeout})
  endforeach()
endfunction()
arny_c_tests(unit 120 ${unit_tests})
arny_c_tests(integration 300 ${integration_tests})
arny_c_tests(conformance 900 ${conformance_c_tests})
foreach(source IN LISTS integration_tests conformance_c_tests)
  get_filename_component(label "${source}" DIRECTORY)
  get_filename_component(label "${label}" NAME)
  get_filename_component(name "${source}" NAME_WE)
  string(REGEX REPLACE "^test_" "" name "${name}")
  set_tests_properties(${label}.${name} PROPERTIES RUN_SERIAL TRUE) # a real model uses every core
endforeach()

# -- tests of the command ----------------------------------------------------------------------------------------
arny_find(cli_tests "tests/cli/*.sh")
foreach(script IN LISTS cli_tests)
  get_filename_component(name "${script}" NAME_WE)
  add_test(NAME cli.${name} COMMAND bash "${script}")
  arny_test_properties(cli.${name} cli 300)
  set_tests_properties(cli.${name} PROPERTIES PROCESSORS 2)
endforeach()

# -- data and checks of training: Python's own library is enough ------------------------------------------------------
arny_find(training_tests "training/tests/test_*.py")
foreach(script IN LISTS training_tests)
  get_filename_component(name "${script}" NAME_WE)
  string(REGEX REPLACE "^test_" "" name "${name}")
  add_test(NAME training.${name} COMMAND python3 "${script}")
  arny_test_properties(training.${name} training 120)
endforeach()

# -- conformance -------------------------------------------------------------------------------------------------
if(ARNY_GGUF)
  arny_find(conformance_tests "tests/conformance/*.sh" "tests/conformance/*.py")
  foreach(script IN LISTS conformance_tests)
    get_filename_component(name "${script}" NAME_WE)
    if(script MATCHES "\\.py$")
      add_test(NAME conformance.${name} COMMAND python3 "${script}")
    else()
      add_test(NAME conformance.${name} COMMAND bash "${script}")
    endif()
    arny_test_properties(conformance.${name} conformance 600)
    set_tests_properties(conformance.${name} PROPERTIES RUN_SERIAL TRUE) # they use every core
  endforeach()
endif()

# -- examples ----------------------------------------------------------------------------------------------------
arny_find(examples "examples/*.c")
foreach(source IN LISTS examples)
  get_filename_component(name "${source}" NAME_WE)
  add_executable(example_${name} EXCLUDE_FROM_ALL "${source}")
  add_dependencies(tests example_${name})
  target_link_libraries(example_${name} PRIVATE arny_shared)
  set_target_properties(example_${name} PROPERTIES
    OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/examples")
  arny_warnings(example_${name})
endforeach()

# -- headers -----------------------------------------------------------------------------------------------------
foreach(header IN LISTS ARNY_HEADERS)
  string(REGEX REPLACE "^arny/(.*)\\.h$" "\\1" name "${header}")
  string(REPLACE "/" "." name "${name}")
  set(common -Wall -Wextra -Wpedantic -Werror -fsyntax-only
             -I "${CMAKE_CURRENT_SOURCE_DIR}/include" -include "${header}" /dev/null)
  add_test(NAME headers.${name}.c99 COMMAND ${CMAKE_C_COMPILER} -x c -std=c99 ${common})
  add_test(NAME headers.${name}.cxx11 COMMAND ${CMAKE_CXX_COMPILER} -x c++ -std=c++11 ${common})
  arny_test_properties(headers.${name}.c99 headers 60)
  arny_test_properties(headers.${name}.cxx11 headers 60)
endforeach()
