// Measures the store on a real disk: durable commits per second by number of writers and value size, what
// waits cost, durable reads, and payload files. One JSON object per line.
//
//   store_bench DIRECTORY [SECONDS_PER_CASE]      the directory must not exist; it is removed afterwards
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "base/random.h"
#include "store/blob/blob_store.h"
#include "store/data_directory.h"
#include "store/db.h"
#include "store/rocks/rocks_engine.h"

namespace haneul::store {
namespace {

using SteadyClock = std::chrono::steady_clock;

struct Case {
  const char* name;
  int threads;
  size_t bytes;
  double seconds;
};

double since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

// Runs one operation per call in each thread until the time is over; prints the rate and the latencies.
void measure(const Case& what, const std::function<void(int thread, uint64_t round)>& operation) {
  std::vector<std::vector<double>> latencies(static_cast<size_t>(what.threads));
  std::vector<std::thread> threads;
  const auto start = SteadyClock::now();
  for (int t = 0; t < what.threads; ++t) {
    threads.emplace_back([&, t] {
      for (uint64_t round = 0; since(start) < what.seconds; ++round) {
        const auto begin = SteadyClock::now();
        operation(t, round);
        latencies[static_cast<size_t>(t)].push_back(since(begin));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double elapsed = since(start);
  std::vector<double> all;
  for (const auto& part : latencies) all.insert(all.end(), part.begin(), part.end());
  std::ranges::sort(all);
  const auto at = [&](double share) {
    return all[static_cast<size_t>(share * static_cast<double>(all.size() - 1))] * 1e6;
  };
  fmt::print(
      "{{\"bench\":\"{}\",\"threads\":{},\"bytes\":{},\"per_second\":{:.0f},\"p50_us\":{:.0f},\"p99_us\":{:."
      "0f}}}\n",
      what.name, what.threads, what.bytes, static_cast<double>(all.size()) / elapsed, at(0.5), at(0.99));
}

std::string noise(size_t bytes) { return SeededRandom(1).bytes(bytes); }

size_t resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return static_cast<size_t>(std::strtoul(line.c_str() + 6, nullptr, 10));
  }
  return 0;
}

Key key_of(int thread, uint64_t round) {
  return KeyWriter(Scope{static_cast<Shard>(thread * 61)}).text("bench").u64(round).key();
}

void measure_commits(Db& db, double seconds) {
  for (const size_t bytes : {size_t{256}, size_t{4096}}) {
    const std::string value = noise(bytes);
    for (const int threads : {1, 16, 32, 64}) {
      measure({"durable_commit", threads, bytes, seconds}, [&](int thread, uint64_t round) {
        CommitTracker tracker;
        const Key key = key_of(thread, round % 5000);
        db.write(Scope{key.shard}, [&](Tx& tx) { tx.put(key, value); });
        db.wait_durable_blocking(tracker.seq());
      });
    }
  }
  const std::string value = noise(256);
  measure({"ordered_commit", 4, 256, seconds}, [&](int thread, uint64_t round) {
    const Key key = key_of(thread, round % 5000);
    db.write(Scope{key.shard}, [&](Tx& tx) { tx.put(key, value); });
  });
  measure({"durable_get", 4, 4096, seconds}, [&](int thread, uint64_t round) {
    db.read([&](ReadTx& tx) { return tx.get(key_of(thread, round % 5000)); });
  });
}

void measure_blobs(BlobStore& blobs, double seconds) {
  for (const size_t bytes : {size_t{64} << 10, size_t{8} << 20}) {
    const std::string payload = noise(bytes);
    for (const int threads : {1, 16}) {
      measure({"durable_blob", threads, bytes, seconds}, [&](int, uint64_t) {
        BlobWriter writer = blobs.create(bytes);
        writer.append(payload);
        writer.finish_blocking();
        blobs.del(writer.id());
      });
    }
  }
}

void run(const std::filesystem::path& path, double seconds) {
  const DataDirectory directory(path);
  SpaceGuard space(directory.path());
  Db db(open_rocks_engine(directory.db(), space));
  fmt::print("{{\"bench\":\"idle_resident\",\"kib\":{}}}\n", resident_kib());
  measure_commits(db, seconds);
  BlockingPool pool(4);
  SystemRandom random;
  BlobStore blobs(directory.blobs(), pool, random, space);
  measure_blobs(blobs, seconds);
  fmt::print("{{\"bench\":\"loaded_resident\",\"kib\":{}}}\n", resident_kib());
}

}  // namespace
}  // namespace haneul::store

int main(int argc, char** argv) {
  if (argc < 2 || std::filesystem::exists(argv[1])) {
    fmt::print(stderr, "usage: store_bench NEW_DIRECTORY [SECONDS_PER_CASE]\n");
    return 2;
  }
  haneul::store::run(argv[1], argc > 2 ? std::atof(argv[2]) : 2.0);
  std::filesystem::remove_all(argv[1]);
  return 0;
}
