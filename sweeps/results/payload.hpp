// Writing and reading a file item by item, with one checksum over all of them.
#pragma once

#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sweeps/results/checksum.hpp"
#include "sweeps/results/h5.hpp"

namespace overtake {

inline constexpr const char* checksum_attribute = "payload_sha256";

/// Writes datasets and root attributes and adds each to the checksum; seal() stores it. The reader must ask in the same
/// order.
class PayloadWriter {
  public:
    explicit PayloadWriter(const h5::Handle& file) : file_(file) {}

    template <h5::Number T>
    void write(const std::string& path, const std::vector<T>& data, h5::Extents extents = {}) {
        if (extents.empty()) {
            extents = {data.size()};
        }
        checksum_.add(path, std::as_bytes(std::span(data)));
        h5::write_raw(file_, path, h5::type_of<T>(), sizeof(T), extents, data.data());
    }
    /// One column of fixed-length text, as wide as its longest entry (at least 2 bytes: netCDF takes width 1 for a
    /// char).
    void write_text(const std::string& path, const std::vector<std::string>& column);
    /// Long text as bytes.
    void write_bytes(const std::string& path, std::string_view text);

    void attribute(const std::string& name, std::string_view value);
    void attribute(const std::string& name, std::int64_t value);
    void attribute(const std::string& name, double value);
    void seal();

  private:
    const h5::Handle& file_;
    Checksum checksum_;
};

/// Reads the same items in the same order; verify() throws IoError if the checksum differs.
class PayloadReader {
  public:
    explicit PayloadReader(const h5::Handle& file) : file_(file) {}

    template <h5::Number T>
    std::vector<T> read(const std::string& path) {
        std::vector<T> data = h5::read_vector<T>(file_, path);
        checksum_.add(path, std::as_bytes(std::span(data)));
        return data;
    }
    std::vector<std::string> read_text(const std::string& path);
    std::string read_bytes(const std::string& path);

    std::string text_attribute(const std::string& name);
    std::int64_t integer_attribute(const std::string& name);
    double number_attribute(const std::string& name);
    void verify();

  private:
    const h5::Handle& file_;
    Checksum checksum_;
};

}  // namespace overtake
