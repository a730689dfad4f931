#include "store/data_directory.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "store/testing/temp_directory.h"

namespace haneul::store {
namespace {

using testing::HasSubstr;

std::string refusal(const std::filesystem::path& path) {
  try {
    const DataDirectory directory(path);
    return "";
  } catch (const DataDirectoryError& error) {
    return error.what();
  }
}

// Everything in it is the tenants' data: nobody else on the machine may read it.
TEST(DataDirectory, makes_a_private_layout) {
  const TempDirectory temp;
  const DataDirectory directory(temp.path() / "deep" / "data");
  for (const auto& part : {directory.path(), directory.db(), directory.blobs(), directory.tmp()}) {
    struct stat info{};
    ASSERT_EQ(stat(part.c_str(), &info), 0) << part;
    EXPECT_EQ(info.st_mode & 0777, 0700u) << part;
  }
}

// Two processes on one directory would destroy it; the message must name the one to look for.
TEST(DataDirectory, is_locked_while_it_is_open) {
  const TempDirectory temp;
  {
    const DataDirectory directory(temp.path());
    EXPECT_THAT(refusal(temp.path()), HasSubstr("is in use by process " + std::to_string(getpid())));
  }
  EXPECT_EQ(refusal(temp.path()), "");
}

// An older binary must not write into what it does not understand.
TEST(DataDirectory, refuses_other_formats) {
  const TempDirectory temp;
  {
    const DataDirectory directory(temp.path());
  }
  std::ofstream(temp.path() / "format") << "haneul data directory, format 3\n";
  EXPECT_THAT(refusal(temp.path()),
              HasSubstr("was written by a newer Haneul (format 3, this binary reads up to 1)"));
  std::ofstream(temp.path() / "format") << "something else\n";
  EXPECT_THAT(refusal(temp.path()), HasSubstr("its format file is damaged"));
  std::filesystem::remove(temp.path() / "format");
  EXPECT_EQ(refusal(temp.path()), "");
  std::filesystem::remove(temp.path() / "format");
  std::ofstream(temp.path() / "db" / "CURRENT") << "x";
  EXPECT_THAT(refusal(temp.path()), HasSubstr("has a database but no format file"));
}

// A mistaken path must be explained, not end in a crash later.
TEST(DataDirectory, explains_what_cannot_be_used) {
  const TempDirectory temp;
  std::ofstream(temp.path() / "file") << "x";
  EXPECT_THAT(refusal(temp.path() / "file"), HasSubstr("is a file, not a directory"));
  const TempFileSystem read_only("size=1m", MS_RDONLY);
  if (!read_only.mounted()) GTEST_SKIP() << "cannot mount here";
  EXPECT_THAT(refusal(read_only.path()), HasSubstr("the file system is read-only"));
}

// Left-overs of interrupted work must not pile up.
TEST(DataDirectory, empties_tmp) {
  const TempDirectory temp;
  {
    const DataDirectory directory(temp.path());
  }
  std::filesystem::create_directories(temp.path() / "tmp" / "left" / "over");
  const DataDirectory directory(temp.path());
  EXPECT_TRUE(std::filesystem::is_empty(directory.tmp()));
}

}  // namespace
}  // namespace haneul::store
