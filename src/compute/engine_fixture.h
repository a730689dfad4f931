// Shared by the tests that run real functions in real sandboxes: one launcher for the program, an engine per
// test, and short ways to write a function and invoke it. Without privileges the tests skip with the
// launcher's own reason.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "compute/engine.h"
#include "compute/response_pipe.h"

namespace haneul::compute::test {

class RecordingSink : public LogSink {
 public:
  void append(const LogOrigin& origin, Timestamp, std::string_view event) override {
    const std::lock_guard lock(mutex_);
    streams_.insert_or_assign(origin.stream, origin.group);
    events_.emplace_back(event);
    grown_.notify_all();
  }
  // Waits until the log has the text, at most 20 seconds.
  void wait_for(std::string_view text) const;
  std::vector<std::string> events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  std::string text() const;
  size_t stream_count() const {
    const std::lock_guard lock(mutex_);
    return streams_.size();
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable grown_;
  std::vector<std::string> events_;
  std::map<std::string, std::string> streams_;
};

using Files = std::map<std::string, std::string>;

class EngineTest : public ::testing::Test {
 public:
  // What came out of an invocation whose caller takes streams.
  struct Streamed {
    InvokeResult result;
    bool was_streamed = false;
    std::string content_type;
    std::string bytes;
    std::vector<size_t> pieces;  // sizes as they were read
  };

 protected:
  void SetUp() override;
  void TearDown() override;

  // Writes the files and describes a function made of them.
  std::shared_ptr<FunctionImage> function(const std::string& runtime, const std::string& handler,
                                          const Files& files);
  std::shared_ptr<FunctionImage> python(const std::string& code) {
    return function("python3.11", "app.handler", {{"app.py", code}});
  }
  std::shared_ptr<FunctionImage> node(const std::string& code) {
    return function("nodejs20.x", "index.handler", {{"index.js", code}});
  }
  InvokeResult invoke(std::shared_ptr<const FunctionImage> image, std::string payload = "{}",
                      ConcurrencyLimits limits = {});
  // `patience` passes between the beginning and the first read; `bytes_max` are read, the rest abandoned.
  Streamed stream(std::shared_ptr<const FunctionImage> image, std::string payload = "{}",
                  Milliseconds patience = {}, size_t bytes_max = SIZE_MAX);
  // Several at once; the results in order.
  std::vector<InvokeResult> invoke_all(const std::vector<std::shared_ptr<const FunctionImage>>& images,
                                       ConcurrencyLimits limits = {});
  static Loop& loop();
  void stop_engine();
  void restart_engine(EngineConfig config);
  EngineConfig default_config() const;
  std::string write_files(const Files& files);

  std::filesystem::path directory_;
  RecordingSink sink_;
  std::unique_ptr<Engine> engine_;
  EndpointDoor* door_ = nullptr;  // used from the next restart_engine on
  int next_request_ = 0;
};

bool can_isolate();

}  // namespace haneul::compute::test
