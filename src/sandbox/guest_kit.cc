#include "sandbox/guest_kit.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "sandbox/kernel.h"
#include "sandbox/seccomp_filter.h"

namespace haneul::sandbox {
namespace {

namespace fs = std::filesystem;

// Each after those that it needs.
constexpr const char* kModules[] = {
    "drivers/virtio/virtio_ring.ko", "drivers/virtio/virtio.ko",
    "drivers/virtio/virtio_mmio.ko", "drivers/char/virtio_console.ko",
    "net/core/failover.ko",          "drivers/net/net_failover.ko",
    "drivers/net/virtio_net.ko",     "fs/netfs/netfs.ko",
    "fs/fscache/fscache.ko",         "net/9p/9pnet.ko",
    "net/9p/9pnet_virtio.ko",        "fs/9p/9p.ko",
};
// Kernels since 6.8 have this one inside another.
constexpr const char* kMayBeMissing = "fs/fscache/fscache.ko";

[[noreturn]] void fail(const std::string& text) {
  throw SandboxError(SandboxError::Kind::kUnavailable, text);
}

std::string read_whole(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  if (!file) fail("cannot read " + path.string());
  return std::move(bytes).str();
}

void write_whole(const fs::path& path, std::string_view bytes, fs::perms mode) {
  const fs::path beside = path.string() + ".new";
  std::ofstream file(beside, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) fail("cannot write " + path.string());
  fs::permissions(beside, mode);
  fs::rename(beside, path);
}

// Later versions first, numbers as numbers.
bool is_later(const fs::path& one, const fs::path& other) {
  return strverscmp(one.filename().c_str(), other.filename().c_str()) > 0;
}

// Empty when every driver is there, as a file or in the kernel.
std::string find_modules(const fs::path& directory, std::vector<fs::path>& found) {
  std::error_code ignored;
  const std::string built_in = fs::exists(directory / "modules.builtin", ignored)
                                   ? read_whole(directory / "modules.builtin")
                                   : std::string();
  for (const std::string name : kModules) {
    const fs::path path = directory / "kernel" / name;
    if (fs::is_regular_file(path, ignored)) {
      found.push_back(path);
    } else if (fs::exists(path.string() + ".xz", ignored) || fs::exists(path.string() + ".zst", ignored)) {
      return directory.string() + " has compressed drivers, which this build does not unpack";
    } else if (built_in.find("kernel/" + name + "\n") == std::string::npos && name != kMayBeMissing) {
      return fmt::format("{} has no {} (Debian: linux-image-amd64 has it, linux-image-cloud-amd64 has not)",
                         directory.string(), name);
    }
  }
  return {};
}

struct CloseReader {
  void operator()(archive* opened) const { archive_read_free(opened); }
};
struct CloseWriter {
  void operator()(archive* opened) const { archive_write_free(opened); }
};

std::string expand(std::string_view packed) {
  const std::unique_ptr<archive, CloseReader> reader(archive_read_new());
  archive_read_support_filter_all(reader.get());
  archive_read_support_format_raw(reader.get());
  archive_entry* entry = nullptr;
  if (archive_read_open_memory(reader.get(), packed.data(), packed.size()) != ARCHIVE_OK ||
      archive_read_next_header(reader.get(), &entry) != ARCHIVE_OK)
    return {};
  std::string out;
  std::vector<char> piece(1 << 20);
  for (la_ssize_t count = 0; (count = archive_read_data(reader.get(), piece.data(), piece.size())) > 0;)
    out.append(piece.data(), static_cast<size_t>(count));
  return out;
}

uint32_t number_at(std::string_view image, size_t offset) {
  uint32_t number = 0;
  std::memcpy(&number, image.data() + offset, sizeof number);
  return number;
}

la_ssize_t append_to(archive*, void* out, const void* bytes, size_t count) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), count);
  return static_cast<la_ssize_t>(count);
}

void add_entry(archive* writer, const InitramfsFile& file, unsigned kind) {
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                       archive_entry_free);
  archive_entry_set_pathname(entry.get(), file.path.c_str());
  archive_entry_set_mode(entry.get(), kind | file.mode);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(file.bytes.size()));
  if (archive_write_header(writer, entry.get()) != ARCHIVE_OK ||
      archive_write_data(writer, file.bytes.data(), file.bytes.size()) < 0)
    fail(fmt::format("cannot write {} into the guest's first file system", file.path));
}

// What a kit was made of: it is made again when this changes.
std::string stamp_of(const GuestKernel& kernel, const fs::path& guest_program, std::string_view filter) {
  std::string out = fmt::format("filter {:x}\n", std::hash<std::string_view>()(filter));
  std::vector<fs::path> parts = kernel.modules;
  parts.push_back(kernel.image);
  parts.push_back(guest_program);
  for (const fs::path& each : parts) {
    struct stat found{};
    require(stat(each.c_str(), &found), "look at " + each.string());
    out += fmt::format("{} {} {}.{}\n", each.string(), found.st_size, found.st_mtim.tv_sec,
                       found.st_mtim.tv_nsec);
  }
  return out;
}

}  // namespace

