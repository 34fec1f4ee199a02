// Bytes of the protocol: written and read field by field, little-endian, so that golden tests can pin them.
#include "cluster/schedule/messages.hpp"

#include <bit>
#include <type_traits>

namespace overtake {

namespace {

constexpr std::uint8_t protocol_version = 1;

enum class Kind : std::uint8_t { ready = 1, heartbeat = 2, ended = 3, assign = 16, stop_now = 17, leave = 18 };

class Writer {
  public:
    explicit Writer(Kind kind) {
        put(protocol_version);
        put(static_cast<std::uint8_t>(kind));
    }

    template <class Number>
    void put(Number number) {
        if constexpr (std::is_same_v<Number, double>) {
            put(std::bit_cast<std::uint64_t>(number));
        } else {
            auto bits = static_cast<std::uint64_t>(number);
            for (std::size_t i = 0; i < sizeof(Number); ++i, bits >>= 8) {
                data_.push_back(static_cast<std::byte>(bits & 0xff));
            }
        }
    }

    void put_text(const std::string& text) {
        put(static_cast<std::uint32_t>(text.size()));
        for (const char letter : text) {
            put(static_cast<std::uint8_t>(letter));
        }
    }

    std::vector<std::byte> take() { return std::move(data_); }

  private:
    std::vector<std::byte> data_;
};

/// Once a read runs past the end every later one answers zero, and `whole` says no.
class Reader {
  public:
    explicit Reader(std::span<const std::byte> data) : data_(data) {}

    template <class Number>
    Number get() {
        if constexpr (std::is_same_v<Number, double>) {
            return std::bit_cast<double>(get<std::uint64_t>());
        } else {
            if (data_.size() < sizeof(Number)) {
                short_ = true;
                data_ = {};
                return 0;
            }
            std::uint64_t bits = 0;
            for (std::size_t i = 0; i < sizeof(Number); ++i) {
                bits |= std::to_integer<std::uint64_t>(data_[i]) << (8 * i);
            }
            data_ = data_.subspan(sizeof(Number));
            return static_cast<Number>(bits);
        }
    }

    /// A count of things that take at least `bytes_each` of what is left; 0 and not whole if they can't be there.
    std::size_t get_count(std::size_t bytes_each) {
        const std::size_t count = get<std::uint32_t>();
        if (count > data_.size() / bytes_each) {
            short_ = true;
            return 0;
        }
        return count;
    }

    std::string get_text() {
        std::string text(get_count(1), '\0');
        for (char& letter : text) {
            letter = static_cast<char>(get<std::uint8_t>());
        }
        return text;
    }

    bool complete() const { return !short_; }
    bool at_end() const { return data_.empty(); }

