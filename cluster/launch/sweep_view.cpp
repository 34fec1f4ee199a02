// Looking into a sweep without changing anything.
#include "cluster/launch/sweep_view.hpp"

#include "cluster/launch/tune.hpp"
#include "sweeps/errors.hpp"
#include "sweeps/remembered_data.hpp"
#include "sweeps/results/record_file.hpp"

namespace overtake {

namespace {

SweepView view_of(Specification specification, const SweepFolder& folder) {
    SweepView view;
    view.folder = folder;
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

}  // namespace

SweepView look_at_sweep(const std::filesystem::path& what, const std::filesystem::path& folder) {
    if (std::filesystem::is_directory(what)) {
        const SweepFolder sweep{what};
        if (!std::filesystem::exists(sweep.specification())) {
            throw IoError("'" + what.string() + "' is no sweep folder (it has no sweep.toml); give the folder that `overtake run` made");
        }
        return with_choices(view_of(load_specification(sweep.specification(), data_of(sweep)), sweep));
    }
    const SweepFolder sweep{folder.empty() ? std::filesystem::path("sweep-" + load_specification(what).name) : folder};
    return with_choices(view_of(load_specification(what, data_of(sweep)), sweep));
}

SweepView look_at_text(const std::string& toml, const std::string& source_name, const std::filesystem::path& folder) {
    const SweepFolder sweep{folder};
    return view_of(parse_specification(toml, source_name, data_of(sweep)), sweep);
}

}  // namespace overtake
