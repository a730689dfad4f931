// Which interpreter serves which of Lambda's names; nothing of the machine is looked at.
#include "compute/runtime_choice.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/random.h"

namespace haneul::compute {
namespace {

const RuntimeCatalog& catalog() {
  static const RuntimeCatalog made({{RuntimeFamily::kPython, "3.11", "/usr/bin/python3.11"},
                                    {RuntimeFamily::kRuby, "3.1", "/usr/bin/ruby3.1"},
                                    {RuntimeFamily::kJava, "17", "/jvm/17/bin/java"},
                                    {RuntimeFamily::kJava, "11", "/jvm/11/bin/java"},
                                    {RuntimeFamily::kJava, "25", "/jvm/25/bin/java"}});
  return made;
}

std::string actual(std::string_view requested) {
  const auto choice = catalog().resolve(requested);
  if (const auto* refusal = std::get_if<RuntimeRefusal>(&choice)) return refusal->reason;
  const RuntimeChoice& found = std::get<RuntimeChoice>(choice);
  return found.actual + (found.substituted ? " stands in" : "");
}

// A substitute is always said to be one, and an exact version never.
TEST(RuntimeChoiceTest, NamesSubstitutes) {
  EXPECT_EQ(actual("python3.11"), "python3.11");
  EXPECT_EQ(actual("python3.13"), "python3.11 stands in");
  EXPECT_EQ(actual("ruby3.4"), "ruby3.1 stands in");
  EXPECT_EQ(actual("provided.al2023"), "provided.al2023");
}

// Class files run on later JVMs, not on older ones.
TEST(RuntimeChoiceTest, PrefersLaterJava) {
  EXPECT_EQ(actual("java17"), "java17");
  EXPECT_EQ(actual("java17.al2023"), "java17.al2023");
  EXPECT_EQ(actual("java8.al2"), "java11 stands in");
  EXPECT_EQ(actual("java21"), "java25 stands in");
  const RuntimeCatalog old(
      {{RuntimeFamily::kJava, "11", "/jvm/11/bin/java"}, {RuntimeFamily::kJava, "17", "/jvm/17/bin/java"}});
  EXPECT_EQ(std::get<RuntimeChoice>(old.resolve("java25")).actual, "java17");
}

// What is added and removed while the server runs counts at once.
TEST(RuntimeChoiceTest, LooksForAddedOnes) {
  namespace fs = std::filesystem;
  const fs::path added = fs::temp_directory_path() / ("haneul-added-" + SystemRandom().hex(8));
  const RuntimeCatalog with({{RuntimeFamily::kNode, "18", "/usr/bin/node18"}}, added.string());
  const auto home = [&] { return std::get<RuntimeChoice>(with.resolve("nodejs24.x")).home; };
  EXPECT_EQ(home(), "");
  fs::create_directories(added / "nodejs24.x/bin");
  fs::create_directories(added / "nodejs22.x.new-1/bin");
  for (const char* name : {"nodejs24.x", "nodejs22.x.new-1"}) std::ofstream(added / name / "bin/node") << "";
  EXPECT_EQ(home(), fs::canonical(added / "nodejs24.x").string());
  EXPECT_EQ(std::get<RuntimeChoice>(with.resolve("nodejs22.x")).interpreter, "/usr/bin/node18");
  EXPECT_EQ(std::get<RuntimeChoice>(with.resolve("nodejs24.x")).actual, "nodejs24.x");
  fs::remove_all(added);
  EXPECT_EQ(std::get<RuntimeChoice>(with.resolve("nodejs24.x")).actual, "nodejs18.x");
}

// What cannot be served is refused with the reason that the caller of the API is given.
TEST(RuntimeChoiceTest, RefusesByName) {
  EXPECT_EQ(actual("nodejs22.x"),
            "The runtime nodejs22.x needs /usr/bin/node, which is not installed on this machine.");
  for (const char* name :
       {"ruby2.7", "ruby", "java", "javax", "python", "python3.", "nodejs.x", "go1.x", ""}) {
    EXPECT_TRUE(actual(name).starts_with("The runtime parameter of ")) << name << ": " << actual(name);
  }
}

}  // namespace
}  // namespace haneul::compute
