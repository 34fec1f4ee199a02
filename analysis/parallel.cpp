// Independent pieces of work on a few threads.
#include "analysis/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace overtake {

void for_chunks(std::size_t count, int threads, const std::function<void(std::size_t, std::size_t)>& work) {
    constexpr std::size_t chunk = 32;
    std::size_t workers = threads < 1 ? std::max(1U, std::thread::hardware_concurrency()) : static_cast<std::size_t>(threads);
    workers = std::min(workers, (count + chunk - 1) / chunk);
    if (workers <= 1) {
        if (count > 0) {
            work(0, count);
        }
        return;
    }
    std::atomic<std::size_t> next{0};
    std::exception_ptr failure;
    std::mutex guard;
    auto loop = [&] {
        for (std::size_t begin = next.fetch_add(chunk); begin < count; begin = next.fetch_add(chunk)) {
            try {
                work(begin, std::min(begin + chunk, count));
            } catch (...) {
                std::scoped_lock lock(guard);
                failure = failure ? failure : std::current_exception();
                next = count;
            }
        }
    };
    std::vector<std::thread> pool;
    for (std::size_t i = 1; i < workers; ++i) {
        pool.emplace_back(loop);
    }
    loop();
    for (auto& thread : pool) {
        thread.join();
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
}

}  // namespace overtake
