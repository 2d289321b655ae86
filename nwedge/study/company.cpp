#include "nwedge/study/company.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <stdexcept>
#include <thread>

#include "nwedge/core/error.hpp"
#include "nwedge/io/atomic_file.hpp"

namespace nwedge::study {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr auto kBetweenReports = std::chrono::milliseconds(500);  // of how far an errand is

/// Between looks for a message: the longer nothing happens, the rarer, since a look costs some tens of
/// microseconds that errands could use.
class Pause {
 public:
  /// `moved`: whether the last look found something.
  void after(bool moved) {
    if (moved) {
      length_ = kLeast;
      return;
    }
    std::this_thread::sleep_for(length_);
    length_ = std::min(2 * length_, kMost);
  }

 private:
  static constexpr auto kLeast = std::chrono::microseconds(100);
  static constexpr auto kMost = std::chrono::microseconds(20000);
  std::chrono::microseconds length_ = kLeast;
};

void send(Ranks& ranks, int to, const json& message) { ranks.send(to, json::to_cbor(message)); }

/// One thread that carries out one errand at a time, while another looks after messages.
class Hand {
 public:
  Hand() : thread_([this](const std::stop_token& stop) { work(stop); }) {}

  bool idle() const { return !busy_; }
  void take(std::function<Done()> errand) {
    const std::lock_guard lock(mutex_);
    busy_ = true;
    errand_ = std::move(errand);
    woken_.notify_one();
  }
  /// What the last errand gave, once; rethrows what it threw.
  std::optional<Done> finished() {
    const std::lock_guard lock(mutex_);
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
    std::optional<Done> done = std::exchange(done_, std::nullopt);
    if (done) busy_ = false;
    return done;
  }

 private:
  void work(const std::stop_token& stop) {
    while (true) {
      std::unique_lock lock(mutex_);
      if (!woken_.wait(lock, stop, [&] { return errand_ != nullptr; })) return;
      const std::function<Done()> errand = std::exchange(errand_, nullptr);
      lock.unlock();
      std::optional<Done> done;
      std::exception_ptr thrown;
      try {
        done = errand();
      } catch (...) {
        thrown = std::current_exception();
      }
      lock.lock();
      done_ = std::move(done);
      thrown_ = thrown;
    }
  }

  std::mutex mutex_;
  std::condition_variable_any woken_;
  std::function<Done()> errand_;
  std::optional<Done> done_;
  std::exception_ptr thrown_;
  std::atomic<bool> busy_ = false;
  std::jthread thread_;  // last: it uses the others
};

/// What an errand says of itself while it runs on its own thread.
class HandMonitor final : public Monitor {
 public:
  /// Asks the errand to stop at its next checkpoint.
  void stop() { stopping_ = true; }
  double fraction() const { return fraction_; }
  void begin() { fraction_ = 0; }
  std::vector<std::string> take_notes() {
    const std::lock_guard lock(mutex_);
    return std::exchange(notes_, {});
  }

 private:
  void do_checkpoint(double fraction) override {
    if (stopping_) throw Cancelled();
    fraction_ = fraction;
  }
  void do_note(std::string_view line) override {
    const std::lock_guard lock(mutex_);
    notes_.emplace_back(line);
  }

  std::atomic<bool> stopping_ = false;
  std::atomic<double> fraction_ = 0;
  std::mutex mutex_;
  std::vector<std::string> notes_;
};

/// Stops the errand before its thread is waited for.
struct StopAtEnd {
  HandMonitor& monitor;
  ~StopAtEnd() { monitor.stop(); }
};

json pack(const fs::path& folder, const std::vector<fs::path>& files) {
  json packed = json::array();
  std::error_code code;
  for (const fs::path& file : files)
    if (fs::is_regular_file(folder / file, code))  // a part that failed has left none
      packed.push_back({file.string(), json::binary(io::read_regular(folder / file))});
  return packed;
}

void unpack(const json& packed, const fs::path& folder) {
  for (const json& file : packed) {
    const auto& bytes = file.at(1).get_binary();
    const std::span<const std::uint8_t> part(bytes.data(), bytes.size());
    io::write_atomically(folder / file.at(0).get<std::string>(), std::span(&part, 1));
  }
}

json to_json(const Errand& errand) { return {errand.cell, errand.parts, errand.part}; }

Errand errand_of(const json& document) {
  return {document.at(0).get<std::size_t>(), document.at(1).get<std::size_t>(),
          document.at(2).get<std::size_t>()};
}

[[noreturn]] void throw_again(const json& message) {
  const auto text = message.at("what").get<std::string>();
  if (message.at("bug").get<bool>()) throw std::runtime_error(text);
  const std::size_t end = text.find("] ");
  if (text.empty() || text.front() != '[' || end == std::string::npos) throw Error("study", text);
  throw Error(text.substr(1, end - 1), text.substr(end + 2));
}

class Leader {
 public:
  Leader(const Company& company, const fs::path& folder, Worker& worker, const Errands& errands,
         Ledger& ledger, Monitor& monitor)
      : company_(company),
        folder_(folder),
        worker_(worker),
        errands_(errands),
        ledger_(ledger),
        monitor_(monitor),
        schedule_(errands.tasks, errands.finished),
        held_(static_cast<std::size_t>(company.ranks.count())),
        parts_done_(worker.cells().size()),
        begun_(worker.cells().size()) {}

