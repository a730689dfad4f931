#include "sandbox/messages.h"

#include <cerrno>
#include <cstring>

#include <sys/socket.h>

#include "sandbox/wire.h"

namespace haneul::sandbox {
namespace {

bool has_spec(Request::Verb verb) {
  return verb == Request::Verb::kStart || verb == Request::Verb::kWait || verb == Request::Verb::kRun;
}

void put_mounts(WireWriter& out, const std::vector<Mount>& mounts) {
  out.put(static_cast<uint32_t>(mounts.size()));
  for (const Mount& mount : mounts) {
    out.put(mount.source);
    out.put(mount.target);
    out.put(mount.mode);
  }
}

void get_mounts(WireReader& in, std::vector<Mount>& mounts) {
  constexpr size_t kMountBytesMin = 9;
  mounts.resize(in.get_count(kMountBytesMin));
  for (Mount& mount : mounts) {
    in.get(mount.source);
    in.get(mount.target);
    in.get(mount.mode);
  }
}

void put_zygote(WireWriter& out, const std::optional<Zygote>& zygote) {
  out.put(zygote.has_value());
  if (!zygote) return;
  out.put(zygote->way);
  out.put(zygote->tenant);
  out.put(zygote->argv);
  out.put(zygote->environment);
  put_mounts(out, zygote->mounts);
}

void get_zygote(WireReader& in, std::optional<Zygote>& zygote) {
  bool present = false;
  in.get(present);
  if (!present) return;
  zygote.emplace();
  in.get(zygote->way);
  in.get(zygote->tenant);
  in.get(zygote->argv);
  in.get(zygote->environment);
  get_mounts(in, zygote->mounts);
}

void put_spec(WireWriter& out, const EnvironmentSpec& spec) {
  out.put(spec.life);
  out.put(spec.argv);
  out.put(spec.environment);
  out.put(spec.working_directory);
  out.put(spec.hostname);
  put_mounts(out, spec.mounts);
  out.put(static_cast<uint32_t>(spec.listeners.size()));
  for (const ListenSpec& listener : spec.listeners) {
    out.put(listener.protocol);
    out.put(listener.address);
    out.put(listener.port);
  }
  out.put(spec.memory_bytes);
  out.put(spec.tmp_bytes);
  out.put(spec.cpu_permille);
  out.put(spec.pids_max);
  out.put(spec.files_max);
  out.put(spec.guest);
  put_zygote(out, spec.zygote);
}

void get_spec(WireReader& in, EnvironmentSpec& spec) {
  constexpr size_t kListenerBytesMin = 7;
  in.get(spec.life);
  in.get(spec.argv);
  in.get(spec.environment);
  in.get(spec.working_directory);
  in.get(spec.hostname);
  get_mounts(in, spec.mounts);
  spec.listeners.resize(in.get_count(kListenerBytesMin));
  for (ListenSpec& listener : spec.listeners) {
    in.get(listener.protocol);
    in.get(listener.address);
    in.get(listener.port);
  }
  in.get(spec.memory_bytes);
  in.get(spec.tmp_bytes);
  in.get(spec.cpu_permille);
  in.get(spec.pids_max);
  in.get(spec.files_max);
  in.get(spec.guest);
  get_zygote(in, spec.zygote);
}

void put_unenforced(WireWriter& out, const std::vector<Unenforced>& all) {
  out.put(static_cast<uint32_t>(all.size()));
  for (const Unenforced& each : all) {
    out.put(each.word);
    out.put(each.what);
    out.put(each.why);
    out.put(each.is_accepted);
  }
}

std::vector<Unenforced> get_unenforced(WireReader& in) {
  constexpr size_t kBytesMin = 3 * sizeof(uint32_t) + 1;
  std::vector<Unenforced> all(in.get_count(kBytesMin));
  for (Unenforced& each : all) {
    in.get(each.word);
    in.get(each.what);
    in.get(each.why);
    in.get(each.is_accepted);
  }
  return all;
}

}  // namespace

std::string key_of(const Zygote& zygote) {
  WireWriter out;
  put_zygote(out, zygote);
  return out.bytes();
}

std::string encode(const Request& request) {
  WireWriter out;
  out.put(request.serial);
  out.put(request.verb);
  out.put(request.id);
  out.put(request.signal_number);
  out.put(request.program);
  if (has_spec(request.verb)) put_spec(out, request.spec);
  return out.bytes();
}

Request decode_request(std::string_view bytes) {
  WireReader in(bytes);
  Request request;
  in.get(request.serial);
  in.get(request.verb);
  in.get(request.id);
  in.get(request.signal_number);
  in.get(request.program);
  if (has_spec(request.verb)) get_spec(in, request.spec);
  in.expect_end();
  return request;
}

std::string encode(const Reply& reply) {
  WireWriter out;
  out.put(reply.serial);
  out.put(reply.kind);
  out.put(reply.id);
  out.put(reply.pid);
  out.put(reply.program);
  out.put(reply.origin);
  out.put(reply.error);
  out.put(reply.message);
  out.put(reply.status.exit_code);
  out.put(reply.status.signal);
  out.put(reply.status.oom_killed);
  out.put(reply.status.usage.memory_peak_bytes);
  out.put(reply.status.usage.memory_bytes);
  out.put(reply.status.usage.cpu_nanoseconds);
  if (reply.kind == Reply::Kind::kHello) {
    out.put(reply.capabilities.missing);
    out.put(reply.capabilities.notes);
    out.put(reply.capabilities.cgroups);
    out.put(reply.capabilities.landlock_abi);
    put_unenforced(out, reply.capabilities.unenforced);
  }
  return out.bytes();
}

Reply decode_reply(std::string_view bytes) {
  WireReader in(bytes);
  Reply reply;
  in.get(reply.serial);
  in.get(reply.kind);
  in.get(reply.id);
  in.get(reply.pid);
  in.get(reply.program);
  in.get(reply.origin);
  in.get(reply.error);
  in.get(reply.message);
  in.get(reply.status.exit_code);
  in.get(reply.status.signal);
  in.get(reply.status.oom_killed);
  in.get(reply.status.usage.memory_peak_bytes);
  in.get(reply.status.usage.memory_bytes);
  in.get(reply.status.usage.cpu_nanoseconds);
  if (reply.kind == Reply::Kind::kHello) {
    in.get(reply.capabilities.missing);
    in.get(reply.capabilities.notes);
    in.get(reply.capabilities.cgroups);
    in.get(reply.capabilities.landlock_abi);
    reply.capabilities.unenforced = get_unenforced(in);
  }
  in.expect_end();
  return reply;
}

int send_message(int socket, const std::string& bytes, const std::vector<Fd>& fds) {
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(kPassedFdsMax * sizeof(int))] = {};
  if (!fds.empty()) {
    if (fds.size() > kPassedFdsMax) return EMSGSIZE;
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
    auto* out = reinterpret_cast<int*>(CMSG_DATA(header));
    for (const Fd& fd : fds) *out++ = fd.get();
  }
  ssize_t sent = 0;
  do sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? errno : 0;
}

bool receive_message(int socket, Received& out) {
  thread_local std::string buffer(kMessageBytesMax, '\0');
  iovec part{buffer.data(), buffer.size()};
  constexpr size_t kControlBytes = CMSG_SPACE(kPassedFdsMax * sizeof(int)) + CMSG_SPACE(sizeof(ucred));
  alignas(cmsghdr) char control[kControlBytes] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t count = 0;
  do count = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  while (count < 0 && errno == EINTR);
  if (count <= 0) {
    out.closed = count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
    return false;
  }
  out.bytes.assign(buffer.data(), static_cast<size_t>(count));
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET) continue;
    if (header->cmsg_type == SCM_RIGHTS) {
      const auto* fds = reinterpret_cast<const int*>(CMSG_DATA(header));
      const size_t n = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (size_t i = 0; i < n; ++i) out.fds.emplace_back(fds[i]);
    } else if (header->cmsg_type == SCM_CREDENTIALS) {
      ucred credentials{};
      std::memcpy(&credentials, CMSG_DATA(header), sizeof credentials);
      out.sender = credentials.pid;
    }
  }
  return true;
}

}  // namespace haneul::sandbox
