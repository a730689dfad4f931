// The bridge from Asio's completion handlers to haneul::Task. Includes no Asio header: the initiating call
// stands at the place of use, which includes what it needs.
//
//   auto [error, count] = co_await await_asio<boost::system::error_code, size_t>(
//       [&](auto handler) { socket.async_read_some(buffer, std::move(handler)); });
//
// Thread rule: the operation's io_context is the one whose thread awaits (a request stays on one loop), so
// the coroutine resumes where it was. Whoever owns the socket or timer cancels it to wake the waiter early;
// the awaiting frame must outlive the operation.
#pragma once

#include <coroutine>
#include <tuple>
#include <utility>

namespace haneul {

template <class Start, class... Results>
class AsioAwaiter {
 public:
  explicit AsioAwaiter(Start start) : start_(std::move(start)) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> caller) {
    start_([this, caller](Results... results) {
      results_ = std::tuple<Results...>(std::move(results)...);
      caller.resume();
    });
  }
  auto await_resume() {
    if constexpr (sizeof...(Results) == 0) {
      return;
    } else if constexpr (sizeof...(Results) == 1) {
      return std::get<0>(std::move(results_));
    } else {
      return std::move(results_);
    }
  }

 private:
  Start start_;
  std::tuple<Results...> results_;
};

// Results are the handler's parameter types; one alone is returned as itself, several as a tuple.
template <class... Results, class Start>
AsioAwaiter<Start, Results...> await_asio(Start start) {
  return AsioAwaiter<Start, Results...>(std::move(start));
}

}  // namespace haneul
