#include "services/cloudformation/resources/inline_code.h"

#include <memory>

#include <archive.h>
#include <archive_entry.h>

#include "base/check.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

std::string zip_inline_code(std::string_view runtime, std::string_view code) {
  const bool is_python = runtime.starts_with("python");
  if (!is_python && !runtime.starts_with("nodejs")) {
    fail_template("ZipFile can only be used with the Python and Node.js runtimes.");
  }
  std::string out(code.size() + 4096, '\0');
  size_t used = 0;
  const std::unique_ptr<archive, int (*)(archive*)> writer(archive_write_new(), archive_write_free);
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                       archive_entry_free);
  HANEUL_CHECK(archive_write_set_format_zip(writer.get()) == ARCHIVE_OK, "libarchive writes zip");
  // Without a block size the archive is padded, which readers of zip take for damage.
  archive_write_set_bytes_in_last_block(writer.get(), 1);
  archive_write_zip_set_compression_store(writer.get());
  HANEUL_CHECK(archive_write_open_memory(writer.get(), out.data(), out.size(), &used) == ARCHIVE_OK,
               "an archive in memory opens");
  archive_entry_set_pathname(entry.get(), is_python ? "index.py" : "index.js");
  archive_entry_set_size(entry.get(), static_cast<int64_t>(code.size()));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  // The same code must give the same archive: a version is published only when the code's hash changed.
  archive_entry_set_mtime(entry.get(), 315'532'800, 0);
  HANEUL_CHECK(archive_write_header(writer.get(), entry.get()) == ARCHIVE_OK, "an entry fits");
  const auto written = archive_write_data(writer.get(), code.data(), code.size());
  HANEUL_CHECK(written == static_cast<la_ssize_t>(code.size()), "the code fits");
  HANEUL_CHECK(archive_write_close(writer.get()) == ARCHIVE_OK, "the archive is closed");
  out.resize(used);
  return out;
}

}  // namespace haneul::cloudformation
