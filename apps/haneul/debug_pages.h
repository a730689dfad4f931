// The debug pages: health, metrics, effective configuration, requests in flight.
#pragma once

#include "serve.h"
#include "server/debug_listener.h"

namespace haneul::app {

class System;

class SystemPages final : public server::DebugPages {
 public:
  SystemPages(System& system, const ServeOptions& options) : system_(system), options_(options) {}
  Health health() override;
  std::string metrics() override;
  std::string config() override;
  std::string requests() override;

 private:
  System& system_;
  ServeOptions options_;
};

}  // namespace haneul::app
