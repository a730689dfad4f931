#include "services/dynamodb/transfer/gzip.h"

#include <memory>

#include <archive.h>
#include <archive_entry.h>

#include "base/check.h"

namespace haneul::dynamodb {
namespace {

la_ssize_t append(archive*, void* out, const void* data, size_t size) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(data), size);
  return static_cast<la_ssize_t>(size);
}

}  // namespace

std::string gzip(std::string_view data) {
  std::string out;
  const std::unique_ptr<archive, int (*)(archive*)> writer(archive_write_new(), archive_write_free);
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                       archive_entry_free);
  const auto must = [](int done) { HANEUL_CHECK(done == ARCHIVE_OK, "libarchive writes gzip"); };
  must(archive_write_add_filter_gzip(writer.get()));
  // Without a time, so that the same data gives the same bytes.
  must(archive_write_set_filter_option(writer.get(), "gzip", "timestamp", nullptr));
  must(archive_write_set_format_raw(writer.get()));
  must(archive_write_set_bytes_in_last_block(writer.get(), 1));
  must(archive_write_open(writer.get(), &out, nullptr, append, nullptr));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  must(archive_write_header(writer.get(), entry.get()));
  HANEUL_CHECK(archive_write_data(writer.get(), data.data(), data.size()) >= 0, "the data is written");
  must(archive_write_close(writer.get()));
  return out;
}

}  // namespace haneul::dynamodb
