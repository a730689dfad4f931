// haneul_load: the load generator of bench/run. Prints one JSON line: requests, errors, seconds, requests and
// bytes per second, and the times of a request in microseconds (p50, p99, max).
//
// The operation "first" begins before the server does: it tries until a signed GetCallerIdentity is answered
// and prints the wall clock, in microseconds, of that moment.

#include <algorithm>
#include <exception>
#include <iostream>
#include <system_error>
#include <thread>

#include <fmt/format.h>

#include "base/json.h"
#include "worker.h"

namespace {

using namespace haneul;
using namespace haneul::load;

constexpr size_t kThreadsMax = 2;  // the server under load needs cores too

double percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[std::min(sorted.size() - 1, static_cast<size_t>(share * static_cast<double>(sorted.size())))];
}

Figures merge(std::vector<std::unique_ptr<Worker>>& workers) {
  Figures all;
  for (auto& worker : workers) {
    Figures& part = worker->figures();
    all.microseconds.insert(all.microseconds.end(), part.microseconds.begin(), part.microseconds.end());
    all.bytes += part.bytes;
    all.errors += part.errors;
    if (all.first_error.empty()) all.first_error = part.first_error;
  }
  std::ranges::sort(all.microseconds);
  return all;
}

Figures run_load(const Options& options, double& seconds) {
  std::atomic<uint64_t> numbers = 0;
  std::vector<std::unique_ptr<Worker>> workers;
  const size_t threads = std::min(kThreadsMax, options.connections);
  for (size_t i = 0; i < threads; ++i) {
    const size_t share = options.connections / threads + (i < options.connections % threads ? 1 : 0);
    workers.push_back(std::make_unique<Worker>(options, numbers, share));
  }
  const auto began = SteadyClock::now();
  const auto length = std::chrono::duration<double>(options.seconds);
  const auto until = began + std::chrono::duration_cast<SteadyClock::duration>(length);
  std::vector<std::exception_ptr> failures(threads);
  {
    std::vector<std::jthread> running;
    for (size_t i = 0; i < threads; ++i) {
      running.emplace_back([&, i] {
        try {
          workers[i]->run(until);
        } catch (...) {
          failures[i] = std::current_exception();
        }
      });
    }
  }
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
  seconds = std::chrono::duration<double>(SteadyClock::now() - began).count();
  return merge(workers);
}

void print(const Figures& figures, double seconds) {
  const auto count = static_cast<double>(figures.microseconds.size());
  Document line = Document::Object{{"requests", static_cast<int64_t>(figures.microseconds.size())},
                                   {"errors", static_cast<int64_t>(figures.errors)},
                                   {"seconds", seconds},
                                   {"requests_per_second", count / seconds},
                                   {"bytes_per_second", static_cast<double>(figures.bytes) / seconds},
                                   {"p50_us", percentile(figures.microseconds, 0.5)},
                                   {"p99_us", percentile(figures.microseconds, 0.99)},
                                   {"max_us", percentile(figures.microseconds, 1)}};
  if (!figures.first_error.empty()) line.set("first_error", figures.first_error);
  std::cout << write_json(line) << "\n";
}

int wait_for_first_answer(const Options& options) {
  const auto until = SteadyClock::now() + std::chrono::duration<double>(options.seconds);
  std::atomic<uint64_t> numbers = 0;
  Options one = options;
  one.requests_max = 1;
  while (SteadyClock::now() < until) {
    try {
      numbers = 0;
      Worker worker(one, numbers, 1);
      worker.run(SteadyClock::now() + std::chrono::seconds(5));
      const auto now = std::chrono::system_clock::now().time_since_epoch();
      if (worker.figures().errors > 0) throw std::runtime_error(worker.figures().first_error);
      std::cout << std::chrono::duration_cast<std::chrono::microseconds>(now).count() << "\n";
      return 0;
    } catch (const std::system_error&) {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  }
  throw std::runtime_error("no answer in time");
}

}  // namespace

int main(int count, char** arguments) {
  try {
    const Options options = read_options(count, arguments);
    if (options.operation == "first") return wait_for_first_answer(options);
    double seconds = 0;
    const Figures figures = run_load(options, seconds);
    print(figures, seconds);
    return figures.errors == 0 ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "haneul_load: " << error.what() << "\n";
    return 2;
  }
}
