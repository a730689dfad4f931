// The network of an environment: a namespace with a loopback interface and nothing else - no route, no
// neighbour, no other device - and listening sockets made inside it whose only user is the server outside.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "sandbox/spec.h"

namespace haneul::sandbox {

// A fresh namespace with its loopback up. The calling process is single-threaded and returns to its own
// namespace.
Fd make_network_namespace();

// An unconnected, non-blocking TCP socket (IPv4) that can reach what listens inside the namespace, and
// nothing else wherever it is used.
Fd make_socket(const Fd& network_namespace);

// Makes the sockets inside the namespace, adding addresses outside 127.0.0.0/8 to the loopback.
std::vector<Fd> make_listeners(const Fd& network_namespace, const std::vector<ListenSpec>& specs);

}  // namespace haneul::sandbox
