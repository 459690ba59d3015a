// A pool of threads.
#include <thread>
#include <vector>

#define POOL_API __attribute__((visibility("default")))

namespace work::threads {

constexpr int kLimit = 64;

using Task = std::function<void()>;

/// Runs tasks.
template <typename T>
class Pool : public Base {
 public:
  explicit Pool(int size) : size_(size) {
    workers_.reserve(size);
    started_ = true;
  }

  virtual ~Pool();

  /** Adds a task. */
  void submit(Task task) {
    std::lock_guard<std::mutex> lock(mutex_);
    queue_.push_back(std::move(task));
  }

  bool operator==(const Pool& other) const { return size_ == other.size_; }

 private:
  int size_;
};

struct Options {
  int size = 4;
  bool pinned = false;
};

enum class Priority { low, high };

template <typename T>
Pool<T>::~Pool() {
  for (auto& worker : workers_) {
    worker.join();
  }
}

// Waits until nothing is left.
void Queue::drain(std::chrono::milliseconds timeout) {
  auto end = std::chrono::steady_clock::now() + timeout;
  while (!empty() && std::chrono::steady_clock::now() < end) {
    std::this_thread::yield();
  }
}

std::ostream& operator<<(std::ostream& out, const Options& options) {
  out << options.size;
  return out;
}

template <typename T>
T&& Queue::pop() && {
  T value = take();
  size_ -= 1;
  return std::move(value);
}

}  // namespace work::threads
