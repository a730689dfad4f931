// What a template takes from directories of the developer's machine: found, packed as zips, and named in the
// template instead. A package's name is the digest of its bytes, so that what did not change is not sent.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/document.h"

namespace haneul::app {

// One property of a resource that names a directory or file.
struct LocalCode {
  std::string logical_id;
  std::string type;            // AWS::Serverless::Function
  std::string property;        // CodeUri
  std::filesystem::path path;  // canonical
  bool is_function() const { return type.ends_with("::Function"); }
};

struct LocalTemplate {
  Document body;
  std::vector<LocalCode> codes;
};

// Throws std::runtime_error with a sentence: no such file, no template, a path that leads nowhere.
LocalTemplate read_local_template(const std::filesystem::path& file);

// The zip of a directory or of one file; the same bytes for the same content. A zip or jar is taken as it is.
std::string pack(const std::filesystem::path& path);

// The template with each property naming its package in the bucket.
Document with_packages(const LocalTemplate& from, const std::string& bucket,
                       const std::map<std::string, std::string>& keys_by_path);

}  // namespace haneul::app
