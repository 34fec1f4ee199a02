// Every way in which a results file breaks FORMAT.md: its structure, its descriptions, then its values.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>

#include "sweeps/results/in_child.hpp"
#include "sweeps/results/payload.hpp"
#include "sweeps/results/results_file.hpp"
#include "sweeps/results/results_structure.hpp"
#include "sweeps/results/schema.hpp"
#include "sweeps/results/status_names.hpp"

namespace overtake {

namespace {

/// Columns of a structurally sound file, read on demand.
class Values {
  public:
    Values(const h5::Handle& file, std::vector<std::string>& breaches) : file_(file), breaches_(breaches) {}

    std::vector<std::int64_t> integers(std::string_view path) const {
        return h5::read_vector<std::int64_t>(file_, std::string(path));
    }
    std::vector<std::string> text(const std::string& path) const { return PayloadReader(file_).read_text(path); }
    void breach(const std::string& what) { breaches_.push_back(what); }
    const h5::Handle& file() const { return file_; }

  private:
    const h5::Handle& file_;
    std::vector<std::string>& breaches_;
};

void check_ragged(Values& values, const RaggedArray& ragged) {
    std::int64_t sum = 0;
    for (const std::int64_t size : values.integers(ragged.row_size)) {
        if (size < 0) {
            values.breach("'" + std::string(ragged.row_size) + "' has a negative entry");
            return;
        }
        sum += size;
    }
    const std::uint64_t samples = h5::open_dataset(values.file(), std::string(ragged.samples)).info.elements();
    if (static_cast<std::uint64_t>(sum) != samples) {
        values.breach("'" + std::string(ragged.row_size) + "' adds up to " + std::to_string(sum) + ", not to the " +
                      std::to_string(samples) + " entries of '" + std::string(ragged.samples) + "'");
    }
}

template <h5::Number T>
void check_finite(Values& values, const Column& column) {
    const std::vector<T> data = h5::read_vector<T>(values.file(), std::string(column.path));
    for (std::size_t i = 0; i < data.size(); ++i) {
        // A diverged loss may be infinite; where there can be no number at all, NaN says so.
        if (!std::isfinite(data[i]) && !column.may_be_nan) {
            values.breach("'" + std::string(column.path) + "' is not finite at entry " + std::to_string(i));
            return;
        }
    }
}

void check_ids(Values& values, const std::string& path, std::size_t digits) {
    std::set<std::string> seen;
    for (const std::string& id : values.text(path)) {
        const bool is_hex = id.size() == digits && id.find_first_not_of("0123456789abcdef") == std::string::npos;
        if (!is_hex) {
            values.breach("'" + path + "' has '" + id + "' (an id has " + std::to_string(digits) + " hex digits)");
        }
        if (!seen.insert(id).second) {
            values.breach("'" + path + "' has '" + id + "' more than once");
        }
    }
}

/// Every entry is one of the words that `find` knows.
template <typename Find>
void check_words(Values& values, const std::string& path, Find&& find) {
    for (const std::string& word : values.text(path)) {
        if (!find(word)) {
            values.breach("'" + path + "' has '" + word + "', which is no word for it");
        }
    }
}

void check_indices(Values& values, const std::string& path, std::int64_t smallest, std::uint64_t end) {
    for (const std::int64_t index : values.integers(path)) {
        if (index < smallest || index >= static_cast<std::int64_t>(end)) {
            values.breach("'" + path + "' has " + std::to_string(index) + ", which names nothing");
            return;
        }
    }
}

void check_paths(Values& values) {
    const std::vector<std::string> stages = values.text("/stages/id"), ids = values.text("/paths/stage_id");
    const std::vector<std::int64_t> indices = values.integers("/paths/stage");
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const auto found = std::find(stages.begin(), stages.end(), ids[i]);
        const std::int64_t expected = found == stages.end() ? -1 : found - stages.begin();
        if (indices[i] != expected) {
            values.breach("'/paths/stage' says " + std::to_string(indices[i]) + " for stage '" + ids[i] + "', not " +
                          std::to_string(expected));
            return;
        }
    }
}

/// Steps rise within each curve.
void check_steps(Values& values) {
    const std::vector<std::int64_t> steps = values.integers("/curves/step");
    std::size_t begin = 0;
    for (const std::int64_t size : values.integers("/curves/row_size")) {
        const auto row = std::span(steps).subspan(begin, static_cast<std::size_t>(size));
        if (std::ranges::adjacent_find(row, std::ranges::greater_equal()) != row.end()) {
            values.breach("'/curves/step' does not rise within the curve that begins at point " +
                          std::to_string(begin));
            return;
        }
        begin += static_cast<std::size_t>(size);
    }
}

/// The matrices of /trials repeat what the evaluations of each trial's last stage say.
void check_matrix(Values& values, const std::string& name) {
    const std::vector<std::int64_t> lengths = values.integers("/trials/context_length");
    const std::vector<std::int64_t> path_sizes = values.integers("/paths/row_size"),
                                    path_stages = values.integers("/paths/stage");
    const std::vector<std::int64_t> owners = values.integers("/evaluations/stage"),
                                    evaluated = values.integers("/evaluations/context_length");
    const std::vector<double> losses = h5::read_vector<double>(values.file(), "/evaluations/" + name);
    const std::vector<double> matrix = h5::read_vector<double>(values.file(), "/trials/" + name);
    std::map<std::pair<std::int64_t, std::int64_t>, double> by_stage_and_length;
    for (std::size_t i = 0; i < owners.size(); ++i) {
        by_stage_and_length[{owners[i], evaluated[i]}] = losses[i];
    }
    std::size_t end = 0;
    for (std::size_t trial = 0; trial < path_sizes.size(); ++trial) {
        end += static_cast<std::size_t>(path_sizes[trial]);
        const std::int64_t last = path_sizes[trial] == 0 ? -1 : path_stages[end - 1];
        for (std::size_t j = 0; j < lengths.size(); ++j) {
            const double held = matrix[trial * lengths.size() + j];
            const auto found = by_stage_and_length.find({last, lengths[j]});
            const bool agrees = found == by_stage_and_length.end()
                                    ? std::isnan(held)
                                    : std::memcmp(&found->second, &held, sizeof held) == 0;
            if (!agrees) {
                values.breach("'/trials/" + name + "' disagrees with /evaluations for trial " + std::to_string(trial) +
                              " at context length " + std::to_string(lengths[j]));
                return;
            }
        }
    }
}

/// Depths are shares; lags are at least 0 or absent.
void check_tasks(Values& values) {
    for (const double depth : h5::read_vector<double>(values.file(), "/tasks/depth")) {
        if (depth < 0 || depth > 1) {
            values.breach("'/tasks/depth' has " + std::to_string(depth) + ", which is no share");
            return;
        }
    }
    for (const std::int64_t lag : values.integers("/tasks/lag")) {
        if (lag < -1) {
            values.breach("'/tasks/lag' has " + std::to_string(lag) + ", which is no lag");
            return;
        }
    }
}

void check_values(const h5::Handle& file, std::vector<std::string>& breaches) {
    Values values(file, breaches);
    for (const Column& column : results_columns()) {
        if (column.type == h5::Type::float64) {
            check_finite<double>(values, column);
        } else if (column.type == h5::Type::float32) {
            check_finite<float>(values, column);
        }
    }
    check_ids(values, "/trials/id", 16);
    check_ids(values, "/stages/id", 16);
    check_words(values, "/trials/status", find_trial_status);
    check_words(values, "/trials/tuning", [](std::string_view word) { return word == "none" || word == "tuned" || word == "untuned"; });
    check_words(values, "/stages/status", find_stage_status);
    check_words(values, "/stages/kind",
                [](std::string_view word) {
                    return word == "train" || word == "cooldown" || word == "search" || word == "extend" || word == "evaluate";
                });
    const std::vector<std::int64_t> lengths = values.integers("/trials/context_length");
    if (std::ranges::adjacent_find(lengths, std::ranges::greater_equal()) != lengths.end()) {
        breaches.push_back("'/trials/context_length' does not ascend");
    }
    check_indices(values, "/searches/stage", 0, h5::open_dataset(file, "/stages/id").info.elements());
    check_indices(values, "/structure/stage", 0, h5::open_dataset(file, "/stages/id").info.elements());
    check_indices(values, "/evaluations/stage", 0, h5::open_dataset(file, "/stages/id").info.elements());
    check_indices(values, "/tasks/stage", 0, h5::open_dataset(file, "/stages/id").info.elements());
    check_tasks(values);
    check_paths(values);
    const std::size_t before = breaches.size();
    for (const RaggedArray& ragged : results_ragged_arrays()) {
        check_ragged(values, ragged);
    }
    if (breaches.size() == before) {
        check_steps(values);
        for (const char* name : {"loss", "loss_beyond_train", "standard_error"}) {
            check_matrix(values, name);
        }
    }
}

/// Root attributes under the checksum, in its order, then the columns. Throws IoError if it doesn't hold.
void check_checksum(const h5::Handle& file) {
    PayloadReader payload(file);
    payload.text_attribute(format_attribute);
    payload.integer_attribute(version_attribute);
    payload.text_attribute("sweep_name");
    payload.text_attribute("program_version");
    payload.number_attribute("bytes_per_token");
    payload.text_attribute("analysis_baseline");
    payload.number_attribute("analysis_delta_nats");
    payload.integer_attribute("analysis_bootstraps");
    payload.integer_attribute("analysis_seed");
    payload.number_attribute("analysis_confidence");
    for (const Column& column : results_columns()) {
        const std::string path(column.path);
        switch (column.type) {
            case h5::Type::uint8:
                payload.read<std::uint8_t>(path);
                break;
            case h5::Type::int64:
                payload.read<std::int64_t>(path);
                break;
            case h5::Type::float32:
                payload.read<float>(path);
                break;
            case h5::Type::float64:
                payload.read<double>(path);
                break;
            default:
                payload.read_text(path);
        }
    }
    payload.verify();
}

std::vector<std::string> find_breaches(const std::filesystem::path& path) {
    const h5::Session session;
    const h5::Handle file = h5::open_file(path);
    try {
        expect_format(file, results_format);
    } catch (const IoError& error) {
        return {error.what()};  // what follows describes this format and version alone
    }
    std::vector<std::string> breaches;
    try {
        breaches = find_structure_breaches(file, path);
        if (breaches.empty()) {
            check_values(file, breaches);
            check_checksum(file);
        }
    } catch (const IoError& error) {
        breaches.emplace_back(error.what());
    }
    return breaches;
}

/// Apart from the rest: lists of dimensions lie in HDF5's global heap, which has no checksum and crashes the library
/// when damaged.
std::vector<std::string> find_lost_descriptions(const std::filesystem::path& path) {
    const h5::Session session;
    const h5::Handle file = h5::open_file(path);
    try {
        return find_description_breaches(file);
    } catch (const IoError& error) {
        return {error.what()};
    }
}

}  // namespace

std::vector<std::string> validate_results(const std::filesystem::path& path) {
    if (!std::filesystem::exists(path)) {
        throw IoError("cannot validate '" + path.string() + "' (there is no such file)");
    }
    const ChildLimits limits = limits_from(std::getenv("OVERTAKE_READ_SECONDS"), std::getenv("OVERTAKE_READ_GIB"), {.seconds = 300});
    try {
        std::vector<std::string> breaches = lines_from_child([&] { return find_breaches(path); }, limits);
        if (breaches.empty()) {
            breaches = lines_from_child([&] { return find_lost_descriptions(path); }, limits);
        }
        return breaches;
    } catch (const LimitError& error) {
        throw LimitError("cannot validate '" + path.string() + "': " + error.what());
    }
}

}  // namespace overtake
