// RuntimeApi: serves one environment's Runtime API on a listener that the launcher made inside the
// environment. A tiny HTTP/1.1 server: keep-alive, pipelining, bounded heads, bodies and connections. The
// peer is hostile code.
//
// Thread rule: created, used and closed on the loop's thread; observers are called there.
#pragma once

#include <memory>

#include "base/fd.h"
#include "base/task/loops.h"
#include "compute/runtime_session.h"

namespace haneul::compute {

class RuntimeApi {
 public:
  RuntimeApi(Loop& loop, Fd listener, RuntimeSession& session);
  ~RuntimeApi();  // closes everything; the session is not called again

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace haneul::compute
