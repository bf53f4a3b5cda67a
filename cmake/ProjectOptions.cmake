# The one place for what every target shares: the standard, warnings, sanitizers, linker, compiler cache.
add_library(project_options INTERFACE)
target_compile_features(project_options INTERFACE cxx_std_20)
target_include_directories(project_options INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(project_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
# g++ 12 takes copies of std::string for overflows, and moved maps for uninitialised, once it optimises them (GCC bugs 105329, 105651,
# 105562); the other builds keep the warnings.
target_compile_options(project_options INTERFACE
  $<$<CONFIG:Release>:-Wno-array-bounds> $<$<CONFIG:Release>:-Wno-restrict> $<$<CONFIG:Release>:-Wno-stringop-overflow>
  $<$<CONFIG:Release>:-Wno-stringop-overread> $<$<CONFIG:Release>:-Wno-maybe-uninitialized>)
# Asio: one header set for all, nothing of what its next release removes.
target_compile_definitions(project_options INTERFACE BOOST_ASIO_NO_DEPRECATED)

if(OPERATOR_SANITIZE)
  target_compile_options(project_options INTERFACE
    -fsanitize=${OPERATOR_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(project_options INTERFACE -fsanitize=${OPERATOR_SANITIZE})
  # g++ 12 reports std::regex itself when it is instrumented; the other builds keep the warning.
  target_compile_options(project_options INTERFACE -Wno-maybe-uninitialized)
  if(OPERATOR_SANITIZE MATCHES undefined)
    # These two report benign code in CAF's own headers.
    target_compile_options(project_options INTERFACE -fno-sanitize=vptr,null)
  endif()
  if(OPERATOR_SANITIZE MATCHES thread)
    # The thread sanitizer does not know fences; Asio's locks order the same memory.
    target_compile_definitions(project_options INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
endif()

find_program(MOLD mold)
if(MOLD)
  target_link_options(project_options INTERFACE -fuse-ld=mold)
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Precompiled headers need the sloppiness; the tree's own headers are still hashed.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
  target_compile_options(project_options INTERFACE -fpch-preprocess)
endif()

# One precompiled header for all that does not see CAF; the targets above it reuse it.
add_library(precompiled_base OBJECT "${PROJECT_SOURCE_DIR}/cmake/precompiled_base.cpp")
target_link_libraries(precompiled_base PUBLIC project_options)
target_precompile_headers(precompiled_base PRIVATE
  <algorithm> <chrono> <cstdint> <functional> <map> <memory> <optional> <set> <string> <string_view>
  <unordered_map> <utility> <variant> <vector> <nlohmann/json.hpp>)

# add_layer(NAME SOURCES... ): a static library with the project's options and precompiled header.
function(add_layer name)
  add_library(${name} STATIC ${ARGN})
  target_link_libraries(${name} PUBLIC project_options)
  target_precompile_headers(${name} REUSE_FROM precompiled_base)
endfunction()

# add_gtest(NAME SOURCES... ): a GoogleTest program whose cases ctest runs one by one.
function(add_gtest name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE project_options GTest::gtest GTest::gmock GTest::gtest_main)
  target_precompile_headers(${name} REUSE_FROM precompiled_base)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 120 PROPERTIES TIMEOUT 120)
endfunction()
