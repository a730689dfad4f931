# Build rules of the house: one library per folder under src/, one unit-test program per folder,
# warnings as errors, a fast linker and a compiler cache where the machine has them.

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(fmt REQUIRED)
find_package(PkgConfig REQUIRED)

find_program(HANEUL_PYTHON NAMES python3 HINTS /usr/bin REQUIRED)
find_program(HANEUL_CCACHE ccache)
# A cache works with plain compilations, which also show a source that lacks an include. One that is empty, as on a
# machine of continuous integration, has nothing to give: there common headers are parsed once per target instead.
set(precompile ON)
if(HANEUL_CCACHE AND NOT DEFINED ENV{CCACHE_DISABLE})
  execute_process(COMMAND ${HANEUL_CCACHE} --print-stats OUTPUT_VARIABLE stats ERROR_QUIET)
  string(REGEX MATCH "files_in_cache[ \t]+([0-9]+)" stats "${stats}")
  if(CMAKE_MATCH_1 GREATER 500 OR (CMAKE_BUILD_TYPE STREQUAL "Dev" AND NOT HANEUL_FUZZ))
    set(precompile OFF)
  endif()
endif()
option(HANEUL_PRECOMPILE "Parse common headers once per target, without a compiler cache" ${precompile})
if(HANEUL_CCACHE AND NOT HANEUL_PRECOMPILE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${HANEUL_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${HANEUL_CCACHE})
endif()

find_program(HANEUL_MOLD mold)
if(HANEUL_MOLD)
  add_link_options(-fuse-ld=mold)
else()
  add_link_options(-fuse-ld=lld-19)
endif()

# Release: what users run. Dev: quickest to build, for the edit loop. Debug: with sanitizers.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEV "-O0 -gline-tables-only")
set(CMAKE_C_FLAGS_DEV "-O0 -gline-tables-only")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g -fno-omit-frame-pointer")

add_compile_options(
  -Wall -Wextra -Werror -Wno-missing-field-initializers -Wno-invalid-offsetof
  -Wno-deprecated-declarations -Wno-unused-command-line-argument
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
if(NOT HANEUL_SANITIZE STREQUAL "")
  add_compile_options(-fsanitize=${HANEUL_SANITIZE} -fno-sanitize-recover=undefined
    -fsanitize-ignorelist=${CMAKE_SOURCE_DIR}/cmake/sanitize_ignore.txt)
  add_link_options(-fsanitize=${HANEUL_SANITIZE})
endif()
if(HANEUL_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(HANEUL_TESTS)
  enable_testing()
  find_package(GTest REQUIRED)
endif()

# haneul_precompile(<target> <source>...): the headers that many of these sources include are parsed once.
function(haneul_precompile target)
  list(LENGTH ARGN count)
  if(HANEUL_PRECOMPILE AND count GREATER 2)
    set(header ${CMAKE_CURRENT_BINARY_DIR}/${target}_common.h)
    execute_process(
      COMMAND ${HANEUL_PYTHON} ${CMAKE_SOURCE_DIR}/tools/common_headers.py --out ${header} ${ARGN}
      COMMAND_ERROR_IS_FATAL ANY)
    target_precompile_headers(${target} PRIVATE ${header})
  endif()
endfunction()

# haneul_folder(<target> FOLDER <dir> [DEPS <targets>] [LIBS <private third-party libraries>] [TEST_DEPS <targets>])
# Every *.cc below the folder is the library, every *_test.cc its unit tests. A folder with headers only is an
# interface library. Includes are written from src/: #include "store/db.h".
function(haneul_folder target)
  cmake_parse_arguments(A "" "FOLDER" "DEPS;LIBS;TEST_DEPS" ${ARGN})
  set(dir ${CMAKE_SOURCE_DIR}/src/${A_FOLDER})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${dir}/*.cc ${dir}/*.c)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  if(sources)
    add_library(${target} STATIC ${sources})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE ${A_LIBS})
    haneul_precompile(${target} ${sources})
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(${target} ${scope} ${CMAKE_SOURCE_DIR}/src ${CMAKE_BINARY_DIR}/gen)
  target_link_libraries(${target} ${scope} ${A_DEPS} fmt::fmt Threads::Threads)
  if(tests AND HANEUL_TESTS)
    add_executable(${target}_test ${tests})
    haneul_precompile(${target}_test ${tests})
    # What is tested is as users run it; optimising the tests themselves would be dear and prove nothing.
    target_compile_options(${target}_test PRIVATE $<$<CONFIG:Release>:-O0>)
    target_link_libraries(${target}_test PRIVATE ${target} ${A_TEST_DEPS} ${A_LIBS} GTest::gtest GTest::gmock GTest::gtest_main)
    add_test(NAME ${target} COMMAND ${target}_test)
    set_property(GLOBAL APPEND PROPERTY HANEUL_UNIT_TESTS ${target}_test)
  endif()
endfunction()

# haneul_models(<service>...): for each, the library haneul_gen_<service>: types, errors, operations and schema
# tables that tools/codegen writes from models/<service>.json. Include them as "gen/<service>/types.h".
# And haneul_gen with the list of all of them: "gen/models.h".
function(haneul_models)
  file(GLOB generator CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tools/apimodel/*.py)
  set(parts 3)
  foreach(service IN LISTS ARGN)
    set(model ${CMAKE_SOURCE_DIR}/models/${service}.json)
    set(patch ${CMAKE_SOURCE_DIR}/models/${service}.patch.json)
    if(NOT EXISTS ${patch})
      set(patch "")
    endif()
    set(out ${CMAKE_BINARY_DIR}/gen/gen/${service})
    set(written types.h errors.h operations.h schema.h shapes.h schema.cc)
    foreach(part RANGE 1 ${parts})
      math(EXPR index "${part} - 1")
      list(APPEND written shapes_${index}.cc)
    endforeach()
    list(TRANSFORM written PREPEND ${out}/)
    add_custom_command(
      OUTPUT ${written}
      COMMAND ${HANEUL_PYTHON} ${CMAKE_SOURCE_DIR}/tools/codegen ${service}
              --models ${CMAKE_SOURCE_DIR}/models --out ${out} --parts ${parts}
      DEPENDS ${model} ${patch} ${CMAKE_SOURCE_DIR}/tools/codegen ${generator}
      COMMENT "Writing the API of ${service}"
      VERBATIM)
    add_library(haneul_gen_${service} STATIC ${written})
    target_include_directories(haneul_gen_${service} PUBLIC ${CMAKE_BINARY_DIR}/gen)
    if(HANEUL_PRECOMPILE)
      target_precompile_headers(haneul_gen_${service} PRIVATE ${out}/types.h ${out}/shapes.h)
    endif()
    target_link_libraries(haneul_gen_${service} PUBLIC haneul_model)
    list(APPEND libraries haneul_gen_${service})
  endforeach()
  set(index ${CMAKE_BINARY_DIR}/gen/gen)
  add_custom_command(
    OUTPUT ${index}/models.h ${index}/models.cc
    COMMAND ${HANEUL_PYTHON} ${CMAKE_SOURCE_DIR}/tools/codegen --index ${ARGN} --out ${index}
    DEPENDS ${CMAKE_SOURCE_DIR}/tools/codegen ${generator}
    COMMENT "Writing the list of models"
    VERBATIM)
  add_library(haneul_gen STATIC ${index}/models.h ${index}/models.cc)
  target_link_libraries(haneul_gen PUBLIC ${libraries})
  if(HANEUL_TESTS)
    add_test(NAME apimodel COMMAND ${CMAKE_SOURCE_DIR}/tests/tools/apimodel_test)
  endif()
endfunction()

# haneul_data(<name>): the library haneul_data_<name> with data/<name>.json as a function; include it as
# "gen/data/<name>.h".
function(haneul_data name)
  set(out ${CMAKE_BINARY_DIR}/gen/gen/data)
  add_custom_command(
    OUTPUT ${out}/${name}.h ${out}/${name}.cc
    COMMAND ${HANEUL_PYTHON} ${CMAKE_SOURCE_DIR}/tools/embed ${CMAKE_SOURCE_DIR}/data/${name}.json ${name} ${out}
    DEPENDS ${CMAKE_SOURCE_DIR}/data/${name}.json ${CMAKE_SOURCE_DIR}/tools/embed
    COMMENT "Embedding data/${name}.json"
    VERBATIM)
  add_library(haneul_data_${name} STATIC ${out}/${name}.h ${out}/${name}.cc)
  target_include_directories(haneul_data_${name} PUBLIC ${CMAKE_BINARY_DIR}/gen)
endfunction()
