// The command line of a Java function's JVM: memory by the function's memory, and what Lambda sets by
// default. What the function says itself in JAVA_TOOL_OPTIONS wins.
// https://docs.aws.amazon.com/lambda/latest/dg/java-customization.html
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compute/image.h"

namespace haneul::compute {

inline constexpr std::string_view kJavaArchiveDirectory = "/var/lang";  // inside
inline constexpr std::string_view kJavaArchiveFile = "classes.jsa";

enum class JavaArchive { kNone, kReady };

// Everything between the program and the main class's arguments.
std::vector<std::string> java_options(const FunctionImage& image, JavaArchive archive);

// What the archive depends on: class path and main class.
std::vector<std::string> java_program();

}  // namespace haneul::compute
