// Mappings: carries out what is asked of event source mappings. A change is a row in a transitional state and
// a job, written together; the job ends the poller of what was, begins one for what is, and puts the mapping
// to rest: Enabled, Disabled, or gone. At a start every enabled mapping gets its poller.
// Invariant: at most one poller per mapping runs, and only one of the mapping's newest generation writes.
// Thread rule: changed() in transactions, the rest as said.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "platform/event_sources.h"
#include "services/lambda/mappings/poller.h"

namespace haneul::lambda {

class Mappings {
 public:
  Mappings(Core& core, const platform::EventSources& sources) : core_(core), sources_(sources) {}
  const platform::EventSources& sources() const { return sources_; }

  void register_jobs();  // before Jobs::start
  // Before Jobs::start: pollers of what is enabled. `next_executor` names where the next one runs.
  void start(std::function<Executor&()> next_executor);
  Task<void> stop(Milliseconds patience);
  // The record was put with a new generation: its job.
  void changed(store::Tx& tx, const MappingRecord& record);

 private:
  Task<platform::JobOutcome> carry_out(const platform::Job& job);
  Task<bool> end_poller(const std::string& uuid);
  void begin_poller(const MappingRecord& record);
  void settle(const MappingRecord& record);
  void remove(const MappingRecord& record);

  Core& core_;
  const platform::EventSources& sources_;
  std::function<Executor&()> next_executor_;
  std::mutex mutex_;
  bool stopping_ = false;
  std::map<std::string, std::shared_ptr<Poller>> pollers_;
};

std::optional<MappingRecord> find_mapping(store::Reader& tx, const Place& place, std::string_view uuid);
void put_mapping(store::Tx& tx, const MappingRecord& record);

}  // namespace haneul::lambda
