#include "dev_package.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>
#include <stdexcept>

#include <archive.h>
#include <archive_entry.h>

#include "base/json.h"
#include "base/yaml.h"
#include "commands.h"

namespace haneul::app {

namespace fs = std::filesystem;

namespace {

struct Place {
  std::string_view type;
  std::string_view property;
};
// As "aws cloudformation package" knows them, of the types that Haneul makes.
constexpr std::array kPlaces{
    Place{"AWS::Serverless::Function", "CodeUri"}, Place{"AWS::Serverless::LayerVersion", "ContentUri"},
    Place{"AWS::Lambda::Function", "Code"}, Place{"AWS::Lambda::LayerVersion", "Content"}};

constexpr int64_t kZipEpoch = 315'532'800;  // 1980-01-01: the first day that a zip can tell

const Document* global_code(const Document& body) {
  const Document* globals = body.find("Globals");
  const Document* function = globals == nullptr ? nullptr : globals->find("Function");
  return function == nullptr ? nullptr : function->find("CodeUri");
}

fs::path resolve(const fs::path& base, const std::string& written, const std::string& logical_id) {
  std::error_code missing;
  const fs::path path = fs::canonical(base / written, missing);
  if (missing) throw std::runtime_error(logical_id + ": there is no " + (base / written).string());
  return path;
}

struct Archive {
  std::unique_ptr<archive, int (*)(archive*)> handle{archive_write_new(), archive_write_free};
  std::string bytes;

  Archive() {
    archive_write_set_format_zip(handle.get());
    archive_write_set_options(handle.get(), "zip:compression-level=1");
    archive_write_open(handle.get(), this, nullptr, append, nullptr);
  }
  static la_ssize_t append(archive*, void* self, const void* data, size_t size) {
    static_cast<Archive*>(self)->bytes.append(static_cast<const char*>(data), size);
    return static_cast<la_ssize_t>(size);
  }
  void add(const std::string& name, const fs::path& file) {
    const std::string content = read_text_file(file);
    const bool runs = (fs::status(file).permissions() & fs::perms::owner_exec) != fs::perms::none;
    const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                         archive_entry_free);
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), runs ? 0755 : 0644);
    archive_entry_set_mtime(entry.get(), kZipEpoch, 0);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
    if (archive_write_header(handle.get(), entry.get()) != ARCHIVE_OK ||
        archive_write_data(handle.get(), content.data(), content.size()) !=
            static_cast<la_ssize_t>(content.size())) {
      throw std::runtime_error(file.string() + " cannot be packed: " + archive_error_string(handle.get()));
    }
  }
  std::string finish() {
    if (archive_write_close(handle.get()) != ARCHIVE_OK)
      throw std::runtime_error("a package cannot be written");
    return std::move(bytes);
  }
};

}  // namespace

LocalTemplate read_local_template(const fs::path& file) {
  const std::string text = read_text_file(file);
  const bool is_json = text.find_first_not_of(" \t\r\n") == text.find('{');
  LocalTemplate out{is_json ? parse_json(text) : parse_yaml(text), {}};
  const Document* resources = out.body.find("Resources");
  if (resources == nullptr || !resources->is_object())
    throw std::runtime_error(file.string() + " has no Resources");
  const fs::path base = fs::canonical(file).parent_path();
  for (const auto& [logical_id, resource] : resources->as_object()) {
    const std::string type = resource.string_or("Type", "");
    const Document* properties = resource.find("Properties");
    for (const Place& place : kPlaces) {
      if (place.type != type) continue;
      const Document* value = properties == nullptr ? nullptr : properties->find(place.property);
      if (value == nullptr && type == "AWS::Serverless::Function") value = global_code(out.body);
      if (value == nullptr || !value->is_string() || value->as_string().starts_with("s3://")) continue;
      out.codes.push_back(
          {logical_id, type, std::string(place.property), resolve(base, value->as_string(), logical_id)});
    }
  }
  return out;
}

std::string pack(const fs::path& path) {
  if (fs::is_regular_file(path) && (path.extension() == ".zip" || path.extension() == ".jar")) {
    return read_text_file(path);
  }
  Archive packed;
  if (fs::is_regular_file(path)) {
    packed.add(path.filename().string(), path);
    return packed.finish();
  }
  std::vector<fs::path> files;
  for (const auto& each :
       fs::recursive_directory_iterator(path, fs::directory_options::follow_directory_symlink)) {
    if (each.is_regular_file()) files.push_back(each.path());
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) packed.add(fs::relative(file, path).string(), file);
  return packed.finish();
}

Document with_packages(const LocalTemplate& from, const std::string& bucket,
                       const std::map<std::string, std::string>& keys_by_path) {
  Document body = from.body;
  for (const LocalCode& code : from.codes) {
    const std::string& key = keys_by_path.at(code.path.string());
    Document& resource = *body.find("Resources")->find(code.logical_id);
    if (resource.find("Properties") == nullptr) resource.set("Properties", Document::object());
    Document& properties = *resource.find("Properties");
    if (code.type.starts_with("AWS::Serverless::")) {
      properties.set(code.property, "s3://" + bucket + "/" + key);
    } else {
      properties.set(code.property, Document::Object{{"S3Bucket", bucket}, {"S3Key", key}});
    }
  }
  return body;
}

}  // namespace haneul::app
