// Looking into a sweep without changing anything.
#include "cluster/launch/sweep_view.hpp"

#include "sweeps/data_manifest.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/results/record_file.hpp"

namespace overtake {

namespace {

SweepView view_of(Specification specification, const std::filesystem::path& folder) {
    SweepView view;
    view.folder.root = folder.empty() ? std::filesystem::path("sweep-" + specification.name) : folder;
    view.specification = std::move(specification);
    view.forest = grow_forest(view.specification.trials);
    view.status.resize(view.forest.stages.size());
    if (std::filesystem::exists(view.folder.stages())) {
        for (std::size_t i = 0; i < view.status.size(); ++i) {
            view.status[i] = read_record_status(view.folder, view.forest.stages[i].id);
        }
    }
    return view;
}

constexpr SpecificationContext prepared{.find_manifest = find_data_manifest};

}  // namespace

SweepView look_at_sweep(const std::filesystem::path& what, const std::filesystem::path& folder) {
    if (std::filesystem::is_directory(what)) {
        const SweepFolder sweep{what};
        if (!std::filesystem::exists(sweep.specification())) {
            throw IoError("'" + what.string() + "' is no sweep folder (it has no sweep.toml); give the folder that `overtake run` made");
        }
        return view_of(load_specification(sweep.specification(), prepared), what);
    }
    return view_of(load_specification(what, prepared), folder);
}

SweepView look_at_text(const std::string& toml, const std::string& source_name, const std::filesystem::path& folder) {
    return view_of(parse_specification(toml, source_name, prepared), folder);
}

}  // namespace overtake
