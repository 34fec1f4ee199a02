#include "sweeps/results/payload.hpp"

#include <algorithm>

namespace overtake {

namespace {
std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

template <typename T>
std::span<const std::byte> bytes_of_value(const T& value) {
    return std::as_bytes(std::span(&value, 1));
}
}  // namespace

void PayloadWriter::write_text(const std::string& path, const std::vector<std::string>& column) {
    std::size_t width = 2;
    for (const std::string& entry : column) {
        width = std::max(width, entry.size());
    }
    std::string packed(width * column.size(), '\0');
    for (std::size_t i = 0; i < column.size(); ++i) {
        column[i].copy(packed.data() + i * width, width);
    }
    checksum_.add(path, bytes_of(packed));
    h5::write_raw(file_, path, h5::Type::text, width, {column.size()}, packed.data());
}

void PayloadWriter::write_bytes(const std::string& path, std::string_view text) {
    write(path, std::vector<std::uint8_t>(text.begin(), text.end()));
}

void PayloadWriter::attribute(const std::string& name, std::string_view value) {
    checksum_.add(name, bytes_of(value));
    h5::write_attribute(file_, name, value);
}

void PayloadWriter::attribute(const std::string& name, std::int64_t value) {
    checksum_.add(name, bytes_of_value(value));
    h5::write_attribute(file_, name, value);
}

void PayloadWriter::attribute(const std::string& name, double value) {
    checksum_.add(name, bytes_of_value(value));
    h5::write_attribute(file_, name, value);
}

void PayloadWriter::seal() {
    h5::write_attribute(file_, checksum_attribute, checksum_.finish());
}

std::vector<std::string> PayloadReader::read_text(const std::string& path) {
    const h5::Dataset dataset = h5::open_dataset(file_, path);
    const h5::DatasetInfo& info = dataset.info;
    if (info.type != h5::Type::text) {
        throw Hdf5Error("cannot read '" + path + "' in '" + file_.name() + "': it holds " +
                        std::string(h5::name_of(info.type)) + ", not text");
    }
    std::string packed(info.allocated ? info.elements() * info.element_bytes : 0, '\0');
    h5::read_raw(dataset, packed.data());
    checksum_.add(path, bytes_of(packed));
    std::vector<std::string> column;
    for (std::size_t i = 0; i < info.elements(); ++i) {
        const std::string_view padded(packed.data() + i * info.element_bytes, info.element_bytes);
        column.emplace_back(padded.substr(0, padded.find('\0')));
    }
    return column;
}

std::string PayloadReader::read_bytes(const std::string& path) {
    const std::vector<std::uint8_t> bytes = read<std::uint8_t>(path);
    return {bytes.begin(), bytes.end()};
}

std::string PayloadReader::text_attribute(const std::string& name) {
    std::string value = h5::read_text_attribute(file_, name);
    checksum_.add(name, bytes_of(value));
    return value;
}

std::int64_t PayloadReader::integer_attribute(const std::string& name) {
    const std::int64_t value = h5::read_integer_attribute(file_, name);
    checksum_.add(name, bytes_of_value(value));
    return value;
}

double PayloadReader::number_attribute(const std::string& name) {
    const double value = h5::read_number_attribute(file_, name);
    checksum_.add(name, bytes_of_value(value));
    return value;
}

void PayloadReader::verify() {
    if (h5::read_text_attribute(file_, checksum_attribute) != checksum_.finish()) {
        throw IoError("'" + file_.name() + "' is damaged (its checksum doesn't hold)");
    }
}

}  // namespace overtake