  void lead(std::string_view text) {
    for (int rank = 1; rank < company_.ranks.count(); ++rank)
      send(company_.ranks, rank,
           {{"kind", "study"},
            {"text", text},
            {"file", company_.file},
            {"folder", folder_.string()},
            {"collect", company_.collect}});
    const StopAtEnd stop{hand_monitor_};
    Hand hand;  // its thread ends before the monitor that it reports to
    const StopAtEnd stop_first{hand_monitor_};
    Pause pause;
    while (!schedule_.done()) {
      monitor_.checkpoint(0);
      hand_out(hand);
      bool moved = false;
      if (const std::optional<Done> done = hand.finished()) {
        settle(0, *done);
        moved = true;
      }
      for (const std::string& line : hand_monitor_.take_notes()) note(0, line);
      if (held_[0] && !hand.idle()) advance(0, hand_monitor_.fraction());
      while (std::optional<Ranks::Message> message = company_.ranks.receive()) {
        handle(*message);
        moved = true;
      }
      pause.after(moved);
    }
  }

 private:
  /// Gives work to all that have none; this process comes last, as it has messages to look after too.
  void hand_out(Hand& hand) {
    for (std::size_t i = 1; i <= held_.size(); ++i) {
      const std::size_t rank = i % held_.size();
      if (held_[rank]) continue;
      const std::optional<std::size_t> index = schedule_.next();
      if (!index) return;
      held_[rank] = *index;
      const Errand& errand = errands_.list[*index];
      if (!begun_[errand.cell]) ledger_.begins(errand.cell);
      begun_[errand.cell] = 1;
      if (rank == 0) {
        hand_monitor_.begin();
        hand.take([this, errand] { return worker_.carry_out(errand, hand_monitor_); });
        continue;
      }
      json message = {{"kind", "errand"}, {"errand", to_json(errand)}};
      if (company_.collect) message["files"] = pack(folder_, worker_.files_before(errand));
      send(company_.ranks, static_cast<int>(rank), message);
    }
  }

  void handle(const Ranks::Message& received) {
    const auto rank = static_cast<std::size_t>(received.from);
    const json message = json::from_cbor(received.bytes);
    const auto kind = message.at("kind").get<std::string>();
    if (kind == "failed") throw_again(message);
    if (kind == "note") return note(rank, message.at("line").get<std::string>());
    if (kind == "progress") return advance(rank, message.at("fraction").get<double>());
    if (message.contains("files")) unpack(message.at("files"), folder_);
    settle(rank, {message.at("failure").get<Failure>(), message.at("reason").get<std::string>(),
                  message.at("bug").get<bool>(), message.at("seconds").get<double>()});
  }

  void settle(std::size_t rank, const Done& done) {
    const std::size_t index = *std::exchange(held_[rank], std::nullopt);
    const Errand& errand = errands_.list[index];
    schedule_.finish(index);
    if (errand.part != Errand::kWhole) {
      ++parts_done_[errand.cell];
      return ledger_.advances(errand.cell, share(errand.cell));
    }
    if (errand.parts > 1) worker_.parts().remove(worker_.cells()[errand.cell], errand.parts);
    ledger_.ends(errand.cell, done);
  }

  /// How much of a split cell its finished parts are.
  double share(std::size_t cell) const {
    return static_cast<double>(parts_done_[cell]) / (static_cast<double>(errands_.list[cell].parts) + 1);
  }
  void advance(std::size_t rank, double fraction) {
    if (!held_[rank]) return;
    const Errand& errand = errands_.list[*held_[rank]];
    if (errand.parts == 1) ledger_.advances(errand.cell, fraction);
  }
  void note(std::size_t rank, const std::string& line) {
    if (held_[rank])
      ledger_.notes(fmt::format("{}: {}", worker_.cells()[errands_.list[*held_[rank]].cell].id, line));
  }

