// What the tests put in the place of Lambda's neighbours, and the archives they upload.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <archive.h>
#include <archive_entry.h>

#include "compute/response_pipe.h"
#include "model/error.h"
#include "platform/dispatcher.h"
#include "services/lambda/function_runner.h"
#include "services/logs/port.h"

namespace haneul::lambda::test {

struct ZipEntry {
  std::string name;
  std::string text;
  int mode = 0644;
  int type = AE_IFREG;  // AE_IFLNK: text is where it leads
};

inline std::string make_zip(const std::vector<ZipEntry>& entries) {
  std::string out(16 << 20, '\0');
  size_t used = 0;
  archive* zip = archive_write_new();
  archive_write_set_format_zip(zip);
  archive_write_open_memory(zip, out.data(), out.size(), &used);
  for (const ZipEntry& each : entries) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, each.name.c_str());
    archive_entry_set_filetype(entry, static_cast<unsigned>(each.type));
    archive_entry_set_perm(entry, static_cast<unsigned>(each.mode));
    if (each.type == AE_IFLNK) archive_entry_set_symlink(entry, each.text.c_str());
    archive_entry_set_size(entry, each.type == AE_IFREG ? static_cast<la_int64_t>(each.text.size()) : 0);
    archive_write_header(zip, entry);
    if (each.type == AE_IFREG) archive_write_data(zip, each.text.data(), each.text.size());
    archive_entry_free(entry);
  }
  archive_write_close(zip);
  archive_write_free(zip);
  out.resize(used);
  return out;
}

// Answers what the test said, and remembers what was asked.
class FakeRunner final : public FunctionRunner {
 public:
  Task<compute::InvokeResult> invoke(std::shared_ptr<const compute::FunctionImage> image,
                                     compute::Invocation invocation, compute::ConcurrencyLimits limits,
                                     compute::LogSink& sink) override {
    images.push_back(image);
    invocations.push_back(invocation);
    limits_given.push_back(limits);
    if (image->credentials) image->credentials();
    if (real != nullptr) co_return co_await real->invoke(image, std::move(invocation), limits, sink);
    sink.append({image->account, image->region, image->log_group, "stream", image->function_arn}, Timestamp(),
                "REPORT RequestId: x\n");
    if (invocation.stream && stream_type) {
      invocation.stream->open(*stream_type);
      for (const std::string& piece : streamed) invocation.stream->write(piece, [] {});
    }
    compute::InvokeResult result = script ? co_await script(invocation) : answer;
    result.executed_version = image->version;
    co_return result;
  }
  Task<compute::SnapshotOutcome> take_snapshot(std::shared_ptr<const compute::FunctionImage> image,
                                               compute::LogSink&) override {
    taken.push_back(image);
    co_return snapshot_outcome;
  }
  void drop_snapshots(std::string_view arn, std::string_view version) override {
    dropped.push_back(std::string(arn) + " " + std::string(version));
  }
  std::vector<compute::SnapshotName> snapshots() const override { return kept_snapshots; }
  void retire_function(std::string_view arn) override { retired.emplace_back(arn); }
  void provision(std::string_view, std::vector<compute::ProvisionWish> wished, compute::LogSink&) override {
    const std::lock_guard lock(mutex);
    wishes = std::move(wished);
  }
  compute::ProvisionState provisioned(const std::string& image_key) const override {
    const std::lock_guard lock(mutex);
    for (const compute::ProvisionWish& wish : wishes) {
      if (wish.image->key() != image_key) continue;
      compute::ProvisionState state = provision_state;
      state.mark = wish.mark;
      return state;
    }
    return {};
  }

  std::optional<std::string> stream_type;  // set: the function streams these pieces
  std::vector<std::string> streamed;
  FunctionRunner* real = nullptr;                                                 // set: runs the function
  std::function<Task<compute::InvokeResult>(const compute::Invocation&)> script;  // set: answers instead
  compute::InvokeResult answer{.payload = "\"ok\"", .billed = Milliseconds(100)};
  std::vector<std::shared_ptr<const compute::FunctionImage>> images;
  std::vector<compute::Invocation> invocations;
  std::vector<compute::ConcurrencyLimits> limits_given;
  std::vector<std::string> retired;
  compute::SnapshotOutcome snapshot_outcome;  // of all that are taken
  std::vector<std::shared_ptr<const compute::FunctionImage>> taken;
  std::vector<compute::SnapshotName> kept_snapshots;
  std::vector<std::string> dropped;
  mutable std::mutex mutex;
  std::vector<compute::ProvisionWish> wishes;  // the last ones
  compute::ProvisionState provision_state;     // of all that is wished for
};

class FakeLogs final : public logs::Port {
 public:
  bool append(const platform::Caller& writer, const logs::LogTarget& target,
              const std::vector<logs::Line>& lines) override {
    std::unique_lock lock(mutex);
    opened.wait(lock, [this] { return is_open; });
    writers.push_back(writer.arn);
    for (const logs::Line& line : lines) written.push_back(target.group + " " + line.message);
    return true;
  }
  void open(bool is) {
    const std::lock_guard lock(mutex);
    is_open = is;
    opened.notify_all();
  }
  std::mutex mutex;
  std::condition_variable opened;
  bool is_open = true;  // else writers wait
  std::vector<std::string> writers, written;
};

class FakeDispatcher final : public platform::Dispatcher {
 public:
  Task<Document> call(const platform::CallContext& context, std::string_view service,
                      std::string_view operation, Document input) override {
    callers.push_back(context.caller.arn);
    traces.push_back(context.trace_id);
    calls.push_back(std::string(service) + "." + std::string(operation));
    inputs.push_back(std::move(input));
    if (refusal) throw *refusal;
    co_return answer;
  }
  std::vector<std::string> callers, calls, traces;
  std::vector<Document> inputs;
  Document answer = Document::object();
  std::optional<model::ServiceError> refusal;
};

}  // namespace haneul::lambda::test
