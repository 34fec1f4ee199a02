// Names of everything in a sweep folder, in one place: nobody else concatenates its paths.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace overtake {

struct SweepFolder {
    std::filesystem::path root;
    std::string member = {};  // of a job array, by its task number; empty: works here alone
    std::string life = {};    // Slurm's job and restart count: a former life must not meet the files of the next. Empty outside Slurm

    std::filesystem::path specification() const { return root / "sweep.toml"; }
    std::filesystem::path corpora() const { return root / "corpora"; }  // manifests of the corpora that it was begun on
    std::filesystem::path claims() const { return root / "claims.json"; }  // when which claims were frozen
    std::filesystem::path lock() const { return root / ("sweep" + part(member) + ".lock"); }
    std::filesystem::path stop() const { return root / ("stop" + part(life)); }  // present: every team checkpoints and leaves
    std::filesystem::path outcome() const { return root / ("outcome" + part(life) + ".json"); }  // how the MPI program ended
    std::filesystem::path strikes() const { return root / ("strikes" + part(member) + ".json"); }
    std::filesystem::path lives() const { return root / ("lives" + part(member) + ".json"); }  // of the Slurm job, and whether they got on
    std::filesystem::path space() const { return root / ("space" + part(member) + part(life)); }  // a trial whether there is some; gone at once
    std::filesystem::path batch_script() const { return root / "submit.sh"; }
    std::filesystem::path job() const { return root / "job"; }  // id of the Slurm job that was submitted last
    std::filesystem::path log() const { return root / ("sweep" + part(member) + ".log"); }
    std::filesystem::path results() const { return root / "results.h5"; }
    std::filesystem::path report() const { return root / "report"; }
    std::filesystem::path stages() const { return root / "stages"; }
    std::filesystem::path stage(std::string_view id) const { return stages() / id; }
    std::filesystem::path state(std::string_view id) const { return stage(id) / "state.h5"; }
    std::filesystem::path previous_state(std::string_view id) const { return stage(id) / "state.previous.h5"; }
    std::filesystem::path record(std::string_view id) const { return stage(id) / "record.h5"; }

  private:
    static std::string part(const std::string& name) { return name.empty() ? name : "." + name; }
};

}  // namespace overtake
