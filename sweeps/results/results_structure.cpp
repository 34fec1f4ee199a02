#include "sweeps/results/results_structure.hpp"

#include <map>
#include <set>

#include "sweeps/results/schema.hpp"

namespace overtake {

namespace {

using Sizes = std::map<std::string_view, std::uint64_t>;

/// Walks the file without following anything out of it. Answers the hard-linked datasets.
std::set<std::string> check_links(const h5::Handle& file, std::vector<std::string>& breaches) {
    std::set<std::string> groups(results_groups().begin(), results_groups().end()), datasets, found;
    for (const Dimension& dimension : results_dimensions()) {
        datasets.emplace(dimension.path);
    }
    for (const Column& column : results_columns()) {
        datasets.emplace(column.path);
    }
    for (const h5::Link& link : h5::walk_links(file)) {
        const bool known_dataset = datasets.contains(link.path), known_group = groups.contains(link.path);
        if (!link.is_hard) {
            breaches.push_back("'" + link.path + "' is a soft or external link (only hard links are allowed)");
        } else if (!known_dataset && !known_group) {
            breaches.push_back("'" + link.path + "' is unknown (not in FORMAT.md)");
        } else if (known_dataset ? !link.is_dataset : !link.is_group) {
            breaches.push_back("'" + link.path + "' is not a " + (known_dataset ? "dataset" : "group"));
        } else {
            found.insert(link.path);
        }
    }
    for (const std::set<std::string>* wanted : {&groups, &datasets}) {
        for (const std::string& path : *wanted) {
            if (!found.contains(path)) {
                breaches.push_back("'" + path + "' is missing");
            }
        }
    }
    return found;
}

Sizes measure_dimensions(const h5::Handle& file, const std::set<std::string>& found,
                         std::vector<std::string>& breaches) {
    Sizes sizes;
    for (const Dimension& dimension : results_dimensions()) {
        const std::string path(dimension.path);
        if (found.contains(path)) {
            const h5::DatasetInfo info = h5::open_dataset(file, path).info;
            if (info.extents.size() == 1) {
                sizes[dimension.path] = info.extents.front();
            } else {
                breaches.push_back("dimension '" + path + "' has " + std::to_string(info.extents.size()) +
                                   " axes, not 1");
            }
        }
    }
    return sizes;
}

void check_column(const h5::Handle& file, const Column& column, const Sizes& sizes, std::uint64_t& bytes_left,
                  std::vector<std::string>& breaches) {
    const std::string path(column.path);
    const h5::Dataset dataset = h5::open_dataset(file, path);
    const h5::DatasetInfo& info = dataset.info;
    if (info.type != column.type) {
        breaches.push_back("'" + path + "' holds " + std::string(name_of(info.type)) + ", not " +
                           std::string(name_of(column.type)));
    }
    std::vector<std::string_view> along{column.dimension};
    if (!column.second_dimension.empty()) {
        along.push_back(column.second_dimension);
    }
    if (info.extents.size() != along.size()) {
        breaches.push_back("'" + path + "' has " + std::to_string(info.extents.size()) + " axes, not " +
                           std::to_string(along.size()));
        return;
    }
    for (std::size_t axis = 0; axis < along.size(); ++axis) {
        const auto size = sizes.find(along[axis]);
        if (size != sizes.end() && size->second != info.extents[axis]) {
            breaches.push_back("'" + path + "' has " + std::to_string(info.extents[axis]) + " entries along '" +
                               std::string(along[axis]) + "', which has " + std::to_string(size->second));
        }
    }
    if (!info.allocated || !h5::is_plain(dataset)) {
        breaches.push_back("'" + path +
                           "' is not a plain dataset (it is chunked, filtered, virtual, external or not allocated)");
    }
    // Divide rather than multiply: extents from a forged file can overflow.
    for (const std::uint64_t extent : info.extents) {
        if (extent == 0) {
            return;
        }
    }
    std::uint64_t room = bytes_left / info.element_bytes;
    for (const std::uint64_t extent : info.extents) {
        room /= extent;
    }
    if (room == 0) {
        breaches.push_back("'" + path + "' claims more bytes than the file has");
        return;
    }
    bytes_left -= info.elements() * info.element_bytes;
}

}  // namespace

std::vector<std::string> find_structure_breaches(const h5::Handle& file, const std::filesystem::path& path) {
    std::vector<std::string> breaches;
    const std::set<std::string> found = check_links(file, breaches);
    const Sizes sizes = measure_dimensions(file, found, breaches);
    std::uint64_t bytes_left = std::filesystem::file_size(path);
    for (const Column& column : results_columns()) {
        if (found.contains(std::string(column.path))) {
            check_column(file, column, sizes, bytes_left, breaches);
        }
    }
    return breaches;
}

std::vector<std::string> find_description_breaches(const h5::Handle& file) {
    std::vector<std::string> breaches;
    std::map<std::string_view, h5::Handle> dimensions;
    for (const Dimension& dimension : results_dimensions()) {
        dimensions.emplace(dimension.path, h5::open_object(file, std::string(dimension.path)));
    }
    const auto expect_text = [&](const h5::Handle& dataset, const std::string& name, std::string_view wanted) {
        const bool there = h5::has_attribute(dataset, name);
        if (wanted.empty() ? there : !there || h5::read_text_attribute(dataset, name) != wanted) {
            breaches.push_back("attribute '" + name + "' of '" + dataset.name() + "' is not '" + std::string(wanted) +
                               "'");
        }
    };
    const auto expect_dimension = [&](const h5::Handle& dataset, std::string_view dimension, unsigned axis) {
        if (!h5::has_dimension(dataset, dimensions.at(dimension), axis)) {
            breaches.push_back("axis " + std::to_string(axis) + " of '" + dataset.name() +
                               "' is not attached to dimension '" + std::string(dimension) + "'");
        }
    };
    for (const Column& column : results_columns()) {
        const h5::Handle dataset = h5::open_object(file, std::string(column.path));
        expect_text(dataset, "long_name", column.long_name);
        expect_text(dataset, "units", column.units);
        if (column.path != column.dimension) {
            expect_dimension(dataset, column.dimension, 0);
        }
        if (!column.second_dimension.empty()) {
            expect_dimension(dataset, column.second_dimension, 1);
        }
    }
    for (const RaggedArray& ragged : results_ragged_arrays()) {
        expect_text(h5::open_object(file, std::string(ragged.row_size)), "sample_dimension",
                    ragged.samples.substr(ragged.samples.rfind('/') + 1));
    }
    return breaches;
}

}  // namespace overtake
