// FunctionRunner: what runs invocations. The engine of compute/ in the product; tests put their own in its
// place. Thread rule: that of compute::Engine.
#pragma once

#include "compute/engine.h"

namespace haneul::lambda {

class FunctionRunner {
 public:
  virtual ~FunctionRunner() = default;
  virtual Task<compute::InvokeResult> invoke(std::shared_ptr<const compute::FunctionImage> image,
                                             compute::Invocation invocation,
                                             compute::ConcurrencyLimits limits, compute::LogSink& sink) = 0;
  virtual Task<compute::SnapshotOutcome> take_snapshot(std::shared_ptr<const compute::FunctionImage> image,
                                                       compute::LogSink& sink) = 0;
  virtual void drop_snapshots(std::string_view function_arn, std::string_view version) = 0;
  virtual std::vector<compute::SnapshotName> snapshots() const = 0;
  virtual void retire_function(std::string_view function_arn) = 0;
  virtual void provision(std::string_view function_arn, std::vector<compute::ProvisionWish> wishes,
                         compute::LogSink& sink) = 0;
  virtual compute::ProvisionState provisioned(const std::string& image_key) const = 0;
};

class EngineRunner final : public FunctionRunner {
 public:
  explicit EngineRunner(compute::Engine& engine) : engine_(engine) {}
  Task<compute::InvokeResult> invoke(std::shared_ptr<const compute::FunctionImage> image,
                                     compute::Invocation invocation, compute::ConcurrencyLimits limits,
                                     compute::LogSink& sink) override {
    return engine_.invoke(std::move(image), std::move(invocation), limits, sink);
  }
  Task<compute::SnapshotOutcome> take_snapshot(std::shared_ptr<const compute::FunctionImage> image,
                                               compute::LogSink& sink) override {
    return engine_.take_snapshot(std::move(image), sink);
  }
  void drop_snapshots(std::string_view function_arn, std::string_view version) override {
    engine_.drop_snapshots(function_arn, version);
  }
  std::vector<compute::SnapshotName> snapshots() const override { return engine_.snapshots(); }
  void retire_function(std::string_view function_arn) override { engine_.retire_function(function_arn); }
  void provision(std::string_view function_arn, std::vector<compute::ProvisionWish> wishes,
                 compute::LogSink& sink) override {
    engine_.provision(function_arn, std::move(wishes), sink);
  }
  compute::ProvisionState provisioned(const std::string& image_key) const override {
    return engine_.provisioned(image_key);
  }

 private:
  compute::Engine& engine_;
};

}  // namespace haneul::lambda