  private:
    std::span<const std::byte> data_;
    bool short_ = false;
};

std::optional<Kind> read_head(Reader& reader) {
    const auto version = reader.get<std::uint8_t>();
    const auto kind = static_cast<Kind>(reader.get<std::uint8_t>());
    return version == protocol_version ? std::optional(kind) : std::nullopt;
}

std::vector<std::byte> bytes_of(const Ready&) { return Writer(Kind::ready).take(); }

std::vector<std::byte> bytes_of(const Heartbeat& message) {
    Writer writer(Kind::heartbeat);
    writer.put(message.stage);
    writer.put(message.step);
    writer.put(message.tokens_per_second);
    return writer.take();
}

std::vector<std::byte> bytes_of(const Ended& message) {
    Writer writer(Kind::ended);
    writer.put(message.stage);
    writer.put(message.attempt);
    writer.put(static_cast<std::uint8_t>(message.outcome));
    writer.put(message.step);
    writer.put(message.seconds);
    writer.put_text(message.reason);
    return writer.take();
}

std::vector<std::byte> bytes_of(const Assign& message) {
    Writer writer(Kind::assign);
    writer.put(message.stage);
    writer.put(message.attempt);
    writer.put(static_cast<std::uint32_t>(message.team.size()));
    for (const std::int32_t rank : message.team) {
        writer.put(rank);
    }
    return writer.take();
}

std::vector<std::byte> bytes_of(const StopNow&) { return Writer(Kind::stop_now).take(); }

std::vector<std::byte> bytes_of(const Leave&) { return Writer(Kind::leave).take(); }

template <class Message>
std::optional<Message> if_complete(const Reader& reader, Message message) {
    return reader.complete() ? std::optional(std::move(message)) : std::nullopt;
}

std::optional<ToCoordinator> read_ended(Reader& reader) {
    Ended message{};
    message.stage = reader.get<std::uint32_t>();
    message.attempt = reader.get<std::int64_t>();
    const auto outcome = reader.get<std::uint8_t>();
    message.outcome = static_cast<StageOutcome>(outcome);
    message.step = reader.get<std::int64_t>();
    message.seconds = reader.get<double>();
    message.reason = reader.get_text();
    if (outcome > static_cast<std::uint8_t>(StageOutcome::stopped)) {
        return std::nullopt;
    }
    return if_complete<ToCoordinator>(reader, std::move(message));
}

std::optional<ToCoordinator> read_to_coordinator(Reader& reader) {
    const std::optional<Kind> kind = read_head(reader);
    if (kind == Kind::ready) {
        return if_complete<ToCoordinator>(reader, Ready{});
    }
    if (kind == Kind::heartbeat) {
        Heartbeat message{};
        message.stage = reader.get<std::uint32_t>();
        message.step = reader.get<std::int64_t>();
        message.tokens_per_second = reader.get<double>();
        return if_complete<ToCoordinator>(reader, message);
    }
    return kind == Kind::ended ? read_ended(reader) : std::nullopt;
}

std::optional<ToWorker> read_to_worker(Reader& reader) {
    const std::optional<Kind> kind = read_head(reader);
    if (kind == Kind::assign) {
        Assign message{};
        message.stage = reader.get<std::uint32_t>();
        message.attempt = reader.get<std::int64_t>();
        message.team.resize(reader.get_count(sizeof(std::int32_t)));
        for (std::int32_t& rank : message.team) {
            rank = reader.get<std::int32_t>();
        }
        return if_complete<ToWorker>(reader, std::move(message));
    }
    if (kind == Kind::stop_now) {
        return if_complete<ToWorker>(reader, StopNow{});
    }
    return kind == Kind::leave ? if_complete<ToWorker>(reader, Leave{}) : std::nullopt;
}

/// Messages one behind the other; each says by its kind where it ends.
template <class Message>
std::optional<std::vector<Message>> read_all(std::span<const std::byte> data, std::optional<Message> (*read)(Reader&)) {
    std::vector<Message> messages;
    for (Reader reader(data); !reader.at_end();) {
        std::optional<Message> message = read(reader);
        if (!message) {
            return std::nullopt;
        }
        messages.push_back(std::move(*message));
    }
    return messages;
}

template <class Message>
std::optional<Message> only(std::optional<std::vector<Message>> messages) {
    return messages && messages->size() == 1 ? std::optional(std::move(messages->front())) : std::nullopt;
}

}  // namespace

std::vector<std::byte> encode(const ToCoordinator& message) {
    return std::visit([](const auto& kind) { return bytes_of(kind); }, message);
}

std::vector<std::byte> encode(const ToWorker& message) {
    return std::visit([](const auto& kind) { return bytes_of(kind); }, message);
}

std::optional<ToCoordinator> decode_to_coordinator(std::span<const std::byte> data) { return only(read_all(data, read_to_coordinator)); }

std::optional<ToWorker> decode_to_worker(std::span<const std::byte> data) { return only(read_all(data, read_to_worker)); }

std::optional<std::vector<ToCoordinator>> decode_all_to_coordinator(std::span<const std::byte> data) { return read_all(data, read_to_coordinator); }

std::optional<std::vector<ToWorker>> decode_all_to_worker(std::span<const std::byte> data) { return read_all(data, read_to_worker); }

}  // namespace overtake