  const Company& company_;
  const fs::path folder_;
  Worker& worker_;
  const Errands& errands_;
  Ledger& ledger_;
  Monitor& monitor_;
  Schedule schedule_;
  HandMonitor hand_monitor_;
  std::vector<std::optional<std::size_t>> held_;  // the errand of each rank
  std::vector<std::size_t> parts_done_;
  std::vector<char> begun_;
};

/// A folder of this process alone, for records that travel in messages.
class OwnFolder {
 public:
  OwnFolder() {
    std::string pattern = (fs::temp_directory_path() / "nwedge-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
      throw Error(pattern, "cannot be made: --collect needs a folder for temporary files (TMPDIR)");
    path_ = pattern;
  }
  ~OwnFolder() {
    std::error_code code;
    fs::remove_all(path_, code);
  }
  OwnFolder(const OwnFolder&) = delete;
  OwnFolder& operator=(const OwnFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// The next message, waiting for it.
json wait_for_message(Ranks& ranks, Monitor& monitor) {
  Pause pause;
  while (true) {
    if (const std::optional<Ranks::Message> message = ranks.receive()) return json::from_cbor(message->bytes);
    monitor.checkpoint(0);
    pause.after(false);
  }
}

class Servant {
 public:
  Servant(Ranks& ranks, Monitor& monitor, const json& order)
      : ranks_(ranks),
        monitor_(monitor),
        own_(order.at("collect").get<bool>() ? std::make_unique<OwnFolder>() : nullptr),
        folder_(own_ ? own_->path() : fs::path(order.at("folder").get<std::string>())),
        study_(parse_study(order.at("text").get<std::string>(), order.at("file").get<std::string>())),
        files_(folder_ / "digests.json"),
        worker_(study_, make_plan(study_, files_), files_, folder_) {}

  void serve() {
    const StopAtEnd stop{hand_monitor_};
    Hand hand;
    const StopAtEnd stop_first{hand_monitor_};
    Pause pause;
    while (true) {
      monitor_.checkpoint(0);
      bool moved = false;
      if (const std::optional<Done> done = hand.finished()) {
        report(*done);
        moved = true;
      }
      if (const std::optional<Ranks::Message> received = ranks_.receive()) {
        const json message = json::from_cbor(received->bytes);
        if (message.at("kind") == "end") return;
        begin(message, hand);
        moved = true;
      }
      if (!hand.idle()) say_how_far();
      pause.after(moved);
    }
  }

 private:
  void begin(const json& message, Hand& hand) {
    errand_ = errand_of(message.at("errand"));
    if (message.contains("files")) unpack(message.at("files"), folder_);
    hand_monitor_.begin();
    said_ = Clock::now();
    hand.take([this] { return worker_.carry_out(errand_, hand_monitor_); });
  }

  void report(const Done& done) {
    say_notes();
    json message = {{"kind", "done"},
                    {"failure", done.failure},
                    {"reason", done.reason},
                    {"bug", done.bug},
                    {"seconds", done.seconds}};
    if (own_) message["files"] = pack(folder_, worker_.files_after(errand_));
    send(ranks_, 0, message);
  }

  void say_notes() {
    for (const std::string& line : hand_monitor_.take_notes())
      send(ranks_, 0, {{"kind", "note"}, {"line", line}});
  }
  void say_how_far() {
    if (Clock::now() - said_ < kBetweenReports) return;
    said_ = Clock::now();
    say_notes();
    send(ranks_, 0, {{"kind", "progress"}, {"fraction", hand_monitor_.fraction()}});
  }

  Ranks& ranks_;
  Monitor& monitor_;
  const std::unique_ptr<const OwnFolder> own_;
  const fs::path folder_;
  const Study study_;
  FileDigests files_;
  Worker worker_;
  HandMonitor hand_monitor_;
  Errand errand_;
  Clock::time_point said_;
};

}  // namespace

void lead(const Company& company, std::string_view text, const fs::path& folder, Worker& worker,
          const Errands& errands, Ledger& ledger, Monitor& monitor) {
  Leader(company, folder, worker, errands, ledger, monitor).lead(text);
}

void serve(Ranks& ranks, Monitor& monitor) {
  json failed;
  try {
    const json order = wait_for_message(ranks, monitor);
    if (order.at("kind") == "end") return;
    return Servant(ranks, monitor, order).serve();
  } catch (const Cancelled&) {
    throw;
  } catch (const Error& error) {
    failed = {{"kind", "failed"}, {"what", error.what()}, {"bug", false}};
  } catch (const std::bad_alloc&) {
    failed = {
        {"kind", "failed"}, {"what", "[memory] not enough memory for so many processes"}, {"bug", false}};
  } catch (const std::exception& error) {
    failed = {{"kind", "failed"}, {"what", error.what()}, {"bug", true}};
  }
  send(ranks, 0, failed);
  while (wait_for_message(ranks, monitor).at("kind") != "end") {
  }
}

void dismiss(Ranks& ranks) {
  for (int rank = 1; rank < ranks.count(); ++rank) send(ranks, rank, {{"kind", "end"}});
}

}  // namespace nwedge::study
