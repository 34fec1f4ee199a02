#include "sweeps/results/state_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>
#include <vector>

#include "sweeps/results/curve_columns.hpp"
#include "sweeps/results/durable_file.hpp"
#include "sweeps/results/schema.hpp"
#include "sweeps/shared_folder.hpp"

namespace overtake {

namespace {

void fill(const h5::Handle& file, const StageState& state) {
    PayloadWriter payload(file);
    payload.attribute(format_attribute, state_format.name);
    payload.attribute(version_attribute, state_format.version);
    payload.attribute("stage_id", state.id);
    payload.attribute("step", state.step);
    payload.attribute("seconds", state.seconds);
    payload.attribute("attempts", state.attempts);
    h5::create_group(file, "parameters").close();
    payload.write_text("parameters/name", state.parameter_names);
    payload.write("parameters/offset", state.parameter_offsets);
    payload.write("weights", state.weights);
    payload.write("first_moment", state.first_moment);
    payload.write("second_moment", state.second_moment);
    h5::create_group(file, "curve").close();
    write_curve(payload, "curve", state.curve);
    h5::create_group(file, "search").close();
    write_individuals(payload, "search", state.individuals);
    payload.seal();
}

StageState load(const std::filesystem::path& path, std::string_view stage_id) {
    const h5::Session session;
    const h5::Handle file = h5::open_file(path);
    expect_format(file, state_format);
    PayloadReader payload(file);
    payload.text_attribute(format_attribute);
    const bool has_search = payload.integer_attribute(version_attribute) >= 2;
    StageState state;
    state.id = payload.text_attribute("stage_id");
    state.step = payload.integer_attribute("step");
    state.seconds = payload.number_attribute("seconds");
    state.attempts = payload.integer_attribute("attempts");
    state.parameter_names = payload.read_text("parameters/name");
    state.parameter_offsets = payload.read<std::int64_t>("parameters/offset");
    state.weights = payload.read<float>("weights");
    state.first_moment = payload.read<float>("first_moment");
    state.second_moment = payload.read<float>("second_moment");
    state.curve = read_curve(payload, "curve");
    if (has_search) {
        state.individuals = read_individuals(payload, "search");
    }
    payload.verify();
    if (state.id != stage_id) {
        throw IoError("'" + path.string() + "' is the state of stage " + state.id + ", not of " +
                      std::string(stage_id));
    }
    return state;
}

/// Puts a finished file in the place of state.h5. At every instant the old state.h5, the new one or a good
/// state.previous.h5 is there, even when the old state.h5 is damaged: it takes the older one's place last.
void rotate(DurableFile& written, const std::filesystem::path& newest, const std::filesystem::path& previous, const std::string& writer) {
    std::error_code problem;
    if (!std::filesystem::exists(newest, problem)) {
        written.publish();
        return;
    }
    const std::filesystem::path replaced = newest.string() + ".replaced" + writer;
    std::filesystem::remove(replaced, problem);
    std::filesystem::create_hard_link(newest, replaced, problem);
    const bool linked = !problem;
    const bool unknown_here = problem == std::errc::operation_not_permitted || problem == std::errc::operation_not_supported ||
                              problem == std::errc::function_not_supported || problem == std::errc::too_many_links;
    if (!linked && unknown_here) {
        // No hard links here: state.h5 is absent for a moment, and the reader takes state.previous.h5.
        std::filesystem::rename(newest, previous, problem);
    }
    if (problem) {
        throw IoError("cannot keep '" + newest.string() + "' as '" + previous.string() + "' (" + problem.message() + ")");
    }
    written.publish();
    if (linked) {
        std::filesystem::rename(replaced, previous, problem);  // if it fails, the one before stays: older, and as whole
        if (!writer.empty()) {
            std::filesystem::remove(replaced, problem);  // it stays if another writer made both names those of one file
        }
        fsync_path(newest.parent_path());
    }
}

bool can_be_read(const std::filesystem::path& path) {
    std::error_code problem;
    std::ifstream file(path, std::ios::binary);
    std::vector<char> block(1 << 20);
    while (file.read(block.data(), static_cast<std::streamsize>(block.size()))) {
    }
    return std::filesystem::is_regular_file(path, problem) && file.eof() && !file.bad();
}

bool is_from_a_newer_program(const std::filesystem::path& path) {
    try {
        const h5::Session session;
        return h5::read_integer_attribute(h5::open_file(path), version_attribute) > state_format.version;
    } catch (const IoError&) {
        return false;
    }
}

bool is_damaged(const std::filesystem::path& path, std::string_view stage_id) {
    try {
        load(path, stage_id);
        return false;
    } catch (const IoError&) {
        return can_be_read(path) && !is_from_a_newer_program(path);
    }
}

}  // namespace

void write_state(const SweepFolder& folder, const StageState& state) {
    DurableFile written(folder.state(state.id), writer_of(folder));
    {
        const h5::Session session;
        fill(written.file(), state);
    }
    written.finish();
    rotate(written, folder.state(state.id), folder.previous_state(state.id), writer_of(folder));
    if (!writer_of(folder).empty()) {
        remove_leftovers(folder.state(state.id));
    }
}

std::optional<LoadedState> read_state(const SweepFolder& folder, std::string_view stage_id) {
    const std::filesystem::path newest = folder.state(stage_id), previous = folder.previous_state(stage_id);
    const bool has_newest = std::filesystem::exists(newest), has_previous = std::filesystem::exists(previous);
    std::string damage;
    if (has_newest) {
        try {
            return LoadedState{load(newest, stage_id), ""};
        } catch (const IoError& error) {
            damage = error.what();
        }
    }
    if (has_previous) {
        try {
            LoadedState loaded{load(previous, stage_id), ""};
            const std::string why = has_newest
                                        ? "can't use the newest state of stage " + std::string(stage_id) + ": " + damage
                                        : "the newest state of stage " + std::string(stage_id) + " is missing";
            loaded.warning = why + "; going on from the one before, at step " + std::to_string(loaded.state.step);
            return loaded;
        } catch (const IoError&) {
            return std::nullopt;
        }
    }
    return std::nullopt;
}

std::optional<LoadedState> read_state_at(const SweepFolder& folder, std::string_view stage_id, std::int64_t step) {
    std::optional<LoadedState> newest = read_state(folder, stage_id);
    if (!newest || newest->state.step == step) {
        return newest;
    }
    try {
        LoadedState previous{load(folder.previous_state(stage_id), stage_id), ""};
        return previous.state.step == step ? std::optional(std::move(previous)) : std::nullopt;
    } catch (const IoError&) {
        return std::nullopt;
    }
}

bool has_end_state(const SweepFolder& folder, std::string_view stage_id, std::int64_t end_step, bool is_search) {
    for (const std::filesystem::path& path : {folder.state(stage_id), folder.previous_state(stage_id)}) {
        try {
            if (std::error_code problem; !std::filesystem::exists(path, problem)) {
                continue;
            }
            const h5::Session session;
            const h5::Handle file = h5::open_file(path);
            if (h5::read_integer_attribute(file, "step") == end_step &&
                (!is_search || (h5::open_dataset(file, "weights").info.elements() > 0 && h5::open_dataset(file, "first_moment").info.elements() == 0))) {
                return true;
            }
        } catch (const IoError&) {  // no state: the other may be one
        }
    }
    return false;
}

bool set_damaged_states_aside(const SweepFolder& folder, std::string_view stage_id) {
    bool any = false;
    for (const std::filesystem::path& file : {folder.state(stage_id), folder.previous_state(stage_id)}) {
        std::error_code problem;
        if (std::filesystem::exists(file, problem) && is_damaged(file, stage_id)) {
            std::filesystem::rename(file, file.string() + ".damaged", problem);
            any = any || !problem;
        }
    }
    return any;
}

void remove_states(const SweepFolder& folder, std::string_view stage_id) {
    const std::filesystem::path newest = folder.state(stage_id), previous = folder.previous_state(stage_id);
    for (const std::filesystem::path& file : {newest, previous, std::filesystem::path(newest.string() + ".new" + writer_of(folder)),
                                              std::filesystem::path(newest.string() + ".replaced" + writer_of(folder))}) {
        std::error_code problem;
        std::filesystem::remove(file, problem);
        if (problem) {
            throw IoError("cannot remove '" + file.string() + "' (" + problem.message() + ")");
        }
    }
}

}  // namespace overtake
