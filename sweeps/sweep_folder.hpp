// Names of everything in a sweep folder, in one place: nobody else concatenates its paths.
#pragma once

#include <filesystem>
#include <string_view>

namespace overtake {

struct SweepFolder {
    std::filesystem::path root;

    std::filesystem::path specification() const { return root / "sweep.toml"; }
    std::filesystem::path corpora() const { return root / "corpora"; }  // manifests of the corpora that it was begun on
    std::filesystem::path claims() const { return root / "claims.json"; }  // when which claims were frozen
    std::filesystem::path lock() const { return root / "sweep.lock"; }
    std::filesystem::path stop() const { return root / "stop"; }  // present: every team checkpoints and leaves
    std::filesystem::path outcome() const { return root / "outcome.json"; }  // how the MPI program ended
    std::filesystem::path strikes() const { return root / "strikes.json"; }
    std::filesystem::path log() const { return root / "sweep.log"; }
    std::filesystem::path results() const { return root / "results.h5"; }
    std::filesystem::path report() const { return root / "report"; }
    std::filesystem::path stages() const { return root / "stages"; }
    std::filesystem::path stage(std::string_view id) const { return stages() / id; }
    std::filesystem::path state(std::string_view id) const { return stage(id) / "state.h5"; }
    std::filesystem::path previous_state(std::string_view id) const { return stage(id) / "state.previous.h5"; }
    std::filesystem::path record(std::string_view id) const { return stage(id) / "record.h5"; }
};

}  // namespace overtake