KernelSearch find_guest_kernel(const fs::path& boot, const fs::path& modules) {
  constexpr std::string_view kPrefix = "vmlinuz-";
  KernelSearch search;
  std::vector<fs::path> images;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(boot, ignored)) {
    if (entry.path().filename().string().starts_with(kPrefix)) images.push_back(entry.path());
  }
  std::sort(images.begin(), images.end(), is_later);
  search.why = fmt::format("no kernel for the guest in {} (Debian: linux-image-amd64)", boot.string());
  for (const fs::path& image : images) {
    GuestKernel kernel{image, {}};
    const std::string version = image.filename().string().substr(kPrefix.size());
    const std::string missing = find_modules(modules / version, kernel.modules);
    if (missing.empty()) return {std::move(kernel), {}};
    if (image == images.front()) search.why = missing;
  }
  return search;
}

// https://docs.kernel.org/arch/x86/boot.html: setup_sects, HdrS, payload_offset, payload_length. Behind what
// is packed stand four bytes with its size.
std::string unpack_kernel(std::string_view image) {
  constexpr size_t kSectors = 0x1f1;
  constexpr size_t kMagic = 0x202;
  constexpr size_t kPayloadOffset = 0x248;
  constexpr size_t kPayloadBytes = 0x24c;
  constexpr size_t kHeadBytes = 0x250;
  constexpr size_t kSectorBytes = 512;
  constexpr size_t kSizeBytes = 4;
  if (image.starts_with("\x7f"
                        "ELF"))
    return std::string(image);
  if (image.size() < kHeadBytes || image.substr(kMagic, 4) != "HdrS")
    fail("the guest's kernel is no bzImage");
  const auto sectors = static_cast<unsigned char>(image[kSectors]);
  const size_t begin = ((sectors == 0 ? 4u : sectors) + 1) * kSectorBytes + number_at(image, kPayloadOffset);
  const size_t bytes = number_at(image, kPayloadBytes);
  if (begin > image.size() || bytes > image.size() - begin || bytes <= kSizeBytes)
    fail("the guest's kernel is cut off");
  std::string kernel = expand(image.substr(begin, bytes - kSizeBytes));
  if (!kernel.starts_with("\x7f"
                          "ELF"))
    kernel = expand(image.substr(begin, bytes));
  if (!kernel.starts_with("\x7f"
                          "ELF"))
    fail("the guest's kernel is packed in a way that is not known");
  return kernel;
}

std::string make_initramfs(const std::vector<InitramfsFile>& files) {
  constexpr unsigned kFile = 0100000;
  constexpr unsigned kDirectory = 0040000;
  constexpr unsigned kDirectoryMode = 0755;
  std::string out;
  const std::unique_ptr<archive, CloseWriter> writer(archive_write_new());
  archive_write_set_format_cpio_newc(writer.get());
  archive_write_set_bytes_in_last_block(writer.get(), 1);
  if (archive_write_open(writer.get(), &out, nullptr, append_to, nullptr) != ARCHIVE_OK)
    fail("cannot begin the guest's first file system");
  std::set<std::string> directories;
  for (const InitramfsFile& file : files) {
    for (size_t slash = file.path.find('/'); slash != std::string::npos;
         slash = file.path.find('/', slash + 1)) {
      const std::string directory = file.path.substr(0, slash);
      if (directories.insert(directory).second)
        add_entry(writer.get(), {directory, {}, kDirectoryMode}, kDirectory);
    }
    const bool is_place = file.path.ends_with('/');
    if (!is_place) add_entry(writer.get(), file, kFile);
  }
  if (archive_write_close(writer.get()) != ARCHIVE_OK) fail("cannot end the guest's first file system");
  return out;
}

void write_guest_kit(const GuestKernel& kernel, const fs::path& guest_program, const fs::path& directory) {
  constexpr fs::perms kReadable = fs::perms(0644);
  constexpr fs::perms kExecutable = fs::perms(0755);
  const SeccompFilter filter;
  const std::string stamp = stamp_of(kernel, guest_program, filter.bytes());
  const fs::path note = directory / "made-of";
  std::error_code ignored;
  if (fs::exists(note, ignored) && read_whole(note) == stamp) return;
  fs::create_directories(directory);
  fs::permissions(directory, kExecutable);
  fs::remove(note);
  const std::string program = read_whole(guest_program);
  std::vector<InitramfsFile> files = {{"init", program, 0755},
                                      {"filter", std::string(filter.bytes()), 0444},
                                      {"dev/", {}, 0755},
                                      {"proc/", {}, 0755}};
  for (size_t i = 0; i < kernel.modules.size(); ++i) {
    const fs::path& each = kernel.modules[i];
    files.push_back({fmt::format("modules/{:02}-{}", i, each.filename().string()), read_whole(each), 0444});
  }
  write_whole(directory / "initramfs", make_initramfs(files), kReadable);
  write_whole(directory / "vmlinux", unpack_kernel(read_whole(kernel.image)), kReadable);
  write_whole(directory / "guest", program, kExecutable);
  write_whole(note, stamp, kReadable);
}

}  // namespace haneul::sandbox
